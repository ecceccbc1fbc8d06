"""What functions print, in CloudWatch Logs: only if the execution role may write there, and not without end.

AWS writes a function's log with the function's own role (Lambda Developer Guide, "Sending Lambda function logs to
CloudWatch Logs"): a role without the right has no log, and the function runs all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labcli.local import iam
from labcli.local.names import names

service = names(
    "services.cloudwatch_logs",
    *(
        "error_response_json",
        "_log_groups",
        "_append_log_events",
        "_fanout_to_subscription_filters",
        "_make_group_arn",
        "_log_events_lock",
    ),
)
MOST = 20_000
"""Events kept of one group: the state is saved as a whole, and a function in a loop prints for ever."""
LARGEST = 4 * 1024 * 1024
"""Characters kept of one group, for the same reason."""
_LIKE = re.compile(r"\blike\s+/((?:\\.|[^/\\])*)/", re.IGNORECASE)
_REPEATS = re.compile(r"(?:\\.|[^\\*+?{(])*+[*+?{(]", re.DOTALL)


@dataclass(frozen=True)
class Logs:
    """The log groups of the engine. ``clock`` gives seconds since the epoch."""

    clock: Callable[[], float]

    def write(self, config: Mapping[str, Any], stream: str, messages: Iterable[str]) -> None:
        """Write what a function printed into its stream; group and stream are made if the role may make them."""
        name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        arn = service._make_group_arn(name).removesuffix(":*")
        if not self._may(config, "logs:PutLogEvents", f"{arn}:log-stream:{stream}"):
            return
        now = int(self.clock() * 1000)
        group = service._log_groups.get(name)
        if group is None:
            if not self._may(config, "logs:CreateLogGroup", arn):
                return
            group = {"arn": service._make_group_arn(name), "creationTime": now, "retentionInDays": None}
            group |= {"tags": {}, "subscriptionFilters": {}, "streams": {}}
            service._log_groups[name] = group
        if stream not in group["streams"]:
            if not self._may(config, "logs:CreateLogStream", f"{arn}:log-stream:{stream}"):
                return
            group["streams"][stream] = _new_stream(now)
        events = [{"timestamp": now, "message": message, "ingestionTime": now} for message in messages]
        service._append_log_events(group["streams"][stream], events)
        self._count(group, events)
        service._fanout_to_subscription_filters(name, stream, events)

    def _may(self, config: Mapping[str, Any], action: str, resource: str) -> bool:
        return iam.role_may(str(config.get("Role") or ""), action, resource, resource.split(":")[3])

    def _count(self, group: Any, events: list[Any]) -> None:
        """Keep account of what the group holds, so that it need not be looked through each time."""
        events_before, size_before = group.get("labcli_held", (0, 0))
        held = (events_before + len(events), size_before + sum(len(event["message"]) for event in events))
        group["labcli_held"] = list(held)
        if held[0] > MOST or held[1] > LARGEST:
            group["labcli_held"] = list(self._bound(group))

    def _bound(self, group: Any) -> tuple[int, int]:
        """Forget the oldest events of a group that has grown too large; events and characters that are left."""
        with service._log_events_lock:
            streams = sorted(group["streams"].values(), key=lambda stream: int(stream["creationTime"]))
            sizes = [sum(len(event["message"]) for event in stream["events"]) for stream in streams]
            events = sum(len(stream["events"]) for stream in streams)
            total = sum(sizes)
            for stream, size in zip(streams[:-1], sizes, strict=False):
                if events <= MOST // 2 and total <= LARGEST // 2:
                    break
                events, total = events - len(stream["events"]), total - size
                stream["events"].clear()
            last = streams[-1]["events"]
            while last and (events > MOST // 2 or total > LARGEST // 2):
                oldest = last[: max(1, len(last) // 10)]
                events, total = events - len(oldest), total - sum(len(event["message"]) for event in oldest)
                del last[: len(oldest)]
        return events, total


def with_phrases(original: Callable[[str], Callable[[str], bool]]) -> Callable[[str], Callable[[str], bool]]:
    """Filter patterns of terms and quoted phrases, in AWS's sense: case counts, and a phrase is one term.

    AWS: CloudWatch Logs User Guide, "Filter pattern syntax": terms are all required, ``?`` makes them alternatives,
    ``-`` excludes. Patterns of JSON keep the engine's reading, which lets everything through.
    """

    def compile_pattern(raw: str) -> Callable[[str], bool]:
        text = (raw or "").strip()
        if not text or text.startswith(("{", "[", "%")):
            return original(raw)
        terms = _terms(text)
        wanted = [term for sign, term in terms if sign == ""]
        either = [term for sign, term in terms if sign == "?"]
        without = [term for sign, term in terms if sign == "-"]

        def matches(message: str) -> bool:
            return (
                all(term in message for term in wanted)
                and (not either or any(term in message for term in either))
                and not any(term in message for term in without)
            )

        return matches

    return compile_pattern


def without_repetition(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Refuse a query whose regular expression could go on without end: one that repeats nothing, and has no groups,
    looks at each place once. The engine would run every other one too, and answer nobody meanwhile.
    """

    def start_query(data: Any) -> Any:
        for found in _LIKE.finditer(str(data.get("queryString") or "")):
            if _REPEATS.match(found[1]):
                text = f"The embedded AWS of labcli runs no regular expression with * + ? {{ or (: /{found[1]}/"
                return service.error_response_json("MalformedQueryException", text, 400)
        return original(data)

    return start_query


def _terms(text: str) -> list[tuple[str, str]]:
    """The terms of a pattern, each with its sign (``?``, ``-`` or none)."""
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        sign = text[at] if text[at] in "?-" else ""
        at += len(sign)
        if text[at : at + 1] == '"':
            end, term = _phrase(text, at + 1)
        else:
            end = next((i for i in range(at, len(text)) if text[i].isspace()), len(text))
            term = text[at:end]
        if term:
            found.append((sign, term))
        at = max(end, at + 1)
    return found


def _phrase(text: str, at: int) -> tuple[int, str]:
    """Where a quoted phrase ends, and what it says; a quote inside is escaped by a backslash."""
    said = ""
    while at < len(text) and text[at] != '"':
        at += text[at] == "\\" and at + 1 < len(text)
        said += text[at]
        at += 1
    return at + 1, said


def _new_stream(now: int) -> dict[str, Any]:
    names = ("firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime")
    return {"events": [], "uploadSequenceToken": "1", "creationTime": now, **dict.fromkeys(names)}
