"""How a state fails: by an error's name and its cause, as Retry and Catch see them."""

from __future__ import annotations

RUNTIME = "States.Runtime"
TIMEOUT = "States.Timeout"
TASK_FAILED = "States.TaskFailed"
QUERY = "States.QueryEvaluationError"
TOO_LARGE = "States.DataLimitExceeded"
INTRINSIC = "States.IntrinsicFailure"
ALL = "States.ALL"


class StateError(Exception):
    """A state has failed. ``also`` are other names by which Retry and Catch may take it.

    ``told`` is the error of which AWS says, in front of the cause, which state it was and when it was entered;
    ``location`` is the field of a JSONata expression that could not be evaluated.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None = None,
        *,
        told: bool = False,
        location: str = "",
        also: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause
        self.told, self.location, self.also = told, location, also
        self.previous = 0
        """The event behind which the failing execution ends; 0 where that is the last of the line that failed."""

    @property
    def fatal(self) -> bool:
        """Whether no Retry and no Catch takes it (Developer Guide, "Handling errors"; recorded)."""
        return self.error == RUNTIME

    def taken_by(self, names: list[str]) -> bool:
        """Whether a retrier or a catcher of these names takes it."""
        if self.fatal:
            return False
        if ALL in names or self.error in names or any(name in names for name in self.also):
            return True
        return TASK_FAILED in names and self.error != TIMEOUT


def runtime(cause: str) -> StateError:
    """What ends an execution whatever it catches; the cause begins with the state."""
    return StateError(RUNTIME, cause, told=True)


def too_large(name: str) -> StateError:
    """More than 256 KiB (recorded)."""
    text = f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."
    return StateError(TOO_LARGE, text)
