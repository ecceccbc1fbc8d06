"""What an expectation wants, held against the shape of what its path finds: a matcher that exists, a value that fits.

A mapping is a matcher when its one key is one, and a value where the path finds a mapping. Where only a run can tell
what the path finds, a key that is nearly a matcher is taken for a slip; ``equals`` says that a mapping is a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labcli.lab.aws import Shape
from labcli.lab.expect import MATCHERS, is_matcher, matcher_error
from labcli.lab.paths import NUMBERS, word_of
from labcli.lab.reader import kind_of
from labcli.rules.near import nearest, slip

_KNOWN = ("string", "boolean", "list", "structure", "map", *NUMBERS)
_FITS: dict[str, tuple[str, ...]] = {
    "contains": ("string", "list", "map", "structure"), "matches": ("string",),
    **dict.fromkeys(("lt", "lte", "gt", "gte"), ("string", *NUMBERS)),
}  # fmt: skip
"""What a matcher can hold of, where it cannot hold of everything."""


def wanted_error(wanted: Any, shape: Shape) -> str:
    """Why what is expected can never hold of such a thing, or hold always; or an empty text."""
    if is_matcher(wanted):
        name, value = next(iter(wanted.items()))
        if problem := matcher_error(wanted):
            return problem
        if name in ("equals", "not"):
            return _value_error(value, shape)
        fits = _FITS.get(name, _KNOWN)
        if shape.kind in _KNOWN and shape.kind not in fits:
            return f"`{name}` never holds of {word_of(shape.kind)}"
        return _word_error(value, shape.element) if name == "contains" and shape.kind == "list" else ""
    if isinstance(wanted, Mapping) and (problem := _no_matcher(wanted, shape)):
        return problem
    return _value_error(wanted, shape)


def _no_matcher(wanted: Mapping[str, Any], shape: Shape) -> str:
    """Why a mapping is no value here, and no matcher either."""
    if not wanted or (shape.kind == "structure" and set(wanted) <= set(shape.members)):
        return ""
    as_value = "a mapping as a value is `{equals: {…}}`"
    if known := next((key for key in wanted if key in MATCHERS), ""):
        return f"`{known}` is a matcher, and stands alone; {as_value}"
    key = str(next(iter(wanted)))
    near = f"; did you mean `{close}`?" if (close := slip(key, MATCHERS)) else nearest(key, MATCHERS)
    if shape.kind in _KNOWN and shape.kind not in ("structure", "map"):
        return f"there is no matcher `{key}`{near or '; there is ' + ', '.join(MATCHERS)}"
    if shape.kind == "any" and len(wanted) == 1 and close:
        return f"there is no matcher `{key}`{near} {as_value[0].upper()}{as_value[1:]}"
    return ""


def _value_error(value: Any, shape: Shape | None) -> str:
    """Why a value is never equal to such a thing. ``null`` is: nothing may be there."""
    if shape is None or value is None or (isinstance(value, str) and "${" in value):
        return ""
    if isinstance(value, Mapping):
        return _mapping_error(value, shape)
    if isinstance(value, list):
        if shape.kind in _KNOWN and shape.kind != "list":
            return f"it is {word_of(shape.kind)}, never a list"
        return next((said for each in value if (said := _value_error(each, shape.element))), "")
    kind = "boolean" if isinstance(value, bool) else "string" if isinstance(value, str) else "number"
    known = "number" if shape.kind in NUMBERS else shape.kind
    if shape.kind in _KNOWN and known != kind:
        quoted = f': quote it ("{str(value).lower()}")' if shape.kind == "string" else ""
        return f"it is {word_of(shape.kind)}, never {kind_of(value)}{quoted}"
    return _word_error(value, shape)


def _mapping_error(value: Mapping[str, Any], shape: Shape) -> str:
    if shape.kind in _KNOWN and shape.kind not in ("structure", "map"):
        return f"it is {word_of(shape.kind)}, never a mapping"
    known = tuple(shape.members) if shape.kind == "structure" else shape.keys
    for key, each in value.items():
        if known and key not in known:
            return f"it never has a `{key}`{nearest(str(key), known) or '; it has ' + ', '.join(known[:12])}"
        if said := _value_error(each, shape.members.get(key) if shape.kind == "structure" else shape.element):
            return said
    return ""


def _word_error(value: Any, shape: Shape | None) -> str:
    """A text that is none of the words that AWS has there."""
    if shape is None or not shape.enum or not isinstance(value, str) or value in shape.enum or "${" in value:
        return ""
    return f"it is never `{value}`{nearest(value, shape.enum) or '; it is one of ' + ', '.join(shape.enum[:12])}"
