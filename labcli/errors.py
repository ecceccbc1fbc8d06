"""What can go wrong, said once: every error knows its message, its remedy and its exit code."""

from __future__ import annotations

import errno
import os
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command. ``LEFT_BEHIND`` outranks ``FAILED``."""

    OK = 0
    FAILED = 1
    USAGE = 2
    TARGET = 3
    LEFT_BEHIND = 4
    BUG = 5
    INTERRUPTED = 130


class LabcliError(Exception):
    """An expected failure.

    ``message`` says what and where, ``hint`` what to do next (may be empty); both are plain text that may
    hold text from outside, so whoever shows them escapes them.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, hint: str = "", exit_code: ExitCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(LabcliError):
    """The command line, or a file it names, cannot be used as it is. Exit 2."""

    exit_code = ExitCode.USAGE


class TargetError(LabcliError):
    """The target cannot be reached, or is not the one that is meant. Exit 3."""

    exit_code = ExitCode.TARGET


class AwsError(LabcliError):
    """AWS answered a call with an error.

    ``code`` is the error code of the wire (``AWS.SimpleQueueService.NonExistentQueue``), ``names`` holds the code and
    every other name it goes by (boto3's exception class: ``QueueDoesNotExist``), ``status`` the HTTP status.
    """

    def __init__(self, operation: str, code: str, message: str, names: frozenset[str], status: int) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.operation = operation
        self.code = code
        self.aws_message = message
        self.names = names
        self.status = status


def reader_gone(error: OSError, windows: bool = os.name == "nt") -> bool:
    """Whether this is how a system says that the reader of a pipe has gone. Windows says: an invalid argument."""
    return isinstance(error, BrokenPipeError) or (windows and error.errno == errno.EINVAL)
