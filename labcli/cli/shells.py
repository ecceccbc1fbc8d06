"""The scripts that teach a shell to complete ``labcli``, and where each shell looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from labcli.errors import LabcliError, UsageError
from labcli.rules.near import nearest

BASH = """\
# completion of labcli in bash
_labcli_complete() {
    local IFS=$'\\n' line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\\t'*}")
    done < <(LABCLI_COMPLETE=bash LABCLI_COMPLETE_WORD="${COMP_WORDS[COMP_CWORD]#=}" \\
        "$1" "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -o default -F _labcli_complete labcli
"""

ZSH = """\
#compdef labcli
# completion of labcli in zsh
_labcli() {
    local -a found
    local line word said
    while IFS= read -r line; do
        word=${line%%$'\\t'*}
        said=${line#*$'\\t'}
        found+=("${word//:/\\\\:}:${said}")
    done < <(LABCLI_COMPLETE=zsh LABCLI_COMPLETE_WORD="${words[CURRENT]}" \\
        "${words[1]}" "${(@)words[2,CURRENT-1]}" 2>/dev/null)
    if (( $#found )); then
        _describe labcli found
    else
        _files
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _labcli "$@"
else
    compdef _labcli labcli
fi
"""

FISH = """\
# completion of labcli in fish
function __labcli_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found (env LABCLI_COMPLETE=fish LABCLI_COMPLETE_WORD="$word" $words[1] $words[2..-1] 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$word"
    end
end
complete -c labcli -k -f -a '(__labcli_complete)'
"""

POWERSHELL = """\
# completion of labcli in PowerShell
Register-ArgumentCompleter -Native -CommandName labcli -ScriptBlock {
    param($word, $line, $cursor)
    $before = @($line.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.Extent.Text.Trim('"', "'") })
    $env:LABCLI_COMPLETE = 'powershell'
    $env:LABCLI_COMPLETE_WORD = $word
    try {
        & $line.CommandElements[0].Extent.Text @before 2>$null | ForEach-Object {
            $found, $said = $_ -split "`t", 2
            if (-not $said) { $said = $found }
            [System.Management.Automation.CompletionResult]::new($found, $found, 'ParameterValue', $said)
        }
    } finally {
        Remove-Item Env:LABCLI_COMPLETE, Env:LABCLI_COMPLETE_WORD -ErrorAction SilentlyContinue
    }
}
"""


class Shell(NamedTuple):
    """A shell: its script, the file below the home folder that it goes into, and the start-up file that reads it."""

    script: str
    file: str
    read_by: str = ""
    """Empty where the shell finds the file by itself."""
    line: str = ""


SHELLS: Mapping[str, Shell] = {
    "bash": Shell(BASH, ".local/share/bash-completion/completions/labcli", ".bashrc", ". '{file}'"),
    "zsh": Shell(ZSH, ".zfunc/_labcli", ".zshrc", "fpath=('{folder}' $fpath); autoload -Uz compinit && compinit"),
    "fish": Shell(FISH, ".config/fish/completions/labcli.fish"),
    "powershell": Shell(POWERSHELL, ".config/powershell/labcli-completion.ps1", "", ". '{file}'"),
}


def shell_of(name: str, env: Mapping[str, str]) -> str:
    """The shell that is meant: the one that is named, else the one of the SHELL variable. UsageError for none."""
    if name:
        if name in SHELLS:
            return name
        raise UsageError(f"no shell `{name}`{nearest(name, SHELLS)}", f"The shells: {', '.join(SHELLS)}")
    found = Path(env.get("SHELL", "")).stem or ("powershell" if "PSModulePath" in env else "")
    if found in SHELLS:
        return found
    raise UsageError("which shell this is cannot be told", f"Name it: --install-completion {'|'.join(SHELLS)}")


def install(name: str, home: Path) -> tuple[Path, str]:
    """Write the script of a shell into its place below ``home``; the file, and the line that a person has to add.

    The line is empty when nothing is left to do. LabcliError when the file cannot be written.
    """
    shell = SHELLS[name]
    file = home / shell.file
    line = shell.line.format(file=file, folder=file.parent)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shell.script, encoding="utf-8", newline="\n")
        start = home / shell.read_by if shell.read_by else None
        if start is not None:
            text = start.read_text("utf-8", errors="surrogateescape") if start.exists() else ""
            if line not in text:
                with start.open("a", encoding="utf-8", errors="surrogateescape", newline="\n") as opened:
                    opened.write(f"{'' if not text or text.endswith(chr(10)) else chr(10)}{line}  # labcli\n")
            line = ""
    except OSError as error:
        raise LabcliError(
            f"the completion cannot be written: {error.filename or file}: {error.strerror}",
            f"labcli --show-completion {name} prints it",
        ) from error
    return file, line
