"""The intrinsic functions of JSONPath states, with the bounds that AWS gives them.

Source: Step Functions Developer Guide, "Intrinsic functions for JSONPath states"; R is recorded from AWS. What a
function cannot do fails with States.IntrinsicFailure (States Language specification, Appendix A).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import uuid
from collections.abc import Callable
from typing import Any

from labcli.local.stepfunctions.interpreter.errors import INTRINSIC, StateError
from labcli.local.stepfunctions.interpreter.values import Budget, text_of
from labcli.rules.asl.intrinsics import FUNCTIONS, Call, Constant, Path, Text

LONGEST_RANGE = 1000
LONGEST_TEXT = 10_000
"""Characters that Base64Encode, Base64Decode and Hash take."""
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
Look = Callable[[str], Any]


def evaluate(call: Call, look: Look, budget: Budget) -> Any:
    """What a call gives; ``look`` gives what a path leads to. StateError when it cannot be done."""
    low, high = FUNCTIONS[call.name]
    if len(call.arguments) < low or (high is not None and len(call.arguments) > high):
        raise _failure(call.name, f"takes {low} arguments, not {len(call.arguments)}")
    if call.name == "Format":
        return _format(call, [_argument(each, look, budget) for each in call.arguments[1:]], look, budget)
    arguments = [_argument(each, look, budget) for each in call.arguments]
    for each in arguments:
        budget.weigh(each)
    try:
        return _CALLS[call.name](*arguments)
    except _Unfit as unfit:
        raise _failure(call.name, str(unfit)) from None


def _argument(given: Any, look: Look, budget: Budget) -> Any:
    if isinstance(given, Call):
        return evaluate(given, look, budget)
    if isinstance(given, Path):
        return look(given.text)
    return given.value if isinstance(given, Text | Constant) else given


class _Unfit(ValueError):  # noqa: N818  a signal inside this file
    """An argument does not fit."""


def _failure(name: str, why: str) -> StateError:
    return StateError(INTRINSIC, f"The function 'States.{name}' failed: {why}", told=True)


def _whole(value: Any, name: str) -> int:
    """A number; what is behind the point is rounded (Developer Guide, "MathAdd")."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Unfit(f"{name} must be a number")
    return value if isinstance(value, int) else math.floor(value + 0.5)


def _list(value: Any, name: str = "the first argument") -> list[Any]:
    if not isinstance(value, list):
        raise _Unfit(f"{name} must be an array")
    return value


def _string(value: Any, name: str = "the first argument") -> str:
    if not isinstance(value, str):
        raise _Unfit(f"{name} must be a string")
    return value


def _short(value: Any) -> str:
    if len(_string(value)) > LONGEST_TEXT:
        raise _Unfit(f"the string must not have more than {LONGEST_TEXT} characters")
    return str(value)


# -- arrays ----------------------------------------------------------------------------------------------------------


def _partition(array: Any, size: Any) -> list[Any]:
    length = _whole(size, "the size")
    if length <= 0:
        raise _Unfit("the size must be greater than 0")
    return [_list(array)[at : at + length] for at in range(0, len(_list(array)), length)]


def _range(first: Any, last: Any, step: Any) -> list[int]:
    start, end, by = _whole(first, "the start"), _whole(last, "the end"), _whole(step, "the increment")
    if by == 0:
        raise _Unfit("the increment must not be 0")
    found = range(start, end + (1 if by > 0 else -1), by)
    if len(found) > LONGEST_RANGE:
        raise _Unfit(f"the array must not have more than {LONGEST_RANGE} items")
    return list(found)


def _item(array: Any, index: Any) -> Any:
    at = _whole(index, "the index")
    if not 0 <= at < len(_list(array)):
        raise _Unfit(f"the index {at} is out of bounds")
    return array[at]


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _unique(array: Any) -> list[Any]:
    return list({_key(each): each for each in reversed(_list(array))}.values())[::-1]


def _contains(array: Any, value: Any) -> bool:
    return _key(value) in {_key(each) for each in _list(array)}


# -- texts -----------------------------------------------------------------------------------------------------------


def _encode(text: Any) -> str:
    return base64.b64encode(_short(text).encode("utf-8", "surrogatepass")).decode()


def _decode(text: Any) -> str:
    try:
        return base64.b64decode(_short(text), validate=True).decode("utf-8", "replace")
    except binascii.Error:
        raise _Unfit("the string is no Base64") from None


def _hash(value: Any, name: Any) -> str:
    if name not in _HASHES:
        raise _Unfit(f"the algorithm must be one of {', '.join(_HASHES)}")
    text = value if isinstance(value, str) else text_of(value)
    return hashlib.new(_HASHES[name], _short(text).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _split(text: Any, marks: Any) -> list[str]:
    """Each character of ``marks`` parts, and empty pieces are left out (R)."""
    pieces, found = [""], set(_string(marks, "the delimiter"))
    for char in _string(text):
        if char in found:
            pieces.append("")
        else:
            pieces[-1] += char
    return [piece for piece in pieces if piece]


def _parse(text: Any) -> Any:
    if not _string(text).strip():  # R
        return None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _Unfit("the string is no JSON") from None


def _refuse(name: str) -> None:
    raise ValueError(name)


def shown(value: Any) -> str:
    """A value as States.Format writes it: texts as they are, objects as Java shows them (R)."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={shown(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    return text_of(value)


def _format(call: Call, values: list[Any], look: Look, budget: Budget) -> str:
    template = call.arguments[0]
    written = template.written if isinstance(template, Text) else _argument(template, look, budget)
    try:
        pieces = _pieces(_string(written, "the template"))
    except _Unfit as unfit:
        raise _failure(call.name, str(unfit)) from None
    if len(pieces) - 1 != len(values):
        raise _failure(call.name, f"the template has {len(pieces) - 1} places for {len(values)} values")
    whole = Text(pieces[0]).value
    for value, piece in zip(values, pieces[1:], strict=True):
        text = shown(budget.weigh(value))
        budget.spend(len(text) + len(piece))
        whole += text + Text(piece).value
    return whole


def _pieces(template: str) -> list[str]:
    """What stands around each ``{}`` that is not escaped."""
    pieces, at, start = [], 0, 0
    while at < len(template):
        if template[at] == "\\":
            at += 2
        elif template.startswith("{}", at):
            pieces.append(template[start:at])
            at = start = at + 2
        else:
            at += 1
    return [*pieces, template[start:]]


# -- JSON and numbers ------------------------------------------------------------------------------------------------


def _merge(first: Any, second: Any, deep: Any) -> Any:
    if not isinstance(first, dict) or not isinstance(second, dict):
        raise _Unfit("both arguments must be objects")
    if deep is not False:
        raise _Unfit("only the shallow merge is supported: the third argument must be false")
    return {**first, **second}


def _add(first: Any, second: Any) -> int:
    return _whole(first, "the first argument") + _whole(second, "the second argument")


def _random(low: Any, high: Any, seed: Any = None) -> int:
    start, end = _whole(low, "the start"), _whole(high, "the end")
    if end <= start:
        raise _Unfit("the end must be greater than the start")
    chance = random.Random() if seed is None else random.Random(_whole(seed, "the seed"))  # noqa: S311  a learner's dice
    return chance.randrange(start, end)


_CALLS: dict[str, Callable[..., Any]] = {
    "Array": lambda *values: list(values),
    "ArrayContains": _contains,
    "ArrayGetItem": _item,
    "ArrayLength": lambda array: len(_list(array)),
    "ArrayPartition": _partition,
    "ArrayRange": _range,
    "ArrayUnique": _unique,
    "Base64Decode": _decode,
    "Base64Encode": _encode,
    "Hash": _hash,
    "JsonMerge": _merge,
    "JsonToString": text_of,
    "MathAdd": _add,
    "MathRandom": _random,
    "StringSplit": _split,
    "StringToJson": _parse,
    "UUID": lambda: str(uuid.uuid4()),
}
