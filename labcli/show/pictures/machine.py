"""A live state machine for people and machines: its definition, its last executions, one of them over time."""

from __future__ import annotations

from typing import Any

from labcli.machines.definition import parsed
from labcli.machines.drawings import executed
from labcli.machines.map_runs import history_of
from labcli.machines.picture import Timeline, Tree
from labcli.machines.tree import tree_of
from labcli.run.machines import Listed
from labcli.show.documents import picture
from labcli.show.pictures.graph import Level, graph
from labcli.show.pictures.mermaid import mermaid
from labcli.show.pictures.svg import svg
from labcli.show.pictures.timeline import MARK, draw_timeline
from labcli.show.pictures.tree import draw_tree
from labcli.show.screen import Screen
from labcli.show.text import moment, seconds


class MachinePicture:
    """A machine's definition, and an execution of it where one was asked for (the document of ``execute``)."""

    def __init__(self, name: str, definition: str, executions: tuple[Listed, ...], run: dict[str, Any] | None) -> None:
        self.name = name
        self.executions = executions
        self.run = run
        # the execution may have run with another definition than the machine has now
        self.machine = parsed(run["definition"] if run is not None else definition) or parsed(definition)

    def draw(self, screen: Screen) -> None:
        """On the screen: the execution over time, or the definition and the last executions."""
        screen.line("")
        if self.run is not None:
            screen.line((" execution", "bold"), f"   {self.run.get('name')}")
            draw_timeline(screen, self.timeline)
            return
        screen.line((" definition", "bold"))
        draw_tree(screen, self.tree, 2)
        if self.executions:
            screen.line("")
            screen.line((" executions", "bold"), " (the newest first)")
            now = screen.context.clock()
            rows = [self._row(each, now) for each in self.executions]
            screen.table(("name", "status", "started", "took"), rows, 2, right=["took"])

    def _row(self, each: Listed, now: float) -> tuple[str, ...]:
        took = seconds(each.seconds) if each.seconds is not None else ""
        status = f"{MARK.get(each.status, '○')} {each.status}"
        return each.name, status, moment(each.began, now) if each.began is not None else each.start, took

    @property
    def tree(self) -> Tree:
        """The definition as a tree."""
        return tree_of("", self.machine)

    @property
    def timeline(self) -> Timeline:
        """The execution over time."""
        return Timeline((executed("", {**(self.run or {}), "machine": self.name}),))

    def _graph(self) -> Level:
        return graph(self.machine, history_of(self.run, self.machine) if self.run is not None else None)

    def mermaid(self) -> str:
        """As a Mermaid diagram."""
        return mermaid(self._graph())

    def svg(self) -> str:
        """As a picture."""
        title = self.name
        if self.run is not None:
            title += f" · {self.run.get('status')} · {seconds(self.run.get('seconds') or 0.0)}"
        return svg(title, self._graph())

    def body(self) -> dict[str, Any]:
        """As data, for a document."""
        found: dict[str, Any] = {
            "definition": self.machine, "tree": picture(self.tree)["nodes"],
            "executions": [each._asdict() for each in self.executions],
        }  # fmt: skip
        if self.run is not None:
            told = {key: value for key, value in self.run.items() if key != "definition"}
            found["execution"] = {**told, "timeline": picture(self.timeline)["executions"][0]}
        return found
