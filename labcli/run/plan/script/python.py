"""A script of boto3 calls, in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from labcli.aws.spoken.names import client
from labcli.aws.spoken.python import WIDTH, as_boto3, literal
from labcli.aws.spoken.text import Text, Var
from labcli.lab.model import Call
from labcli.run.plan.script.naming import safe
from labcli.run.plan.script.python_helpers import HEAD, HELPERS
from labcli.run.plan.script.statements import Active, Ask, Await, Burst, Consume, Left, Pack, Pause, variable
from labcli.run.plan.script.writer import Writer, split_json

_PLAIN = re.compile(r"[A-Za-z_]\w*(\[\d+\])*(\.[A-Za-z_]\w*(\[\d+\])*)*")


class PythonWriter(Writer):
    """Python, with boto3."""

    helpers = HELPERS

    def head(self, body: str) -> str:
        lab = self.script.lab
        helpers = self.called(body)
        found, made = self._outside(body + helpers)
        asked = [said for name, said in ASKED.items() if name in self.used]
        return HEAD.format(
            title=self.title.replace("\\", "/").replace('"', "'"), lab=lab.id, file=f"{lab.id}.py",
            imports="\n".join(sorted({*found, "import os", "import time"})), clients=made,
        ) + "".join(f"{each}\n" for each in asked) + helpers  # fmt: skip

    def _outside(self, whole: str) -> tuple[list[str], str]:
        """The modules and the clients that some lines use."""
        services = sorted(set(re.findall(r"\b(\w+)\.\w+\(", whole)))
        clients = [(client(each), each) for each in SERVICES if client(each) in services]
        made = "".join(f"{name} = boto3.client({json.dumps(each)})\n" for name, each in clients)
        return [f"import {each}" for each in IMPORTS if f"{each}." in whole], made

    def needed(self, body: str) -> str:
        helpers = self.called(body)
        found, made = self._outside(body + helpers)
        return "\n".join([*sorted({*found, "import boto3"}), "", f"{made}{helpers}"])

    def ask(self, ask: Ask) -> list[str]:
        said = as_boto3(self._zipped(ask), self._named)
        if ask.fails:
            refused = f"refused(lambda: {said})"
            wait = f"eventually({ask.within:g}, lambda: {refused})" if ask.within else refused
            return [f"# AWS refuses: {ask.fails}", wait]
        if ask.until:
            holds = literal(ask.until, self.names)
            said = f"until({ask.within:g}, {holds}, lambda: {said})"
            if len(said) > WIDTH:
                call = as_boto3(self._zipped(ask), self._named, 4)
                said = f"until(\n    {ask.within:g},\n    {holds},\n    lambda: {call},\n)"
        elif ask.patient:
            said = f"eventually(60, lambda: {said})"
        kept = self.kept(ask)
        if not kept:
            return [f"show({said})"]
        if len(kept) == 1 and not ask.until:
            name, path = next(iter(kept.items()))
            return [f"{name} = {_found(said, path)}"]
        return [f"answer = {said}", *(f"{name} = {_found('answer', path)}" for name, path in kept.items())]

    def _named(self, ref: Any) -> Text:
        """A zip is a variable of the script; anything else as everywhere."""
        return (Var(ref.root),) if ref.root.endswith("_zip") and not ref.path else self.names(ref)

    def _zipped(self, ask: Ask) -> Call:
        def put(value: Any) -> Any:
            if isinstance(value, bytes):
                return f"${{{_zip(ask.stem)}}}"
            return {key: put(each) for key, each in value.items()} if isinstance(value, Mapping) else value

        return ask.call._replace(params=put(dict(ask.call.params)))

    def pack(self, pack: Pack) -> list[str]:
        files = ", ".join(f"{json.dumps(name)}: {_source(data)}" for name, data in pack.files)
        return [f"{_zip(pack.name)} = packed({{{files}}})"]

    def active(self, active: Active) -> list[str]:
        name = literal(active.function, self.names)
        return [f'lambdas.get_waiter("function_active_v2").wait(FunctionName={name})']

    def pause(self, pause: Pause) -> list[str]:
        if pause.local == pause.aws:
            return [f"time.sleep({pause.local:g})"]
        return (
            [f"settle({pause.aws:g})"]
            if not pause.local
            else [f"time.sleep({pause.local:g})", f"settle({pause.aws:g})"]
        )

    def burst(self, burst: Burst) -> list[str]:
        entry = f'{{"Id": f"m{{n}}", "{burst.body}": str(n)}}'
        numbers = f"range(first, min(first + 10, {burst.count + 1}))"
        params = ", ".join(f"{name}={literal(value, self.names)}" for name, value in burst.call.params.items())
        return [
            f"for first in range(1, {burst.count + 1}, 10):",
            f"    entries = [{entry} for n in {numbers}]",
            f"    show({client(burst.call.service)}.{burst.call.operation}({params}, {burst.entries}=entries))",
        ]

    def consume(self, consume: Consume) -> list[str]:
        url = literal(consume.queue, self.names)
        if consume.many:
            return [f"take({url}, {consume.until}, {consume.within})"]
        says = [f"workers={consume.workers}"] if consume.workers > 1 else []
        says += [f"works={consume.works:g}"] if consume.works else []
        says += [f"dies={literal(consume.dies, self.names)}"] if consume.dies else []
        says += [f"fails={literal(consume.fails[0], self.names)}"] if consume.fails else []
        says += ["keep=True"] if consume.keep else []
        said = [url, str(consume.until), str(consume.wait), str(consume.within), *says]
        return [f"consume({', '.join(said)})"]

    def ended(self, ended: Await) -> list[str]:
        return [f"ended({safe(ended.execution)}, {ended.within})"]

    def left(self, left: Left) -> list[str]:
        rows = []
        for call, path in left.lists:
            found = f"jmespath.search({literal(path, self.names)}, {as_boto3(call, self.names)})"
            rows.append(f"print({json.dumps(str(call))}, {found})")
        return rows


SERVICES = ("sqs", "sns", "lambda", "stepfunctions", "iam", "logs", "resourcegroupstaggingapi", "sts", "cloudwatch")
IMPORTS = ("io", "json", "threading", "zipfile", "jmespath", "botocore")
ASKED = {
    "account": 'account = boto3.client("sts").get_caller_identity()["Account"]',
    "region": "region = boto3.session.Session().region_name",
}


def _zip(stem: str) -> str:
    return variable(stem.replace("-", "_"), "zip")


def _source(data: bytes) -> str:
    """The source of a function, to be read where that can be."""
    try:
        said = data.decode()
    except UnicodeDecodeError:
        return repr(data)
    plain = "'''" not in said and not said.endswith(("'", "\\")) and "\r" not in said
    return f"r'''{said}'''.encode()" if plain else repr(data)


def _found(answer: str, path: str) -> str:
    outer, key = split_json(path)
    if _PLAIN.fullmatch(outer):
        steps = re.findall(r"[A-Za-z_]\w*|\[\d+\]", outer)
        said = answer + "".join(step if step.startswith("[") else f"[{json.dumps(step)}]" for step in steps)
    else:
        said = f"jmespath.search({json.dumps(outer)}, {answer})"
    inner = "".join(f"[{json.dumps(step)}]" for step in key.split(".")) if key else ""
    return f"json.loads({said}){inner}" if key else said
