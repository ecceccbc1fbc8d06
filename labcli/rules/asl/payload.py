"""What is computed from the input: paths and payload templates of JSONPath states, expressions of JSONata states."""

from __future__ import annotations

from typing import Any

from labcli.rules.asl import intrinsics, jsonata_syntax
from labcli.rules.asl import paths as jsonpath
from labcli.rules.asl.node import Node, reference

NO_PATH = "Value must be a valid JSONPath."
NO_REFERENCE_PATH = "Value is not a Reference Path"

EVALUATED = (
    *("Arguments", "Output", "Assign", "Items", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter"),
    *("Condition", "Error", "Cause", "Seconds", "Timestamp", "TimeoutSeconds", "HeartbeatSeconds", "Credentials"),
    *("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount"),
)
_PLAIN = ("InputPath", "OutputPath", "SecondsPath", "TimestampPath", "TimeoutSecondsPath", "HeartbeatSecondsPath")
_NUMBERS = ("MaxConcurrencyPath", "ToleratedFailurePercentagePath", "ToleratedFailureCountPath")
_COLUMNS = ("ItemReader", "ReaderConfig", "CSVHeaders")
"""Names of columns, which AWS does not evaluate."""
_NULLABLE = frozenset({"InputPath", "OutputPath", "ResultPath"})


def paths(node: Node) -> None:
    """Check the fields that hold a path."""
    for key in _PLAIN:
        path(node, key)
    reference_path(node, "ResultPath")
    reference_path(node, "ItemsPath", context=True)
    for key in _NUMBERS:
        reference_path(node, key)
    for key in ("ErrorPath", "CausePath"):
        value = _value(node, key)
        if value is not None and value.lstrip().startswith("States."):
            _call(node, value, NO_PATH, key)
        else:
            path(node, key)


def path(node: Node, key: str, said: str = NO_PATH) -> None:
    """Check a field that holds a JSONPath."""
    value = _value(node, key)
    if value is not None and (why := jsonpath.trouble(value)):
        node.schema(said, key, hint=_because(said, why))


def reference_path(node: Node, key: str, context: bool = False) -> None:
    """Check a field whose path leads to one value; ``context`` when that may be in the context object, ``$$``."""
    value = _value(node, key)
    if value is None:
        return
    if why := jsonpath.trouble(value):
        node.schema(NO_PATH, key, hint=_because(NO_PATH, why))
    elif jsonpath.many(value):
        node.schema(NO_REFERENCE_PATH, key, hint=_because(NO_REFERENCE_PATH, "it may find more than one value"))
    elif value.startswith("$$") and not context:
        node.schema(NO_REFERENCE_PATH, key, hint=_because(NO_REFERENCE_PATH, "the context object cannot be used here"))


def _value(node: Node, key: str) -> str | None:
    if key in _NULLABLE and node.data.get(key) is None:
        return None
    return node.text(key)


def templates(node: Node, *keys: str) -> None:
    """Check payload templates: the value of a key that ends in ``.$`` is a path or a call."""
    for key in keys:
        if node.wants(key):
            if not isinstance(node.data[key], dict):
                node.note(f"`{key}` is an object", key)
            _template(node, node.data[key], key)


def _template(node: Node, value: Any, *way: str | int) -> None:
    if isinstance(value, list):
        for index, each in enumerate(value):
            _template(node, each, *way, index)
    elif isinstance(value, dict):
        inside = node.inner(value, *way)
        for key, each in value.items():
            if key.endswith(".$"):
                _computed(inside, key, each)
            else:
                _template(inside, each, key)


def _computed(node: Node, key: str, value: Any) -> None:
    said = f"The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call"
    if not isinstance(value, str):
        node.schema(said, key, hint=": it is a string", here=True)
    elif reference(value):
        return
    elif value.lstrip().startswith("States."):
        _call(node, value, said, key)
    elif why := jsonpath.trouble(value):
        node.schema(said, key, hint=_because(said, why), here=True)


def _call(node: Node, value: str, said: str, key: str) -> None:
    judgment = intrinsics.judge(value)
    if judgment.broken:
        node.schema(said, key, hint=_because(said, judgment.broken), here=said != NO_PATH)
    elif judgment.odd:
        node.note(judgment.odd, key)


def assign(node: Node) -> None:
    """Check the names and, in JSONPath, the values of ``Assign``."""
    variables = node.object("Assign")
    if variables is None:
        return
    for key in variables.data:
        name = key if node.jsonata else key.removesuffix(".$")
        if name == "states":
            variables.note("Cannot assign to reserved variable '$states'.", key, code="RESERVED_VARIABLE_NAME")
        elif not name.isidentifier() and not reference(name):
            said = f"Invalid variable name '{name}': the variable name contains invalid characters."
            variables.note(said, key, code="INVALID_VARIABLE_NAME")
    if not node.jsonata:
        _template(variables, variables.data)


def evaluated(node: Node, catching: bool = False) -> None:
    """Check the JSONata expressions, ``{% … %}``, in the fields that AWS evaluates."""
    for key in EVALUATED:
        if key in node.data:
            _expressions(node, node.data[key], (key,), catching)


def _expressions(node: Node, value: Any, way: tuple[str | int, ...], catching: bool) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            if (*way, key) != _COLUMNS:
                _expressions(node, each, (*way, key), catching)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            _expressions(node, each, (*way, index), catching)
    elif isinstance(value, str) and value.startswith("{%"):
        if not value.endswith("%}") or len(value) < 4:
            node.schema("JSONata string must start with {% and end with %}", *way)
        else:
            for code, message in jsonata_syntax.problems(value[2:-2], catching):
                node.note(message, *way, code=code)


def _because(said: str, why: str) -> str:
    """Why, behind what is said, which may be a sentence of its own."""
    return f" ({why})" if said.endswith(".") else f": {why}"
