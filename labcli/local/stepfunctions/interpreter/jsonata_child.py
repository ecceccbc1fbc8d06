"""The process in which JSONata is evaluated: it is asked, timed and killed from outside, and its memory is bounded.

It reads requests from its standard input and answers on its standard output, each a length of four bytes and JSON:
``{"bindings": {…}, "expressions": […]}`` → ``[{"value": …} | {"nothing": true} | {"error": …} | {"odd": true}, …]``,
up to the first that is no value. It is run as a file, so that it loads nothing of labcli.
"""

from __future__ import annotations

import contextlib
import faulthandler
import hashlib
import json
import math
import os
import random
import signal
import struct
import sys
import uuid
from pathlib import Path
from typing import Any

MEMORY = 256 * 1024 * 1024
SECONDS = 1.0
"""Of computing, for one expression, where the system counts that; else of the clock."""
PATIENCE = 5.0 if hasattr(signal, "setitimer") else SECONDS
"""Seconds by the clock: other processes may have the cores."""
_HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


def main() -> None:
    """Answer until nobody asks any more."""
    _bound()
    import jsonata
    from jsonata.functions import Functions
    from jsonata.utils import Utils

    world = World(jsonata, Functions, Utils)
    reading, writing = sys.stdin.buffer, sys.stdout.buffer
    _send(writing, "ready")
    while len(head := reading.read(4)) == 4:
        request = json.loads(reading.read(struct.unpack(">I", head)[0]))
        _send(writing, world.answers(request))


def _send(writing: Any, value: Any) -> None:
    raw = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    writing.write(struct.pack(">I", len(raw)) + raw)
    writing.flush()


def _bound() -> None:
    """Where the system lets: no more memory than this. It also ends on its own when its time is over."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)


def _deadline(nowhere: Any) -> None:
    """End this process unless the expression is done in time, whatever it does: neither needs Python's help."""
    faulthandler.dump_traceback_later(PATIENCE, exit=True, file=nowhere)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, SECONDS)


def _no_deadline() -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, 0)
    faulthandler.cancel_dump_traceback_later()


class World:
    """JSONata with what Step Functions adds to it, and without what it takes away."""

    def __init__(self, library: Any, functions: Any, utils: Any) -> None:
        self.library, self.functions, self.utils = library, functions, utils
        sys.setrecursionlimit(4000)
        functions.function_clone = self.clone

    def answers(self, request: Any) -> list[Any]:
        """What the expressions of one request give."""
        given = {name: self.inside(value) for name, value in request["bindings"].items()}
        found: list[Any] = []
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            for expression in request["expressions"]:
                _deadline(nowhere)
                found.append(self.answer(expression, given))
                _no_deadline()
                if "value" not in found[-1]:
                    break
        return found

    def answer(self, expression: str, given: dict[str, Any]) -> Any:
        """What one expression gives."""
        try:
            parsed = self.library.Jsonata(expression)
            parsed.set_output_convert_nulls(False)
            self.furnish(parsed)
            for name, value in given.items():
                parsed.assign(name, value)
            value = parsed.evaluate(None)
            return {"nothing": True} if value is None else {"value": self.outside(value)}
        except ZeroDivisionError:
            return {"error": "D1001: Number out of range: Infinity"}
        except Odd:
            return {"odd": True}
        except MemoryError:
            return {"error": "The expression needs more memory than it may have."}
        except RecursionError:
            return {"error": "Stack overflow error: Check for non-terminating recursive function."}
        except Exception as error:  # noqa: BLE001  whatever the library raises, the state fails with it
            code = getattr(error, "error", None)
            return {"error": f"{code}: {error}" if isinstance(code, str) and code else str(error)}

    def furnish(self, parsed: Any) -> None:
        """The functions of Step Functions (Developer Guide, "JSONata functions provided by Step Functions")."""
        for name, act in _ADDED.items():
            parsed.register_lambda(name, act)
        parsed.assign("eval", None)  # not offered
        parsed.register_lambda("replace", self.replace)
        parsed.register_lambda("parse", self.parse)

    def replace(self, text: Any = None, pattern: Any = None, by: Any = None, limit: Any = None) -> Any:
        """``$replace``, which refuses a pattern that matches nothing, as jsonata-js does."""
        if hasattr(pattern, "search") and (match := pattern.search("")) is not None and match.group() == "":
            raise ValueError("D1004: Regular expression matches zero length string")
        return self.functions.replace(text, pattern, by, limit)

    def parse(self, text: Any = None) -> Any:
        """``$parse``: the value of a JSON text."""
        return None if text is None else self.inside(json.loads(text))

    def clone(self, value: Any = None) -> Any:
        """What the transform operator changes: a copy, in which null stays null."""
        return self.parse(self.functions.string(value, False))

    def inside(self, value: Any) -> Any:
        """JSON as the library has it: null is a value of its own, None is nothing."""
        if value is None:
            return self.utils.NULL_VALUE
        if isinstance(value, dict):
            return {name: self.inside(each) for name, each in value.items()}
        return [self.inside(each) for each in value] if isinstance(value, list) else value

    def outside(self, value: Any) -> Any:
        """And back; Odd for a function, a number that JSON does not have, and the like."""
        if value is None or value is self.utils.NULL_VALUE:
            return None
        if isinstance(value, bool | str | int):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise Odd
            return int(value) if value.is_integer() and abs(value) < 1e16 else value
        if isinstance(value, dict):
            return {str(name): self.outside(each) for name, each in value.items() if each is not None}
        if isinstance(value, list | tuple):
            return [self.outside(each) for each in value]
        raise Odd


class Odd(Exception):  # noqa: N818  a signal inside this file
    """A result that is no JSON."""


def _partition(array: Any = None, size: Any = None) -> Any:
    if array is None:
        return None
    length, values = math.floor(size), array if isinstance(array, list) else [array]
    if length <= 0:
        raise ValueError("The second argument of the partition function must be a positive number")
    return [values[at : at + length] for at in range(0, len(values), length)]


def _range(first: Any = None, last: Any = None, step: Any = None) -> Any:
    start, end, by = math.floor(first), math.floor(last), math.floor(step)
    if by == 0:
        raise ValueError("The third argument of the range function must not be 0")
    found = range(start, end + (1 if by > 0 else -1), by)
    if len(found) > 1000:
        raise ValueError("The range function can return at most 1000 values")
    return found[0] if len(found) == 1 else list(found)  # recorded: a sequence of one is that one


def _hash(text: Any = None, name: Any = None) -> Any:
    if not isinstance(text, str) or name not in _HASHES:
        raise ValueError("The arguments of the hash function must be a string and the name of an algorithm")
    return hashlib.new(_HASHES[name], text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _random(seed: Any = None) -> Any:
    return random.random() if seed is None else random.Random(seed).random()  # noqa: S311  a learner's dice


_ADDED: dict[str, Any] = {"partition": _partition, "range": _range, "hash": _hash, "random": _random}
_ADDED["uuid"] = lambda: str(uuid.uuid4())

if __name__ == "__main__":
    main()
