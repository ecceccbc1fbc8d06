"""What a JMESPath can find in what a step gives: the path is walked over shapes, as a run walks it over values.

A name that no shape knows is a mistake, and so is a walk that can never find anything. Where only a run can tell, the
names are noted: the lab itself may tell whether they exist (``labcli.lab.vocabulary``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from labcli.lab.aws import Shape
from labcli.lab.expect import parsed
from labcli.lab.given import ANY, Given, list_of
from labcli.rules.near import nearest

NUMBERS = ("integer", "long", "float", "double")
_WORDS = {"list": "a list", "string": "text", "boolean": "true or false", "structure": "a mapping", "map": "a mapping"}
_LISTS, _MAPPINGS, _TEXTS = ("list",), ("structure", "map"), ("string",)
_BOOLEAN, _INTEGER, _FLOAT, _STRING = (Given(kind=kind) for kind in ("boolean", "integer", "float", "string"))
_SIZED = (*_TEXTS, *_LISTS, *_MAPPINGS)
_MOST_NAMED = 12


class NoSuchMember(LookupError):  # noqa: N818 - a word of the API models
    """A path names a member that is not there, or walks where nothing can be found."""


class Found(NamedTuple):
    """A shape, and how one writes the way to it."""

    shape: Shape
    path: str = ""


def word_of(kind: str) -> str:
    """A kind of value in the words of a lab author."""
    return "a number" if kind in NUMBERS else _WORDS.get(kind, "a value")


def find(path: str, given: Shape) -> tuple[Shape, list[str]]:
    """The shape that ``path`` finds in ``given``, and the names on the way of which only a run can tell.

    ``path`` is a JMESPath that parses. NoSuchMember, with the nearest name, where it can find nothing.
    """
    walk = _Walk(path)
    return walk.go(parsed(path), Found(given)).shape, walk.open


class _Walk:
    """One path on its way. Each method is a sort of node in jmespath's tree, ``at`` is what the node looks at."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.open: list[str] = []

    def go(self, node: Mapping[str, Any], at: Found) -> Found:
        """What a node finds."""
        sort: Callable[[Mapping[str, Any], Found], Found] = getattr(self, f"_{node['type']}")
        return sort(node, at)

    def _field(self, node: Mapping[str, Any], at: Found) -> Found:
        name, shape = str(node["value"]), at.shape
        way = f"{at.path}.{name}" if at.path else name
        if shape.kind == "structure":
            if name not in shape.members:
                raise NoSuchMember(_missing(name, shape))
            return Found(shape.members[name], way)
        if shape.kind == "map":
            if shape.keys and name not in shape.keys:
                raise NoSuchMember(f"`{at.path}` has no `{name}`{nearest(name, shape.keys)}")
            if not shape.keys:
                self.open.append(name)
            return Found(shape.element or ANY, way)
        if shape.kind == "list":
            raise NoSuchMember(f"`{at.path}` is a list: write `{at.path}[0]{self._rest(at.path, name)}`")
        if shape.kind == "string":
            written = f"from_json({at.path}){self._rest(at.path, name)}"
            raise NoSuchMember(f"`{at.path}` is text; when it is JSON: `{written}`")
        if shape.kind == "boolean" or shape.kind in NUMBERS:
            raise NoSuchMember(f"`{at.path}` is {word_of(shape.kind)}: there is no `{name}` in it")
        self.open.append(name)
        return Found(ANY, way)

    def _rest(self, before: str, name: str) -> str:
        """What the author wrote behind ``before``."""
        _, found, rest = self.path.partition(before)
        return rest if found and rest.startswith(f".{name}") else f".{name}"

    def _subexpression(self, node: Mapping[str, Any], at: Found) -> Found:
        for child in node["children"]:
            at = self.go(child, at)
        return at

    _index_expression = _pipe = _subexpression

    def _index(self, node: Mapping[str, Any], at: Found) -> Found:
        return Found(self._item(at), f"{at.path}[{node['value']}]")

    def _slice(self, node: Mapping[str, Any], at: Found) -> Found:
        return Found(list_of(self._item(at)), at.path)

    def _item(self, at: Found) -> Shape:
        """What a list holds."""
        if at.shape.kind == "list":
            return at.shape.element or ANY
        if at.shape.kind in (*_MAPPINGS, "string", "boolean", *NUMBERS):
            raise NoSuchMember(f"{_called(at)} is {word_of(at.shape.kind)}, not a list")
        return ANY

    def _projection(self, node: Mapping[str, Any], at: Found) -> Found:
        left, right = node["children"][:2]
        base = self.go(left, at)
        found = self.go(right, Found(self._item(base), f"{base.path}[]"))
        return Found(list_of(found.shape), found.path)

    def _filter_projection(self, node: Mapping[str, Any], at: Found) -> Found:
        left, right, condition = node["children"]
        base = self.go(left, at)
        each = Found(self._item(base), f"{base.path}[]")
        self.go(condition, each)
        found = self.go(right, each)
        return Found(list_of(found.shape), found.path)

    def _value_projection(self, node: Mapping[str, Any], at: Found) -> Found:
        left, right = node["children"]
        base = self.go(left, at)
        if base.shape.kind == "structure":
            return Found(list_of(self._of_any(right, base)), base.path)
        if base.shape.kind in (*_LISTS, *_TEXTS, "boolean", *NUMBERS):
            raise NoSuchMember(f"{_called(base)} is {word_of(base.shape.kind)}, not a mapping")
        found = self.go(right, Found(base.shape.element or ANY, f"{base.path}.*"))
        return Found(list_of(found.shape), found.path)

    def _of_any(self, right: Mapping[str, Any], base: Found) -> Shape:
        """What a path finds in those members of a mapping in which it finds anything."""
        found, wrong = [], None
        for member in base.shape.members.values():
            try:
                found.append(self.go(right, Found(member, f"{base.path}.*")).shape)
            except NoSuchMember as error:
                wrong = wrong if wrong is not None and "did you mean" in str(wrong) else error
        if not found and wrong is not None:
            raise wrong
        return _one_of(*found)

    def _flatten(self, node: Mapping[str, Any], at: Found) -> Found:
        base = self.go(node["children"][0], at)
        item = self._item(base)
        return Found(list_of(item.element or ANY) if item.kind == "list" else list_of(item), base.path)

    def _multi_select_list(self, node: Mapping[str, Any], at: Found) -> Found:
        return Found(list_of(_one_of(*(self.go(child, at).shape for child in node["children"]))), at.path)

    def _multi_select_dict(self, node: Mapping[str, Any], at: Found) -> Found:
        members = {pair["value"]: self.go(pair["children"][0], at).shape for pair in node["children"]}
        return Found(Given("mapping", "structure", members), at.path)

    def _literal(self, node: Mapping[str, Any], at: Found) -> Found:
        return Found(_shape_of(node["value"]), json.dumps(node["value"]))

    def _identity(self, node: Mapping[str, Any], at: Found) -> Found:
        return at

    _current = _identity

    def _or_expression(self, node: Mapping[str, Any], at: Found) -> Found:
        return Found(_one_of(*(self.go(child, at).shape for child in node["children"])), at.path)

    _and_expression = _or_expression

    def _comparator(self, node: Mapping[str, Any], at: Found) -> Found:
        left, right = (self.go(child, at).shape for child in node["children"])
        for one, other in ((left, right), (right, left)):
            if one.enum and len(other.enum) == 1 and other.enum[0] not in one.enum:
                word = other.enum[0]
                raise NoSuchMember(f"nothing is ever `{word}` there{nearest(word, one.enum)}")
        return Found(_BOOLEAN)

    def _not_expression(self, node: Mapping[str, Any], at: Found) -> Found:
        self.go(node["children"][0], at)
        return Found(_BOOLEAN)

    def _expref(self, node: Mapping[str, Any], at: Found) -> Found:
        return self.go(node["children"][0], at)

    def _function_expression(self, node: Mapping[str, Any], at: Found) -> Found:
        name, children = str(node["value"]), node["children"]
        plain = [child for child in children if child["type"] != "expref"]
        args = [self.go(child, at) for child in plain]
        taken = _TAKES.get(name)
        if taken and args and args[0].shape.kind not in taken and args[0].shape.kind in (*_SIZED, "boolean", *NUMBERS):
            raise NoSuchMember(f"`{name}` finds nothing in {word_of(args[0].shape.kind)} ({_called(args[0])})")
        each: Shape = self._item(args[0]) if args and len(plain) < len(children) else ANY
        of = [self.go(child, Found(each, f"{args[0].path}[]")).shape for child in children if child["type"] == "expref"]
        written = f"{name}({args[0].path})" if args else name
        return Found(_result(name, [arg.shape for arg in args], of), written)


_TAKES: dict[str, tuple[str, ...]] = {
    "length": _SIZED, "reverse": (*_LISTS, *_TEXTS), "keys": _MAPPINGS, "values": _MAPPINGS, "contains": _SIZED[:2],
    "ends_with": _TEXTS, "starts_with": _TEXTS, "join": _TEXTS, "abs": NUMBERS, "ceil": NUMBERS, "floor": NUMBERS,
    **dict.fromkeys(("sort", "sort_by", "max", "max_by", "min", "min_by", "sum", "avg"), _LISTS),
    "from_json": (*_TEXTS, *_MAPPINGS),
}  # fmt: skip
"""What a function of JMESPath takes as its first argument; of anything else it finds nothing (its specification)."""
_FIXED: dict[str, Given] = {
    "length": _INTEGER, "ceil": _FLOAT, "floor": _FLOAT, "sum": _FLOAT, "avg": _FLOAT, "to_number": _FLOAT,
    "abs": _FLOAT, "contains": _BOOLEAN, "ends_with": _BOOLEAN, "starts_with": _BOOLEAN,
    "type": _STRING, "keys": list_of(_STRING),
}  # fmt: skip


def _result(name: str, args: list[Shape], of: list[Shape]) -> Shape:
    """What a function gives, by what it is given; ``of`` is what the expression in it finds in each item."""
    first = args[0] if args else ANY
    if name in ("to_string", "join"):  # what a text was made of is in it
        return Given(kind="string", members={str(index): arg for index, arg in enumerate(args)})
    if name in _FIXED:
        return _FIXED[name]
    if name in ("sort", "sort_by", "reverse", "not_null") and len(args) == 1:
        return first
    if name in ("max", "min", "max_by", "min_by"):
        return first.element or ANY
    if name == "map":
        return list_of(of[0] if of else ANY)
    if name == "values":
        return list_of(first.element or _one_of(*first.members.values()))
    if name == "to_array":
        return first if first.kind == "list" else list_of(first)
    return ANY if name == "from_json" else _one_of(*args)


def _one_of(*shapes: Shape) -> Shape:
    """A shape for a value of one of these shapes: theirs, where they are alike."""
    alike = {(shape.kind, shape.name, tuple(shape.members)) for shape in shapes}
    if len(alike) == 1 and shapes[0].kind != "any":
        return shapes[0]
    return Given(members={str(index): shape for index, shape in enumerate(shapes)})


def _shape_of(value: Any) -> Shape:
    if isinstance(value, bool):
        return _BOOLEAN
    if isinstance(value, str):
        return Given(kind="string", enum=(value,))
    if isinstance(value, int | float):
        return _FLOAT
    return list_of(ANY) if isinstance(value, list) else ANY


def _called(at: Found) -> str:
    return f"`{at.path}`" if at.path else "what it looks at"


def _missing(name: str, shape: Shape) -> str:
    near = nearest(name, shape.members)
    if shape.name in ("step", "call"):
        return f"the {shape.name} has no `{name}`{near or '; it has ' + ', '.join(list(shape.members)[:_MOST_NAMED])}"
    return f"the answer has no `{name}`{near or '; there is ' + ', '.join(list(shape.members)[:_MOST_NAMED])}"
