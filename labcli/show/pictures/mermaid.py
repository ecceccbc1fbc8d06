"""A state machine as a Mermaid ``stateDiagram-v2``: text that many pages and editors draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from labcli.show.pictures.graph import END, START, Level, Vertex
from labcli.show.text import seconds, visible

_ODD = re.compile(r"[^\w .,/()→≥≤·↪×-]")
_STYLES = (
    ("executed", "fill:#d7f5dd,stroke:#1a7f37,stroke-width:2px,color:#000"),
    ("failed", "fill:#ffe0de,stroke:#cf222e,stroke-width:2px,color:#000"),
)


def mermaid(level: Level) -> str:
    """The diagram. States that an execution entered have the class ``executed`` or ``failed``."""
    lines = ["stateDiagram-v2", "    direction TB", *_level(level, "    ")]
    classes: dict[str, list[str]] = {}
    for vertex in _every(level):
        if vertex.status and not vertex.inside:
            classes.setdefault("executed" if vertex.status == "SUCCEEDED" else "failed", []).append(vertex.id)
    for name, style in _STYLES:
        if name in classes:
            lines += [f"    classDef {name} {style}", f"    class {','.join(classes[name])} {name}"]
    return "\n".join(lines) + "\n"


def _every(level: Level) -> Iterator[Vertex]:
    for vertex in level.vertices.values():
        yield vertex
        for inner in vertex.inside:
            yield from _every(inner)


def _level(level: Level, indent: str) -> Iterator[str]:
    for vertex in level.vertices.values():
        took = f" · {seconds(vertex.seconds)}" if vertex.seconds and vertex.seconds >= 0.005 else ""
        head = f'{indent}state "{escaped(vertex.name)} ({escaped(vertex.what)}{took})" as {vertex.id}'
        filled = [inner for inner in vertex.inside if inner.vertices]
        if not filled:
            yield head
            continue
        yield head + " {"
        for number, inner in enumerate(filled):
            yield from [f"{indent}    --"] if number else []
            yield from _level(inner, indent + "    ")
        yield f"{indent}}}"
    for edge in level.edges:
        source = "[*]" if edge.source == START else level.vertices[edge.source].id
        target = "[*]" if edge.target == END else level.vertices[edge.target].id
        said = f"catch {edge.label}" if edge.error else edge.label
        yield f"{indent}{source} --> {target}" + (f" : {escaped(said)}" if said else "")


def escaped(text: str) -> str:
    """Text that says nothing to Mermaid: what could is written as an entity."""
    return _ODD.sub(lambda match: f"#{ord(match[0])};", visible(text))
