"""Days as scripts, as text: whole, in each language; nothing that a lab says becomes a command by itself."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from labcli.aws.catalog import BotoCatalog
from labcli.lab.check import checked
from labcli.lab.model import Lab
from labcli.run.plan.script.conditions import condition
from labcli.run.plan.script.languages import SCRIPTS, as_script
from labcli.run.plan.script.verbs import SAID
from labcli.steps.language import LANGUAGE, VERBS
from tests.conftest import LABS

CATALOG = BotoCatalog()
DAYS = ("mon", "tue", "wed", "thu", "fri")
BASH = shutil.which("bash")


def day(name: str) -> Lab:
    return checked(LABS / "week10" / f"{name}.yaml", LANGUAGE, CATALOG)


def script(name: str, word: str) -> str:
    return as_script(day(name), word, LANGUAGE, CATALOG)


def test_every_verb_can_be_said_in_a_script() -> None:
    assert {word for word in VERBS if not VERBS[word].block} <= set(SAID)


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize("name", DAYS)
def test_bash_can_read_the_script_of_every_day(name: str) -> None:
    assert BASH is not None
    done = subprocess.run([BASH, "-n"], input=script(name, "cli").encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("name", DAYS)
def test_every_name_in_the_script_in_python_is_set_before_it_is_read(name: str) -> None:
    tree = ast.parse(script(name, "boto3"))
    known = set(dir(__builtins__)) if not isinstance(__builtins__, dict) else set(__builtins__)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.Import):
            known |= {statement.name} if isinstance(statement, ast.FunctionDef) else {a.name for a in statement.names}
            continue
        names = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
        known |= {each.id for each in names if isinstance(each.ctx, ast.Store)}
        assert {each.id for each in names} <= known, ast.unparse(statement)


@pytest.mark.parametrize("name", DAYS)
def test_every_variable_of_the_script_in_powershell_is_set_before_it_is_read(name: str) -> None:
    body = script(name, "powershell").partition("\n# --- ")[2]
    quoted = re.sub(r"'[^'\n]*'|@'\n.*?\n'@", "''", body, flags=re.DOTALL)
    known = {"prefix", "account", "region", "PWD", "_", "first", "entries", "env"}
    for line in quoted.splitlines():
        known |= set(re.findall(r"^\$(\w+) = ", line))
        read = set(re.findall(r"(?<!`)\$\{?(\w+)", line))
        assert read <= known, line


@pytest.mark.parametrize("name", DAYS)
def test_in_powershell_no_word_of_a_command_holds_a_quotation_mark(name: str) -> None:
    words = [row for row in script(name, "powershell").splitlines() if re.match(r"(\$\w+ = )?aws ", row)]
    assert words
    for row in words:
        assert '\\"' not in row
        assert re.search(r"""'[^']*"[^']*'""", row) is None, row


@pytest.mark.parametrize("word", SCRIPTS)
def test_a_title_stays_inside_of_its_comment(word: str, good: Callable[[str], Lab]) -> None:
    title = 'x\\ntouch pwned\\u2028\\r\\"\\"\\" $(id) `id` \'@'
    head = f'lab: t\ntitle: "{title}"\nresources: {{q: {{queue: standard}}}}\n'
    text = f'{head}steps:\n- {{title: "{title}", create: [q]}}\n'
    said = as_script(good(text), word, LANGUAGE, CATALOG)
    assert not [line for line in said.splitlines() if line.startswith("touch")]
    if word == "boto3":
        assert ast.get_docstring(ast.parse(said)) is not None


def test_a_source_that_ends_a_here_document_or_a_string_is_written_whole(tmp_path: Path) -> None:
    nasty = "END\n'@\n\"@\nx = '''a\\''' + r\"\\n\"\ndef handler(event, context):\n    return x\n"
    code = "X = 1\n#" + nasty.replace("\n", "\n#") + "\ndef handler(e, c):\n    return X\n"
    (tmp_path / "f.py").write_text(code, encoding="utf-8", newline="\n")
    file = tmp_path / "t.yaml"
    file.write_text("lab: t\ntitle: T\nresources: {f: {function: f.py}}\nsteps:\n- create: [f]\n", encoding="utf-8")
    lab = checked(file, LANGUAGE, CATALOG)
    source = (tmp_path / "f.py").read_text("utf-8")
    tree = ast.parse(as_script(lab, "boto3", LANGUAGE, CATALOG))
    packed = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and "packed" in ast.unparse(node.func))
    assert eval(ast.unparse(packed.args[0]))["f.py"] == source.encode()


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"Messages[0].MessageId": "${sent}"}, "Messages[0].MessageId == '${sent}'"),
        ({"Messages[0].MessageId": "${lost}"}, ""),
        ({"length(events)": {"gt": 0}}, "length(events || `[]`) > `0`"),
        ({"a": {"present": True}, "b": None}, "a != null && b == null"),
        ({"contains(x, 'y')": True}, "contains(x, 'y')"),
        ({"names": ["a", "b"], "ok": False}, "names == ['a', 'b'] && ok == `false`"),
        ({"from_json(Body).x": 1, "n": 2}, "n == `2`"),
        ({"a": "it's"}, ""),
        ({"a": {"matches": "^x"}}, ""),
    ],
)
def test_what_a_step_waits_for_is_a_stock_jmespath(expect: dict[str, object], said: str) -> None:
    assert condition(expect, {"sent"}) == said
