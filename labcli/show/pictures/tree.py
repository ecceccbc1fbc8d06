"""A state machine's definition on the screen: a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labcli.machines.picture import Node, Tree
from labcli.show.pictures.cutting import Apart, keeping_end
from labcli.show.pictures.rails import narrow, rails
from labcli.show.pictures.words import say_tree
from labcli.show.screen import Screen
from labcli.show.styles import STYLES
from labcli.show.text import cells, cut, visible

_LEAST = 4
"""Columns of what a state does that are worth showing."""


def draw_tree(screen: Screen, tree: Tree, indent: int = 6) -> None:
    """Draw a definition."""
    if screen.words_only:
        say_tree(screen, tree)
        return
    if tree.title:
        screen.line(" " * indent, (visible(tree.title), "bold"))
    _Drawing(screen, tree, indent).level(tree.nodes, "")


class _Drawing:
    """A tree while it is drawn. What has no room stays different from everything else in it, and says whereto."""

    def __init__(self, screen: Screen, tree: Tree, indent: int) -> None:
        self.screen, self.indent = screen, indent
        self.arrow = screen.plain(" ↪ ")
        every = list(_every(tree.nodes))
        self.names = Apart(screen.plain(visible(node.name)) for node in every)
        self.rules = Apart(screen.plain(visible(node.what)).rpartition(self.arrow)[0] for node in every)
        self.whole = Apart(screen.plain(visible(node.what)) for node in every)

    def level(self, nodes: Sequence[Node], before: str) -> None:
        """The nodes of a level, each with what is under and inside it."""
        screen, room = self.screen, self.screen.width - self.indent
        pad = min(20, max((cells(visible(node.name)) for node in nodes if node.what), default=0))
        for node, rail in rails(nodes, before):
            mark = f"{node.mark} " if node.mark else ""
            tree = narrow(screen.plain(rail.own), room)
            own = tree + screen.plain(mark)
            name = self.names.cut(screen.plain(visible(node.name)), max(1, room - cells(own)))
            blank = " " * (max(0, pad - cells(name)) + 2 if name and node.what else 0)
            what = self._what(node, room - cells(own + name + blank)) if node.what else ""
            screen.line(
                " " * self.indent, tree, (mark, STYLES.get(node.mark, "")), (name, "bold"),
                blank + what if what else "",
            )  # fmt: skip
            tie = "│ " if node.inside else "  "
            for text in node.under:
                under = narrow(screen.plain(rail.inside + tie), room) + screen.plain(visible(text))
                screen.line(" " * self.indent, cut(under, room))
            self.level(node.inside, rail.inside)

    def _what(self, node: Node, room: int) -> str:
        """What a state does, or a rule and the state that it leads to."""
        text = self.screen.plain(visible(node.what))
        rule, arrow, target = text.rpartition(self.arrow)
        if room < (_LEAST if node.name else 1):
            return ""
        return keeping_end(rule, arrow + target, room, self.rules.cut) if arrow else self.whole.cut(text, room)


def _every(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _every(node.inside)
