"""The engine: ministack, as our server has it: who may call it, what it keeps, and how it ends.

A name of it that has moved is named in ``broken`` at the start, instead of failing later in the middle of a request.
"""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from labcli.local.names import missing, names

app = names("app", "app", "_collect_scripts")
saving = names("app", "_build_persistence_save_dict", "_get_module", "_reset_all_state", "_state_map")
persistence = names("core.persistence", "_json_default", "_json_object_hook")
keys = names(
    "core.iam_evaluator",
    *("resolve_credential", "is_root_access_key", "find_iam_access_key_account", "AmbiguousAccessKeyError"),
)
sessions = names("core.responses", "_account_from_sts_session")
responses = names("core.responses", "_service_model")
runtime = names("core.lambda_runtime", "_workers", "kill_workers")
_NAMES = (app, saving, persistence, keys, sessions, responses, runtime)
_log = logging.getLogger("labcli.local")


class Keeper(Protocol):
    """A service of our own in the engine's place, whose state goes into the same snapshot."""

    def state(self) -> str | None:
        """All of it as JSON; None when there is nothing."""
        ...

    def restore(self, text: str) -> None:
        """Put back what ``state`` gave."""
        ...

    def forget(self) -> None: ...


@dataclass
class Engine:
    """The running engine. Import nothing of it before the environment is in place: it reads it when imported."""

    account: str
    root_key: str
    root_secret: str = field(repr=False)
    broken: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Services whose state could not be written into the last snapshot."""
    keepers: dict[str, Keeper] = field(default_factory=dict)
    """By the name under which the snapshot has it; none of the engine's own."""

    def __post_init__(self) -> None:
        self.broken += missing(*_NAMES)
        # At its start the engine runs scripts it finds in /etc/localstack and the like: not on a learner's machine.
        if not missing(app):
            app._collect_scripts = lambda *_: []

    @property
    def app(self) -> Any:
        """The engine's ASGI application."""
        return app.app

    @cached_property
    def version(self) -> str:
        """The engine's release, as installed."""
        from importlib.metadata import version

        return version("ministack")

    def secret(self, access_key: str, token: str) -> str | None:
        """The secret that belongs to a key: the learner's, or one that IAM or STS in here issued; else None.

        The engine takes ``test``, account numbers and the empty key for root as well; we do not.
        """
        if access_key == self.root_key:
            return None if token else self.root_secret
        if missing(keys, sessions):
            return None
        if keys.is_root_access_key(access_key):
            return None
        try:
            account = sessions._account_from_sts_session(access_key)
            account = account or keys.find_iam_access_key_account(access_key) or self.account
        except keys.AmbiguousAccessKeyError:
            return None
        found = keys.resolve_credential(access_key, account, token)
        secret = getattr(found, "secret_access_key", None)
        return secret if isinstance(secret, str) else None

    def principal(self, access_key: str) -> str:
        """The ARN of the person behind a key; empty for what a Lambda function or a state machine does in its role.

        The sessions of those have no end and were asked for by nobody; one that was assumed belongs to who assumed it.
        """
        root = f"arn:aws:iam::{self.account}:root"
        if access_key == self.root_key or missing(keys, sessions):
            return root
        said, key = "", access_key
        for _ in range(10):
            account = sessions._account_from_sts_session(key) or keys.find_iam_access_key_account(key) or self.account
            found = keys.resolve_credential(key, account)
            arn, source = str(getattr(found, "principal_arn", "")), getattr(found, "source_access_key_id", None)
            said = said or arn
            if source == key or not arn:  # a user's own key; a key that is gone by now
                return said
            if source is None:
                return said if found.expiration is not None else ""
            key = source
        return said

    def warm(self) -> None:
        """Load, in a thread, what the engine would load during the first call of all; that call's client is still
        loading its own SDK then. It only saves time, so whatever goes wrong is left to that call.
        """
        with contextlib.suppress(Exception):
            responses._service_model("sqs")

    @property
    def can_save(self) -> bool:
        """Whether the engine's state can be taken out of it and put back."""
        return not missing(saving, persistence)

    def snapshot(self) -> dict[str, str]:
        """Each used service's state as JSON. Called on the event loop, so that no request changes it meanwhile.

        RuntimeError when a function that runs in a thread of its own changed something under our hands: try again.
        A service whose state cannot be written is left out, with a word in the log and in ``left_out``.
        """
        default = persistence._json_default
        states: dict[str, str] = {}
        self.left_out = []
        for name, get_state in saving._build_persistence_save_dict().items():
            try:
                state = get_state()
                if state is not None:
                    states[name] = json.dumps(state, default=default)
            except (TypeError, ValueError) as error:
                self.left_out.append(name)
                _log.warning("the state of %s cannot be saved: %s", name, error)
        return states | {name: state for name, keeper in self.keepers.items() if (state := keeper.state()) is not None}

    def restore(self, states: dict[str, str]) -> None:
        """Put back what ``snapshot`` gave. Whatever it raises: this state does not load."""
        theirs = [name for name in states if name not in self.keepers]
        modules = {name: saving._state_map[name] for name in theirs}
        for module in modules.values():
            saving._get_module(module)  # so that the engine itself knows that it is there
        services = {name: names(f"services.{module}", "load_persisted_state") for name, module in modules.items()}
        if moved := missing(*services.values()):
            self.broken += moved
            raise LookupError(f"these moved: {', '.join(moved)}")
        for name, state in states.items():
            if name in self.keepers:
                self.keepers[name].restore(state)
            else:
                services[name].load_persisted_state(json.loads(state, object_hook=persistence._json_object_hook))

    def forget(self) -> None:
        saving._reset_all_state()
        for keeper in self.keepers.values():
            keeper.forget()

    def kill_workers(self) -> None:
        """End the processes in which Lambda functions run."""
        with contextlib.suppress(Exception):  # whatever is wrong with one of them, we are about to end
            runtime.kill_workers([worker for pool in runtime._workers.values() for worker in pool])
