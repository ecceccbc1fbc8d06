"""What the shells read inside of ``labcli shell``: the user's own start-up files, and ours after them.

The user's files are read where they are and never written. They may set variables of AWS, put folders in front of
PATH, and draw the prompt: so ours come last, and say all of it again.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from labcli.local.pointing import LOOPBACK
from labcli.local.subshell.inside import HARMLESS, KEPT, UNWRITTEN

PROMPT = "(labcli) "
ENV_BEFORE = "LABCLI_ENV_BEFORE"
"""What ENV was, which names the start-up file of sh."""
ZDOTDIR_BEFORE = "LABCLI_ZDOTDIR_BEFORE"
"""What ZDOTDIR was, the folder of zsh's start-up files."""

_SH = """\
for _labcli in $(env | sed -n 's/^\\(AWS_[A-Za-z0-9_]*\\)=.*/\\1/p'); do
    case $_labcli in @HARMLESS@) ;; *) unset "$_labcli" ;; esac
done
unset _labcli
@EXPORTS@
case ",$NO_PROXY," in *,127.0.0.1,*|,\\*,) ;; *) export NO_PROXY="${NO_PROXY:+$NO_PROXY,}@LOOPBACK@" ;; esac
case ",$no_proxy," in *,127.0.0.1,*|,\\*,) ;; *) export no_proxy="${no_proxy:+$no_proxy,}@LOOPBACK@" ;; esac
PATH=@BIN@:$PATH
export PATH
unalias aws 2>/dev/null || :
aws() { @BIN@/aws "$@"; }
"""
_OF_SH = """\
if [ -n "$LABCLI_ENV_BEFORE" ]; then ENV=$LABCLI_ENV_BEFORE; export ENV; [ -r "$ENV" ] && . "$ENV"; else unset ENV; fi
unset LABCLI_ENV_BEFORE
@AGAIN@
PS1="@PROMPT@${PS1:-$ }"
"""
_OF_BASH = """\
[ -r ~/.bashrc ] && . ~/.bashrc
@AGAIN@
_labcli_prompt() { case $PS1 in '@PROMPT@'*) ;; *) PS1="@PROMPT@$PS1" ;; esac; }
if [[ $(declare -p PROMPT_COMMAND 2>/dev/null) == 'declare -a'* ]]; then
    PROMPT_COMMAND+=(_labcli_prompt)
else
    PROMPT_COMMAND="${PROMPT_COMMAND:+$PROMPT_COMMAND$'\\n'}_labcli_prompt"
fi
"""
_OF_ZSHENV = """\
_labcli_here=$ZDOTDIR
if [[ -n $LABCLI_ZDOTDIR_BEFORE ]]; then ZDOTDIR=$LABCLI_ZDOTDIR_BEFORE; else unset ZDOTDIR; fi
[[ -r ${ZDOTDIR:-$HOME}/.zshenv ]] && . ${ZDOTDIR:-$HOME}/.zshenv
export LABCLI_ZDOTDIR_BEFORE=$ZDOTDIR
ZDOTDIR=$_labcli_here
"""
_OF_ZSHRC = """\
if [[ -n $LABCLI_ZDOTDIR_BEFORE ]]; then export ZDOTDIR=$LABCLI_ZDOTDIR_BEFORE; else unset ZDOTDIR; fi
unset LABCLI_ZDOTDIR_BEFORE
[[ $HISTFILE == $_labcli_here/* ]] && HISTFILE=${ZDOTDIR:-$HOME}/${HISTFILE:t}
unset _labcli_here
[[ -r ${ZDOTDIR:-$HOME}/.zshrc ]] && . ${ZDOTDIR:-$HOME}/.zshrc
@AGAIN@
_labcli_prompt() { [[ $PROMPT == '@PROMPT@'* ]] || PROMPT="@PROMPT@$PROMPT"; }
precmd_functions+=(_labcli_prompt)
"""
_OF_FISH = """\
for name in (set -nx | string match -r '^AWS_\\w+$')
    contains -- $name @HARMLESS@; or set -e $name
end
@EXPORTS@
for name in NO_PROXY no_proxy
    string match -qr '(^|,)\\s*127\\.0\\.0\\.1\\s*(,|$)|^\\*$' -- "$$name"
    or set -gx $name (string trim -c , -- "$$name,@LOOPBACK@")
end
set -gx PATH @BIN@ $PATH
function aws
    @BIN@/aws $argv
end
function _labcli_status
    return $argv[1]
end
functions -c fish_prompt _labcli_fish_prompt
function fish_prompt
    set -l before $status
    echo -n '@PROMPT@'
    _labcli_status $before
    _labcli_fish_prompt
end
"""
_OF_POWERSHELL = """\
Get-ChildItem Env: | Where-Object { $_.Name -like 'AWS_*' -and $_.Name -notin @HARMLESS@ } |
    ForEach-Object { Remove-Item "Env:$($_.Name)" }
@EXPORTS@
$env:PATH = @BIN@ + [IO.Path]::PathSeparator + $env:PATH
$global:LabcliPrompt = $function:prompt
function global:prompt { '@PROMPT@' + (& $global:LabcliPrompt) }
"""
_AWS = """\
#!/bin/sh
# The aws CLI, told on its command line where to go: in older regions its version 1 sends `aws sqs` to AWS itself,
# whatever AWS_ENDPOINT_URL and its configuration say.
here=@BIN@
set -f
IFS=:
for folder in $PATH; do
    [ "$folder" -ef "$here" ] && continue
    if [ -f "$folder/aws" ] && [ -x "$folder/aws" ]; then
        unset IFS
        exec "$folder/aws" --endpoint-url @URL@ "$@"
    fi
done
echo 'aws: the AWS CLI is not installed; boto3 works here, and so does `labcli console`' >&2
exit 127
"""
_AWS_ON_WINDOWS = """\
@echo off
rem version 1 of the aws CLI sends `aws sqs` in older regions to AWS itself, whatever AWS_ENDPOINT_URL says
call "@REAL@" --endpoint-url @URL@ %*
"""


def start_up(ours: Mapping[str, str], programs: Path) -> dict[str, str]:
    """The files of the POSIX shells, by name; ``programs`` is the folder that comes first on PATH."""
    again = _filled(
        _SH,
        EXPORTS=_exports("export {}={}", ours, shlex.quote, f'"${KEPT}"'),
        HARMLESS="|".join(HARMLESS),
        BIN=shlex.quote(str(programs)),
    )
    files = {"sh.sh": _OF_SH, "bash.sh": _OF_BASH, ".zshenv": _OF_ZSHENV, ".zshrc": _OF_ZSHRC}
    made = {name: _filled(text, AGAIN=again) for name, text in files.items()}
    made["fish.fish"] = _filled(
        _OF_FISH,
        EXPORTS=_exports("set -gx {} {}", ours, _for_fish, f"${KEPT}"),
        HARMLESS=" ".join(HARMLESS),
        BIN=_for_fish(str(programs)),
    )
    made["powershell.txt"] = _filled(
        _OF_POWERSHELL,
        EXPORTS=_exports("$env:{} = {}", ours, for_powershell, f"$env:{KEPT}"),
        HARMLESS="@(" + ", ".join(map(for_powershell, HARMLESS)) + ")",
        BIN=for_powershell(str(programs)),
    )
    return made


def _exports(line: str, ours: Mapping[str, str], said: Callable[[str], str], kept: str) -> str:
    """A line for each variable; the secret comes from the environment."""
    return "\n".join(line.format(name, kept if name == UNWRITTEN else said(value)) for name, value in ours.items())


def aws(url: str, programs: Path) -> str:
    """The ``aws`` that comes first on PATH."""
    return _filled(_AWS, URL=shlex.quote(url), BIN=shlex.quote(str(programs)))


def aws_on_windows(url: str, real: str) -> str:
    """The same on Windows, in front of this one."""
    return _filled(_AWS_ON_WINDOWS, URL=url, REAL=real)


def for_powershell(value: str) -> str:
    """A text as PowerShell reads it, which takes typographic quotes for quotes."""
    return "'" + "".join(each * 2 if each in "'‘’‚‛" else each for each in value) + "'"


def _for_fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _filled(text: str, **parts: str) -> str:
    for name, value in {**parts, "PROMPT": PROMPT, "LOOPBACK": LOOPBACK}.items():
        text = text.replace(f"@{name}@", value)
    return text
