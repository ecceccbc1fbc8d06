"""Reading the history of an execution: states, attempts and branches out of AWS's list of events.

The list is flat, and the events of branches stand in it mixed. ``previousEventId`` says what came before each event;
where it says nothing that fits, the definition and the names do. Whatever stands in a history, reading it raises
nothing, and every event is looked at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from labcli.machines.definition import DEEPEST, every_state
from labcli.machines.events import caught_name, details_of, resource_of, seconds_of
from labcli.machines.visits import Attempt, Branch, History, Visit

_ENDS = {
    "ExecutionSucceeded": "SUCCEEDED", "ExecutionFailed": "FAILED", "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}  # fmt: skip
_WORKS = ("Task", "LambdaFunction", "Activity")
_CONTAINERS = ("Parallel", "Map")
_UNNAMED = ("a branch failed", "an item failed")
"""Where a container failed, and no event says by which error."""


def read_history(events: Iterable[Any], definition: Mapping[str, Any] | None = None) -> History:
    """Read a history; ``definition`` helps to tell branches apart where the events do not."""
    known = [event for event in events if isinstance(event, Mapping)]
    if all(isinstance(event.get("id"), int) for event in known):
        known.sort(key=lambda event: int(event["id"]))
    reading = _Reading(definition or {})
    for event in known:
        reading.take(event)
    return reading.done()


class _Reading:
    """One history while it is read. Nothing here looks at more than the event, and the states around it."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.history = History()
        self.homes: dict[str, tuple[str, int]] = {}
        self.fails: dict[str, str] = {}
        for name, state, home in every_state(definition):
            self.homes[name] = home
            self.fails[name] = str(state.get("Error") or "")
        self.at: dict[int, Visit | None] = {}
        """The visit that an event belongs to, by the event's id."""
        self.kinds: dict[int, str] = {}
        self.items: dict[int, Branch] = {}
        """The item of a Map that an event opened."""
        self.open: dict[str, list[Visit]] = defaultdict(list)
        self.containers: list[Visit] = []
        self.last: Visit | None = None
        self.now = 0.0

    def take(self, event: Mapping[str, Any]) -> None:
        kind = str(event.get("type", ""))
        self._clock(event.get("timestamp"))
        before = event.get("previousEventId")
        owner = self.at.get(before) if isinstance(before, int) else None
        details = details_of(event)
        if kind.endswith("StateEntered"):
            owner = self._enter(kind.removesuffix("StateEntered"), before, details)
        elif kind.endswith("StateExited"):
            owner = self._exit(owner, details)
        elif kind.startswith("Execution"):
            self._execution(kind, owner, details)
        elif kind.startswith(("MapIteration", "MapState", "MapRun", "ParallelState")):
            owner = self._container(event, kind, owner or self.last, details)
        else:
            owner = owner or self.last
            self._work(kind, owner, details)
        number = event.get("id")
        if isinstance(number, int):
            self.at[number], self.kinds[number] = owner, kind
        while owner is not None:
            owner.touched = self.now
            owner = owner.home.of if owner.home is not None else None

    def _clock(self, stamp: Any) -> None:
        at = seconds_of(stamp)
        if at is None:
            return
        if not self.history.began:
            self.history.began = at
        self.now = max(self.now, round(at - self.history.began, 3))

    def _enter(self, kind: str, before: Any, details: Mapping[str, Any]) -> Visit:
        name = str(details.get("name", "?"))
        branch = self._branch(before, name)
        depth = branch.of.depth + 1 if branch is not None else 0
        visit = Visit(name, kind, self.now, branch, depth=depth, touched=self.now)
        if kind == "Fail":
            visit.error = self.fails.get(name, "")
        (branch.visits if branch is not None else self.history.visits).append(visit)
        self.history.every.append(visit)
        self.open[name].append(visit)
        if kind in _CONTAINERS:
            self.containers.append(visit)
        self.last = visit
        return visit

    def _branch(self, before: Any, name: str) -> Branch | None:
        """Where a state that is entered stands: in a branch, or at the top (None)."""
        number = before if isinstance(before, int) else 0
        if number in self.items:
            return self.items[number]
        owner = self.at.get(number)
        if owner is not None and self.kinds.get(number) in ("ParallelStateStarted", "MapStateStarted"):
            return self._new_branch(owner, name)
        if owner is not None:
            return owner.home
        container = _newest(self.containers)
        if container is None:
            return None
        home, index = self.homes.get(name, (container.name, -1))
        if home != container.name:
            container = _newest(self.open[home])
            if container is None:
                return None
        here = container.latest.get(index)
        return here if here is not None and container.type == "Parallel" else self._new_branch(container, name)

    def _new_branch(self, container: Visit, name: str, index: int = -1) -> Branch | None:
        if container.depth >= DEEPEST:  # nobody draws as deep, and a hostile history would
            return container.home
        if index < 0:
            home, index = self.homes.get(name, ("", -1))
            if home != container.name or container.type != "Parallel":
                index = len(container.latest)
        branch = Branch(container, index, len(container.attempts), self.now)
        container.branches.append(branch)
        container.latest[index] = branch
        return branch

    def _exit(self, owner: Visit | None, details: Mapping[str, Any]) -> Visit | None:
        visit, name = owner, str(details.get("name", ""))
        while visit is not None and not (visit.name == name and visit.end is None):
            visit = visit.home.of if visit.home is not None else None
        visit = visit or _newest(self.open[name])
        if visit is None:
            return owner
        if visit.attempts and visit.type not in _CONTAINERS:
            visit.error = visit.attempts[-1].error
        elif visit.error in _UNNAMED:
            visit.error = caught_name(details.get("output")) or visit.error
        visit.caught = bool(visit.error)
        self._close(visit, "FAILED" if visit.caught else "SUCCEEDED")
        return visit

    def _close(self, visit: Visit, status: str) -> None:
        """A state is over, and all that is open inside it."""
        visit.end, visit.status = self.now, status
        if visit.attempts and visit.attempts[-1].end is None:
            visit.attempts[-1].end = self.now
        if visit.attempts and visit.type in _CONTAINERS:
            visit.attempts[-1].error = visit.error
        for branch in visit.latest.values():
            self._close_branch(branch, "SUCCEEDED" if status == "SUCCEEDED" else "ABORTED")

    def _close_branch(self, branch: Branch, status: str) -> None:
        if branch.end is not None:
            return
        for visit in branch.visits:
            if visit.end is None:
                self._close(visit, "FAILED" if visit.type == "Fail" or _error(visit) else status)
        last = branch.visits[-1] if branch.visits else None
        branch.end = self.now if last is None or last.end is None else last.end
        branch.status = status if last is None or last.caught else last.status

    def _work(self, kind: str, owner: Visit | None, details: Mapping[str, Any]) -> None:
        """What happens to the work of a Task."""
        if owner is None or not kind.startswith(_WORKS):
            return
        if kind.endswith("Scheduled"):
            owner.attempts.append(Attempt(self.now))
            owner.resource = resource_of(kind, details)
        elif kind.endswith(("Failed", "TimedOut")):
            if not owner.attempts:
                owner.attempts.append(Attempt(owner.start))
            usual = "States.Timeout" if kind.endswith("TimedOut") else "States.TaskFailed"
            owner.attempts[-1].end = self.now
            owner.attempts[-1].error = str(details.get("error") or usual)
            owner.cause = str(details.get("cause") or "")
        elif kind.endswith("Succeeded") and owner.attempts:
            owner.attempts[-1].end = self.now

    def _container(
        self, event: Mapping[str, Any], kind: str, owner: Visit | None, details: Mapping[str, Any]
    ) -> Visit | None:
        """What happens to a Parallel or a Map as a whole, or to an item of a Map."""
        wanted, name = "Map" if kind.startswith("Map") else "Parallel", details.get("name")
        visit = owner
        while visit is not None and not (visit.type == wanted and (name is None or visit.name == name)):
            visit = visit.home.of if visit.home is not None else None
        if visit is None:
            return owner
        index = details.get("index")
        if kind.endswith("StateStarted"):
            self._started(visit)
            visit.length = length if isinstance(length := details.get("length"), int) else None
        elif kind.startswith("MapRun"):
            visit.map_run = str(details.get("mapRunArn") or visit.map_run)
            visit.error = str(details.get("error") or visit.error)
        elif kind == "MapIterationStarted":
            item = self._new_branch(visit, "", index if isinstance(index, int) and index >= 0 else -1)
            if item is not None and isinstance(event.get("id"), int):
                self.items[event["id"]] = item
        elif kind.startswith("MapIteration"):
            item = visit.latest.get(index) if isinstance(index, int) else None
            if item is not None:
                status = {"Succeeded": "SUCCEEDED", "Failed": "FAILED"}.get(kind.removeprefix("MapIteration"))
                self._close_branch(item, status or "ABORTED")
                item.end, item.status = self.now, status or "ABORTED"
        elif kind.endswith(("StateFailed", "StateAborted")):
            visit.error = visit.error or _error_inside(visit, owner)
        return visit

    def _started(self, visit: Visit) -> None:
        """The branches begin. Where they began before, the attempt before failed: AWS writes no event of that."""
        if visit.attempts:
            error = visit.error or _error_inside(visit, None)
            visit.attempts[-1] = Attempt(visit.attempts[-1].start, visit.touched, error)
            for branch in visit.latest.values():
                self._close_branch(branch, "ABORTED")
        visit.latest, visit.error = {}, ""
        visit.attempts.append(Attempt(self.now))

    def _execution(self, kind: str, owner: Visit | None, details: Mapping[str, Any]) -> None:
        history, status = self.history, _ENDS.get(kind)
        if kind == "ExecutionStarted":
            history.input = details.get("input")
        if status is None or history.status != "RUNNING":
            return
        history.status, history.output = status, details.get("output")
        history.error, history.cause = str(details.get("error") or ""), str(details.get("cause") or "")
        blamed = owner or self.last if status == "FAILED" else None
        while blamed is not None and blamed.end is None:
            error = _error(blamed)
            blamed.error = history.error if error in ("", *_UNNAMED) else error
            blamed = blamed.home.of if blamed.home is not None else None
        for visit in history.visits:
            if visit.end is None:
                failed = status == "FAILED" and bool(visit.error)
                self._close(visit, "FAILED" if failed else "ABORTED" if status == "FAILED" else status)

    def done(self) -> History:
        self.history.seconds = self.now
        return self.history


def _newest(visits: list[Visit]) -> Visit | None:
    """The newest of these that is still open; those that are over are forgotten."""
    while visits and visits[-1].end is not None:
        visits.pop()
    return visits[-1] if visits else None


def _error(visit: Visit) -> str:
    return visit.error or (visit.attempts[-1].error if visit.attempts else "")


def _error_inside(visit: Visit, told: Visit | None) -> str:
    """The error that failed a container, which AWS does not repeat: of the state told last, or of one inside it."""
    if told is not None and told is not visit and (error := _error(told)):
        return error
    for branch in visit.latest.values():
        last = branch.visits[-1] if branch.visits else None
        if last is not None and not last.caught and (error := _error(last)):
            return error
    return _UNNAMED[visit.type == "Map"]
