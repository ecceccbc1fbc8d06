"""Completion of a command line, at every key press: it imports next to nothing, starts nothing and reads few files.

The scripts of ``labcli.cli.shells`` call ``labcli`` with LABCLI_COMPLETE set. The words in front of the cursor are the
arguments, the word under it is LABCLI_COMPLETE_WORD; the answers are lines, ``word<TAB>what it is``. What there is to
type stands in completion.txt, which ``python -m docs.generate`` writes from the commands themselves.
"""

import os
import sys

VARIABLE = "LABCLI_COMPLETE"
WORD = "LABCLI_COMPLETE_WORD"
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib takes as long as all of this file
_MOST = 300_000
"""Characters of a file that are looked at."""

Candidates = list[tuple[str, str]]
"""(what to type, what it is)."""


def main() -> None:
    """Print what fits. Nothing here may ever disturb a person who is typing: no error leaves it."""
    try:
        found = candidates(sys.argv[1:], os.environ.get(WORD, ""), os.environ)
        text = "".join(f"{word}\t{said}\n" for word, said in found if word.isprintable() and said.isprintable())
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()
    except Exception:  # noqa: BLE001 - see above
        sys.exit(1)


def candidates(before: list[str], word: str, env: "os._Environ[str] | dict[str, str]") -> Candidates:
    """What can stand in the place of ``word`` behind the words ``before`` (without ``labcli``)."""
    tree = _tree()
    path, values, day = _place(before, tree)
    if values is None and word.startswith("-") and "=" in word:
        option, _, word = word.partition("=")
        values, head = tree.get(path, {}).get(option, ("", ""))[0], f"{option}="
    else:
        head = ""
    if values is not None:
        found = _values(values, day, env)
    elif word.startswith("-"):
        found = [(each, said) for each, (_, said) in tree.get(path, {}).items() if each.startswith("-")]
    else:
        found = []
        for each, (_, said) in tree.get(path, {}).items():
            if each.isupper():
                found += _values(each, day, env)
            elif not each.startswith("-"):
                found.append((each, said))
        if not found:  # a command that takes options only
            found = [(each, said) for each, (_, said) in tree.get(path, {}).items() if each.startswith("--")]
    return [(head + each, said) for each, said in found if each.startswith(word)]


def _tree() -> dict[str, dict[str, tuple[str, str]]]:
    """Of each command what can be typed behind it: the word, the values that it takes, and what it is."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    with open(os.path.join(_HERE, "completion.txt"), encoding="utf-8") as lines:  # noqa: PTH118, PTH123
        for line in lines:
            path, word, values, said = line.rstrip("\n").split("\t")
            found.setdefault(path, {})[word] = (values, said)
    return found


def _place(before: list[str], tree: dict[str, dict[str, tuple[str, str]]]) -> tuple[str, str | None, str]:
    """The command that the cursor stands in, the values that are wanted there (None: none), and the day before it."""
    path, day, wanted = "", "", None
    for word in before:
        if word == "=":  # bash parts a line at the sign
            continue
        if wanted is not None:
            wanted = None
        elif word.startswith("-"):
            values = tree.get(path, {}).get(word, ("", ""))[0]
            wanted = values or None
        elif path == "day":
            path, day = "day DAY", word
        elif word in tree.get(path, {}):
            path = f"{path} {word}".strip()
    return path, wanted, day


def _values(values: str, day: str, env: "os._Environ[str] | dict[str, str]") -> Candidates:
    if values == "DAY":
        return [(name, title(file)) for name, file in labs(env)]
    if values in ("STEP", "TASK"):
        file = next((file for name, file in labs(env) if name == day), day)
        return steps(file) if values == "STEP" else tasks(file)
    if values == "RESOURCE":
        return resources(env)
    return [(each, "") for each in values.split("|") if not each.isupper()]


def labs(env: "os._Environ[str] | dict[str, str]") -> list[tuple[str, str]]:
    """The labs, by the word for them and their file: as ``labcli.run.shelf.labs`` finds them, in a tenth of its time.

    Where two have the same id, the folder stands in front.
    """
    package = os.path.dirname(_HERE)  # noqa: PTH120
    inside = os.path.join(package, "_labs")  # noqa: PTH118
    shipped = inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "labs")  # noqa: PTH112, PTH118, PTH120
    found: dict[str, None] = {}
    for folder in (shipped, *env.get("LABCLI_LABS", "").split(os.pathsep)):
        for below in (folder, *_inside(folder, folders=True)):
            found |= dict.fromkeys(each for each in _inside(below) if each.endswith(".yaml"))
    ids = [os.path.basename(file)[:-5] for file in found]  # noqa: PTH119
    several = {each for each in ids if ids.count(each) > 1}
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    named = [
        (f"{os.path.basename(os.path.dirname(file))}/{name}" if name in several else name, name, file)  # noqa: PTH119, PTH120
        for name, file in zip(ids, found, strict=True)
    ]
    named.sort(key=lambda lab: (days.index(lab[1]) if lab[1] in days else len(days), lab[0]))
    return [(word, file) for word, _, file in named]


def _inside(folder: str, folders: bool = False) -> list[str]:
    if not folder:
        return []
    try:
        with os.scandir(folder) as entries:
            return sorted(each.path for each in entries if (each.is_dir() if folders else each.is_file()))
    except OSError:
        return []


def _lines(file: str) -> list[str]:
    with open(file, encoding="utf-8", errors="replace") as opened:  # noqa: PTH123
        return opened.read(_MOST).splitlines()


def title(file: str) -> str:
    """The title of a lab, as it stands in the line for it."""
    return next((_plain(line[6:]) for line in _lines(file) if line.startswith("title:")), "")


def steps(file: str) -> Candidates:
    """The steps of a lab, by number and by id, with their first line: found in the text, since YAML takes its time."""
    found: Candidates = []
    inside, dash, number, said = False, -1, 0, ""
    for line in _lines(file):
        bare = line.lstrip(" ")
        if not inside:
            inside = line.startswith("steps:")
            continue
        if line and line[0] not in " -#":
            break
        indent = len(line) - len(bare)
        if bare.startswith("- ") and indent == (indent if dash < 0 else dash):
            dash, number, bare = indent, number + 1, bare[2:].lstrip(" ")
            said = _plain(bare.removeprefix("title:"))
            found.append((str(number), said))
            indent = dash + 2
        if indent == dash + 2 and bare.startswith("id:"):
            found.append((_plain(bare[3:]), said))
    return found


def tasks(file: str) -> Candidates:
    """The tasks of a lab by their ids, with their titles."""
    found: Candidates = []
    for line in _lines(file):
        bare = line.lstrip(" ")
        if bare.startswith("- task:"):
            found.append((_plain(bare[7:]), ""))
        elif found and not found[-1][1] and bare.startswith("title:"):
            found[-1] = (found[-1][0], _plain(bare[6:]))
    return found


def _plain(text: str) -> str:
    return text.partition(" #")[0].strip().strip("\"'")


def resources(env: "os._Environ[str] | dict[str, str]") -> Candidates:
    """What the ledgers say was made and not deleted, by its name in the lab."""
    found: dict[str, str] = {}
    for file in _inside(os.path.join(_home(env), "runs")):  # noqa: PTH118
        if file.endswith(".jsonl"):
            for line in _lines(file):
                key, does = _field(line, "key"), _field(line, "does")
                if does == "create":
                    found[key] = f"{_field(line, 'kind')} of {os.path.basename(file).partition('-')[0]}"  # noqa: PTH119
                elif does == "delete":
                    found.pop(key, None)
    return sorted(found.items())


def _field(line: str, name: str) -> str:
    """A text of a ledger's line: names in it hold no quote."""
    return line.partition(f'"{name}":"')[2].partition('"')[0]


def _home(env: "os._Environ[str] | dict[str, str]") -> str:
    if home := env.get("LABCLI_HOME"):
        return os.path.expanduser(home)  # noqa: PTH111
    import platformdirs

    return platformdirs.user_state_dir("labcli", appauthor=False)
