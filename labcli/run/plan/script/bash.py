"""A script of aws commands for bash."""

from __future__ import annotations

import base64
import json

from labcli.aws.spoken import names
from labcli.aws.spoken.cli import Command, command
from labcli.aws.spoken.shells import BASH, FOLD, line
from labcli.aws.spoken.text import File, Text, joined
from labcli.run.plan.script.naming import safe
from labcli.run.plan.script.statements import Active, Ask, Await, Burst, Consume, Left, Pack, Pause
from labcli.run.plan.script.writer import Writer, split_json

_HEAD = """\
#!/usr/bin/env bash
# {title}
#
# Every step of the day as aws commands; it runs as it stands, and takes away at its end what it made.
# It needs bash, python3 and the aws CLI, version 1 or 2. Point these at an AWS first:
#   the local one:  eval "$(labcli local env)"
#   an account:     your own profile, region and credentials. It is not free there.
# Its names begin with $prefix: PREFIX=mine bash {file} chooses another.
set -Eeuo pipefail
prefix=${{PREFIX:-{lab}-$(date +%H%M%S)}}
export AWS_PAGER="" PYTHONIOENCODING=utf-8
cd "$(mktemp -d)"  # for the files that the commands read
trap 'echo "stopped at line $LINENO; what was made stays: names that begin with $prefix" >&2' ERR
"""
_ACCOUNT = "account=$(aws sts get-caller-identity --query Account --output text)"
_REGION = "region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}"

_HELPERS = {
    "eventually": """
# eventually SECONDS COMMAND...: again and again until it succeeds. AWS does not know at once what was just made.
eventually() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 1
    done
}
""",
    "refused": """
# refused COMMAND...: AWS must refuse it, and its words are shown
refused() {
    local said
    if said=$("$@" 2>&1); then
        echo "AWS took it: $said" >&2
        return 1
    fi
    echo "$said"
    [[ $said == *"An error occurred ("* ]]
}
""",
    "ask_until": """
# ask_until SECONDS QUERY COMMAND...: ask until the first thing that QUERY finds is true; what else it finds is printed
ask_until() {
    local end=$((SECONDS + $1)) query=$2 found
    shift 2
    while true; do
        found=$("$@" --query "$query" --output text) || true
        case $found in True*) echo "${found#True?}" && return ;; esac
        [ $SECONDS -lt $end ] || { echo "not in time: $query" >&2 && return 1; }
        sleep 0.5
    done
}
""",
    "settle": """
# settle SECONDS: what was just changed needs so long on AWS, and no time on the local one
settle() {
    [ -n "${AWS_ENDPOINT_URL:-}" ] || sleep "$1"
}
""",
    "worker": """
# worker URL UNTIL WAIT SECONDS: receive one by one, work, delete, until UNTIL messages are done; 0: until a receive of
# WAIT seconds finds none. Variables before the command say more: works=SECONDS, dies=BODY (once), fails=BODY, keep=yes.
worker() {
    local url=$1 until=$2 wait=$3 end=$((SECONDS + $4)) got handle id body
    while [ $SECONDS -lt $end ]; do
        [ "$until" = 0 ] || [ "$(sort -u done.txt | wc -l)" -lt "$until" ] || return 0
        got=$(aws sqs receive-message --queue-url "$url" --wait-time-seconds "$wait" \\
            --query 'Messages[0].[ReceiptHandle, MessageId, Body]' --output text)
        if [ "$got" = None ]; then
            [ "$until" != 0 ] || return 0
            continue
        fi
        IFS=$'\\t' read -r handle id _ <<< "$got"
        body=${got#*$'\\t'}
        body=${body#*$'\\t'}
        if [ "$body" = "${dies:-}" ]; then
            echo "received and never deleted, the worker died: $body"
            dies=
            continue
        fi
        sleep "${works:-0}"
        if [ "$body" = "${fails:-}" ]; then
            echo "failed: $body"
            continue
        fi
        [ -n "${keep:-}" ] || aws sqs delete-message --queue-url "$url" --receipt-handle "$handle" || true
        echo "done: $body"
        echo "$id" >> done.txt
    done
}
""",
    "consume": """
# consume URL UNTIL WAIT SECONDS: so many workers (workers=N), and a look whether they did what they should
consume() {
    local n
    : > done.txt
    for n in $(seq "${workers:-1}"); do worker "$@" & done
    wait
    [ "$(sort -u done.txt | wc -l)" -ge "$2" ] || { echo "not $2 messages in time" >&2 && return 1; }
}
""",
    "take": """
# take URL COUNT SECONDS: receive ten at a time and delete these ten, until COUNT are done
take() {
    local end=$((SECONDS + $3)) count=0 entries
    while [ "$count" -lt "$2" ]; do
        [ $SECONDS -lt $end ] || { echo "not $2 messages in time" >&2 && return 1; }
        entries=$(aws sqs receive-message --queue-url "$1" --max-number-of-messages 10 --wait-time-seconds 1 \\
            --query 'Messages[].{Id: MessageId, ReceiptHandle: ReceiptHandle}' --output json)
        [[ $entries == *Id* ]] || continue
        aws sqs delete-message-batch --queue-url "$1" --entries "$entries" --query 'length(Successful)'
        count=$((count + $(grep -o '"Id"' <<< "$entries" | wc -l)))
    done
}
""",
    "ended": """
# ended ARN SECONDS: wait until an execution has ended, and show how
ended() {
    local end=$((SECONDS + $2))
    while [ "$(aws stepfunctions describe-execution --execution-arn "$1" --query status --output text)" = RUNNING ]; do
        [ $SECONDS -lt $end ] || { echo "it still runs" >&2 && return 1; }
        sleep 0.5
    done
    aws stepfunctions describe-execution --execution-arn "$1" --query '[status, error, output]'
    aws stepfunctions get-execution-history --execution-arn "$1" --query 'events[].type' --output text
}
""",
}


_TEXT: tuple[Text, ...] = (("--output",), ("text",))


class BashWriter(Writer):
    """bash, with the aws CLI."""

    helpers = _HELPERS

    def head(self, body: str) -> str:
        lab = self.script.lab
        asked = [text for name, text in (("account", _ACCOUNT), ("region", _REGION)) if name in self.used]
        head = _HEAD.format(title=self.title, lab=lab.id, file=f"{lab.id}.sh")
        return head + "".join(f"{each}\n" for each in asked) + self.called(body)

    def ask(self, ask: Ask) -> list[str]:
        made = command(ask.call, BASH, self.catalog, self.names, ask.stem, FOLD)
        before = [BASH.file(each) for each in made.files if each.text is not None]
        kept = self.kept(ask)
        if ask.fails:
            wait: list[Text] = [("eventually",), (f"{ask.within:g}",)] if ask.within else []
            return [*before, f"# AWS refuses: {ask.fails}", line((*wait, ("refused",), *made.words), BASH, FOLD)]
        if ask.until:
            return [*before, *self._until(ask, made, kept)]
        patient: list[Text] = [("eventually",), ("60",)] if ask.patient else []
        if not kept:
            otherwise = f" ||\n    echo {BASH.word((ask.may_fail,))}" if ask.may_fail else ""
            return [*before, line((*patient, *made.words), BASH, FOLD) + otherwise]
        return [*before, *_kept(kept, (*patient, *made.words))]

    def _until(self, ask: Ask, made: Command, kept: dict[str, str]) -> list[str]:
        found = [split_json(path)[0] for path in kept.values()]
        query = joined(("[", *self.text(ask.until), *(f", {path}" for path in found), "]"))
        asked = line((("ask_until",), (f"{ask.within:g}",), query, *made.words), BASH, FOLD)
        return [_read(kept, asked), *_opened(kept)] if kept else [asked]

    def pack(self, pack: Pack) -> list[str]:
        rows = []
        for folder in dict.fromkeys(name.rpartition("/")[0] for name, _ in pack.files if "/" in name):
            rows.append(f"mkdir -p {BASH.word((folder,))}")
        for name, data in pack.files:
            try:
                rows.append(BASH.file(File(name, (data.decode(),), tidy=True)))
            except UnicodeDecodeError:
                encoded = base64.b64encode(data).decode()
                rows.append(f"base64 -d <<< {encoded} > {BASH.word((name,))}")
        tops = dict.fromkeys(name.partition("/")[0] for name, _ in pack.files)
        return [
            *rows,
            line(
                (("python3",), ("-m",), ("zipfile",), ("-c",), (f"{pack.name}.zip",), *((top,) for top in tops)), BASH
            ),
        ]

    def active(self, active: Active) -> list[str]:
        return [f"aws lambda wait function-active-v2 --function-name {BASH.word(self.text(active.function))}"]

    def pause(self, pause: Pause) -> list[str]:
        if pause.local == pause.aws:
            return [f"sleep {pause.local:g}"]
        return [*([f"sleep {pause.local:g}"] if pause.local else []), f"settle {pause.aws - pause.local:g}"]

    def burst(self, burst: Burst) -> list[str]:
        made = command(burst.call, BASH, self.catalog, self.names)
        flag = names.flag(burst.call.service, burst.call.operation, burst.entries)
        last = (
            "$((first + 9))" if burst.count % 10 == 0 else f"$((first + 9 < {burst.count} ? first + 9 : {burst.count}))"
        )
        entry = f's/.*/{{"Id": "m&", "{burst.body}": "&"}}/'
        return [
            f"for first in $(seq 1 10 {burst.count}); do",
            f"    entries=$(seq \"$first\" {last} | sed '{entry}' | paste -sd, -)",
            f"    {line(made.words, BASH)} {flag} \"[$entries]\" --query 'length(Successful)'",
            "done",
        ]

    def consume(self, consume: Consume) -> list[str]:
        url = BASH.word(self.text(consume.queue))
        if consume.many:
            return [f"take {url} {consume.until} {consume.within}"]
        says = [f"workers={consume.workers}"] if consume.workers > 1 else []
        says += [f"works={consume.works:g}"] if consume.works else []
        says += [f"dies={BASH.word(self.text(consume.dies))}"] if consume.dies else []
        says += [f"fails={BASH.word(self.text(each))}" for each in consume.fails[:1]]
        says += ["keep=yes"] if consume.keep else []
        return [" ".join([*says, f"consume {url} {consume.until} {consume.wait} {consume.within}"])]

    def ended(self, ended: Await) -> list[str]:
        return [f'ended "${safe(ended.execution)}" {ended.within}']

    def left(self, left: Left) -> list[str]:
        rows = []
        for call, path in left.lists:
            words = (*command(call, BASH, self.catalog, self.names).words, ("--query",), self.text(path), *_TEXT)
            rows.append(line(words, BASH, FOLD))
        return rows


def _kept(kept: dict[str, str], words: tuple[Text, ...]) -> list[str]:
    """What an answer holds, put into variables."""
    paths = [split_json(path)[0] for path in kept.values()]
    query = paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]"
    asked = line((*words, ("--query",), (query,), *_TEXT), BASH, FOLD)
    return [_read(kept, asked) if len(paths) > 1 else f"{next(iter(kept))}=$({asked})", *_opened(kept)]


def _read(kept: dict[str, str], asked: str) -> str:
    return f"IFS=$'\\t' read -r {' '.join(kept)} < <({asked})"


def _opened(kept: dict[str, str]) -> list[str]:
    """A value that stands inside of JSON text is taken out of it."""
    said = []
    for name, path in kept.items():
        if key := split_json(path)[1]:
            steps = "".join(f"[{json.dumps(step)}]" for step in key.split("."))
            said.append(f"{name}=$(python3 -c 'import json, sys; print(json.loads(sys.argv[1]){steps})' \"${name}\")")
    return said
