"""Transitions between the states of one ``States`` object: do they lead somewhere, does something lead here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.rules.asl.diagnostic import LABCLI, TARGET, Diagnostic
from labcli.rules.asl.node import Node, reference


class Graph:
    """The states of one machine, branch or item processor, and the transitions that were found in them."""

    def __init__(self, machine: Node, states: Mapping[str, Any]) -> None:
        self.machine = machine
        self.states = states
        self._next: dict[str, list[str]] = {name: [] for name in states}
        self._start: list[str] = []
        self._blind = False  # a transition that a reference will fill in may lead anywhere

    def start(self) -> None:
        """Note where the machine starts."""
        if "StartAt" in self.machine.data:
            self._target(self.machine, "StartAt", self._start)
        else:
            self._blind = True

    def transition(self, source: str, node: Node, key: str) -> None:
        """Note a transition: ``Next`` or ``Default`` of a state, a choice rule or a catcher."""
        if key in node.data:
            self._target(node, key, self._next.setdefault(source, []))

    def _target(self, node: Node, key: str, found: list[str]) -> None:
        target = node.text(key)
        if target is None:
            self._blind = True
        elif target in self.states:
            found.append(target)
        else:
            node.missing(target, self.states, key)

    def give_up(self) -> None:
        """Note that a state is not understood: where it leads is not known."""
        self._blind = True

    def unreachable(self) -> None:
        """Note the states that nothing leads to.

        AWS says so of a state that no transition names. States that only name one another are cut off as well; that
        AWS looks that far is not known.
        """
        if self._blind:
            return
        named = {*self._start, *(target for targets in self._next.values() for target in targets)}
        for name in self.states:
            if name not in named:
                self._lost(name, TARGET)
        live = self._from([*self._start, *(name for name in self.states if name not in named)])
        for name in self.states:
            if name not in live:
                self._lost(name, LABCLI)

    def _from(self, names: list[str]) -> set[str]:
        live: set[str] = set()
        while names:
            name = names.pop()
            if name not in live:
                live.add(name)
                names += self._next[name]
        return live

    def _lost(self, name: str, code: str) -> None:
        path = self.machine.at("States", name)
        self.machine.report.lost.append(Diagnostic(code, f'State "{name}" is not reachable.', path))

    def endless(self) -> bool:
        """Whether no state is the last one. A state whose end is not understood is reported elsewhere."""
        return bool(self.states) and all(_goes_on(state) for state in self.states.values())


def _goes_on(state: Any) -> bool:
    if not isinstance(state, dict) or state.get("End") is True or reference(state.get("End")):
        return False
    if state.get("Type") == "Choice":
        return True
    return isinstance(state.get("Next"), str) and state.get("Type") not in ("Succeed", "Fail")
