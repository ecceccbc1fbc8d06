"""The log group that a function left behind: only whether it is there. A lab asks that it is gone."""

from __future__ import annotations

from labcli.aws.resources.calls import or_none
from labcli.aws.resources.log_group import GONE
from labcli.aws.yours.base import Live, Look, Plain
from labcli.aws.yours.words import times


class LogGroup(Plain):
    """The kind ``log_group``."""

    def title(self, look: Look) -> str:
        """``/aws/lambda/ProcessStep1 is a log group``."""
        return f"{look.name} is a log group"

    def live(self, look: Look) -> Live | None:
        """What the list shows of it; a group has no read of its own."""
        answer = look.aws.call("logs", "describe_log_groups", {"logGroupNamePrefix": look.name})
        return next((dict(each) for each in answer.get("logGroups", []) if each["logGroupName"] == look.name), None)

    def near(self, look: Look) -> str:
        """Nobody makes one by hand."""
        return f"There is no log group `{look.name}`."

    def still(self, look: Look, live: Live) -> str:
        """That it is there, and why."""
        if "retentionInDays" in live:
            kept = times(live["retentionInDays"], "day")
            return f"`{look.name}` is still there: it forgets its lines after {kept}, and stays itself."
        streams = or_none(look.aws, "logs", "describe_log_streams", {"logGroupName": look.name, "limit": 1}, GONE) or {}
        if not streams.get("logStreams"):
            return f"`{look.name}` is empty, and still there."
        return f"`{look.name}` is still there: a function's log stays when the function goes."
