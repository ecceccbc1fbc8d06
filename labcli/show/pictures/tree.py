"""A state machine's definition on the screen: a tree."""

from __future__ import annotations

from collections.abc import Sequence

from labcli.machines.picture import Node, Tree
from labcli.show.pictures.rails import rails
from labcli.show.pictures.words import say_tree
from labcli.show.screen import Screen
from labcli.show.styles import STYLES
from labcli.show.text import cells, cut, visible


def draw_tree(screen: Screen, tree: Tree, indent: int = 6) -> None:
    """Draw a definition."""
    if screen.words_only:
        say_tree(screen, tree)
        return
    if tree.title:
        screen.line(" " * indent, (visible(tree.title), "bold"))
    _level(screen, tree.nodes, "", indent)


def _level(screen: Screen, nodes: Sequence[Node], before: str, indent: int) -> None:
    room = screen.width - indent
    pad = min(20, max((cells(visible(node.name)) for node in nodes if node.what), default=0))
    for node, rail in rails(nodes, before):
        mark = f"{node.mark} " if node.mark else ""
        head = cut(screen.plain(rail.own + mark + visible(node.name)), room)
        name = head[len(screen.plain(rail.own + mark)) :]
        blank = " " * (max(0, pad - cells(name)) + 2 if name and node.what else 0)
        what = cut(screen.plain(visible(node.what)), max(0, room - cells(head) - len(blank))) if node.what else ""
        screen.line(
            " " * indent, rail.own, (mark, STYLES.get(node.mark, "")), (name, "bold"), blank + what if what else "",
        )  # fmt: skip
        tie = "│ " if node.inside else "  "
        for text in node.under:
            line = cut(screen.plain(rail.inside + tie + visible(text)), room)
            screen.line(" " * indent, line)
        _level(screen, node.inside, rail.inside, indent)
