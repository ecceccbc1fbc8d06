"""A script of aws commands for PowerShell 7 and Windows PowerShell 5.1."""

from __future__ import annotations

import base64
import json

from labcli.aws.spoken import names
from labcli.aws.spoken.cli import command
from labcli.aws.spoken.shells import FOLD, POWERSHELL, line
from labcli.aws.spoken.text import File, Text, joined
from labcli.run.plan.script.naming import safe
from labcli.run.plan.script.powershell_helpers import ACCOUNT, HEAD, HELPERS, REGION
from labcli.run.plan.script.statements import Active, Ask, Await, Burst, Consume, Left, Pack, Pause
from labcli.run.plan.script.writer import Writer, split_json

_TEXT: tuple[Text, ...] = (("--output",), ("text",))
_JSON: tuple[Text, ...] = (("--output",), ("json",))


class PowerShellWriter(Writer):
    """PowerShell, with the aws CLI."""

    helpers = HELPERS

    def head(self, body: str) -> str:
        lab = self.script.lab
        asked = [text for name, text in (("account", ACCOUNT), ("region", REGION)) if name in self.used]
        head = HEAD.replace("LAB", lab.id).replace("TITLE", self.title)
        return head + "".join(f"{each}\n" for each in asked) + self.called(body)

    def ask(self, ask: Ask) -> list[str]:
        made = command(ask.call, POWERSHELL, self.catalog, self.names, ask.stem, FOLD)
        before = [POWERSHELL.file(each) for each in made.files if each.text is not None]
        kept = self.kept(ask)
        if ask.fails:
            refused = f"Refused {{ {line(made.words, POWERSHELL, FOLD)} }}"
            wait = f"Eventually {ask.within:g} {{ {refused} }}" if ask.within else refused
            return [*before, f"# AWS refuses: {ask.fails}", wait]
        found = [split_json(path)[0] for path in kept.values()]
        if ask.until:
            query = joined(("[", *self.text(ask.until), *(f", {path}" for path in found), "]"))
            asked = line((*made.words, ("--query",), query, *_JSON), POWERSHELL, FOLD)
            said = f"AskUntil {ask.within:g} {{ {asked} }}"
            return [*before, *(_taken(kept, said, 1) if kept else [f"{said} | Out-Null"])]
        if len(kept) > 1:
            asked = line((*made.words, ("--query",), (f"[{', '.join(found)}]",), *_JSON), POWERSHELL, FOLD)
            return [*before, *_taken(kept, f"{self._patient(ask, asked)} | Out-String | ConvertFrom-Json", 0)]
        if kept:
            asked = line((*made.words, ("--query",), (found[0],), *_TEXT), POWERSHELL, FOLD)
            return [*before, *_opened(kept, {next(iter(kept)): self._patient(ask, asked)})]
        said = self._patient(ask, line(made.words, POWERSHELL, FOLD))
        return [*before, f"try {{ {said} }} catch {{ '{ask.may_fail}' }}" if ask.may_fail else said]

    def _patient(self, ask: Ask, said: str) -> str:
        return f"Eventually 60 {{ {said} }}" if ask.patient else said

    def pack(self, pack: Pack) -> list[str]:
        rows = []
        for folder in dict.fromkeys(name.rpartition("/")[0] for name, _ in pack.files if "/" in name):
            rows.append(f"New-Item -ItemType Directory -Force {POWERSHELL.word((folder,))} | Out-Null")
        for name, data in pack.files:
            rows.append(_written(name, data))
        tops = dict.fromkeys(name.partition("/")[0] for name, _ in pack.files)
        said = ", ".join(f"'{each}'" for each in tops)
        return [*rows, f"Compress-Archive -Force -Path {said} -DestinationPath '{pack.name}.zip'"]

    def active(self, active: Active) -> list[str]:
        return [f"aws lambda wait function-active-v2 --function-name {POWERSHELL.word(self.text(active.function))}"]

    def pause(self, pause: Pause) -> list[str]:
        always = [f"Start-Sleep -Seconds {pause.local:g}"] if pause.local else []
        return [*always, *([f"Settle {pause.aws - pause.local:g}"] if pause.aws > pause.local else [])]

    def burst(self, burst: Burst) -> list[str]:
        made = line(command(burst.call, POWERSHELL, self.catalog, self.names).words, POWERSHELL)
        flag = names.flag(burst.call.service, burst.call.operation, burst.entries)
        return [
            f"for ($first = 1; $first -le {burst.count}; $first += 10) {{",
            f"    $entries = @($first..[Math]::Min($first + 9, {burst.count}) |",
            f'        ForEach-Object {{ @{{ Id = "m$_"; {burst.body} = "$_" }} }})',
            '    [IO.File]::WriteAllText("$PWD/entries.json", (ConvertTo-Json -InputObject $entries))',
            f"    {made} {flag} file://entries.json --query 'length(Successful)'",
            "}",
        ]

    def consume(self, consume: Consume) -> list[str]:
        url = POWERSHELL.word(self.text(consume.queue))
        if consume.many:
            return [f"Take {url} {consume.until} {consume.within}"]
        says = [f"-Works {consume.works:g}"] if consume.works else []
        says += [f"-Dies {POWERSHELL.word(self.text(consume.dies))}"] if consume.dies else []
        says += [f"-Fails {POWERSHELL.word(self.text(each))}" for each in consume.fails[:1]]
        says += ["-Keep"] if consume.keep else []
        said = f"({consume.workers} workers in the lab; here it is one)"
        remark = [f"# {said}"] if consume.workers > 1 else []
        return [*remark, " ".join(["Consume", url, str(consume.until), str(consume.wait), str(consume.within), *says])]

    def ended(self, ended: Await) -> list[str]:
        return [f"Ended ${safe(ended.execution)} {ended.within}"]

    def left(self, left: Left) -> list[str]:
        rows = []
        for call, path in left.lists:
            words = command(call, POWERSHELL, self.catalog, self.names).words
            rows.append(line((*words, ("--query",), self.text(path), *_TEXT), POWERSHELL, FOLD))
        return rows


def _written(name: str, data: bytes) -> str:
    try:
        said = data.decode()
    except UnicodeDecodeError:
        said = "\n'@"
    if "\n'@" not in said:
        return POWERSHELL.file(File(name, (said,)))
    encoded = base64.b64encode(data).decode()
    return f"[IO.File]::WriteAllBytes(\"$PWD/{name}\", [Convert]::FromBase64String('{encoded}'))"


def _taken(kept: dict[str, str], said: str, first: int) -> list[str]:
    values = {name: f"$answer[{number}]" for number, name in enumerate(kept, first)}
    return [f"$answer = {said}", *_opened(kept, values)]


def _opened(kept: dict[str, str], values: dict[str, str]) -> list[str]:
    """Each value into its variable; one that stands inside of JSON text is taken out of it."""
    said = []
    for name, path in kept.items():
        key = split_json(path)[1]
        steps = "".join(f".{json.dumps(step)}" for step in key.split(".")) if key else ""
        said.append(f"${name} = ({values[name]} | ConvertFrom-Json){steps}" if key else f"${name} = {values[name]}")
    return said
