"""The source of a function: what cannot be used is one message at its place in the lab; the zip is always the same."""

from __future__ import annotations

import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from labcli.lab.code import LARGEST, BadCode, read_code
from tests.unit.conftest import Check, Mistakes

CODE = "def handler(event, context):\n    return event\n"


def lab(source: str, more: str = "") -> str:
    """A lab with one function, whose source is said on line 4, column 18."""
    return f"lab: t\ntitle: T\nresources:\n  work: {{function: {source}{more}}}\nsteps:\n- create: [work]\n"


AT = "4:20"


def test_a_file_beside_the_lab_is_the_source(good: Check, tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "work.py").write_text(CODE, "utf-8", newline="\n")
    spec = good(lab("functions/work.py")).resources["work"]
    assert spec.props.code.handler == "work.handler"
    assert dict(spec.props.code.files) == {"work.py": CODE.encode()}


def test_a_folder_says_its_handler(good: Check, mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "many" / "inner").mkdir(parents=True)
    (tmp_path / "many" / "inner" / "work.py").write_text(CODE, "utf-8")
    (tmp_path / "many" / "data.json").write_text("{}", "utf-8")
    spec = good(lab("many", ", handler: inner.work.handler")).resources["work"]
    assert [name for name, _ in spec.props.code.files] == ["data.json", "inner/work.py"]
    (problem,) = mistakes(lab("many"))
    assert problem == f"{AT} a folder of files says which function is called: handler: module.function"


@pytest.mark.parametrize(
    "source",
    ["../work.py", "functions/../../work.py", "..", "/etc/passwd", "~/work.py", "~root/x.py", '"..\\\\work.py"',
     '"functions\\\\work.py"', '"C:\\\\work.py"', "C:work.py", "c:/work.py"],
)  # fmt: skip
def test_a_source_elsewhere_is_refused(mistakes: Mistakes, tmp_path: Path, source: str) -> None:
    (tmp_path.parent / "work.py").write_text(CODE, "utf-8")
    (problem,) = mistakes(lab(source))
    assert problem.startswith(f"{AT} a source stands beside the lab, such as functions/notify.py, not")


def test_a_path_with_what_nobody_sees_is_refused(mistakes: Mistakes) -> None:
    (problem,) = mistakes(lab('"wo\\u202erk.py"'))
    assert problem == f"{AT} a source's path holds a character that cannot be seen"


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("link", ["work.py", "functions", "functions/deep"])
def test_a_symbolic_link_is_not_followed(mistakes: Mistakes, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    for place in (outside, outside / "deep"):
        (place / "work.py").write_text(CODE, "utf-8")
    at = tmp_path / "lab" if link == "work.py" else tmp_path
    at.mkdir(exist_ok=True)
    source = {"work.py": "lab/work.py", "functions": "functions/work.py", "functions/deep": "functions/deep/work.py"}
    if link == "functions/deep":
        (tmp_path / "functions").mkdir()
    (at / link).symlink_to(outside / "work.py" if link == "work.py" else outside)
    (problem,) = mistakes(lab(source[link]))
    assert "goes through a symbolic link" in problem
    assert problem.startswith(AT)


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_inside_the_folder_is_refused(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "work.py").write_text(CODE, "utf-8")
    (tmp_path / "many" / "secret").symlink_to("/etc/passwd")
    (problem,) = mistakes(lab("many", ", handler: work.handler"))
    assert problem == f"{AT} `secret` is a symbolic link: put the file itself there"


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_a_pipe_is_not_waited_for(mistakes: Mistakes, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "work.py")
    (problem,) = mistakes(lab("work.py"))
    assert problem.startswith(AT)
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "work.py").write_text(CODE, "utf-8")
    os.mkfifo(tmp_path / "many" / "pipe.py")
    (problem,) = mistakes(lab("many", ", handler: work.handler"))
    assert problem.startswith(AT)


def test_a_file_that_is_not_there_comes_with_those_that_are(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "functions").mkdir()
    for name in ("work.py", "other.py", "note.txt"):
        (tmp_path / "functions" / name).write_text(CODE, "utf-8")
    (problem,) = mistakes(lab("functions/wrok.py"))
    assert problem == f"{AT} there is no file `wrok.py`; there is other.py, work.py"
    (problem,) = mistakes(lab("nowhere/work.py"))
    assert problem == f"{AT} there is no file `work.py`"


@pytest.mark.parametrize("name", [".env", ".env.local", ".git/config", ".aws/credentials", "id_rsa", ".ssh/id_rsa"])
def test_a_folder_with_secrets_is_refused(mistakes: Mistakes, tmp_path: Path, name: str) -> None:
    path = tmp_path / "many" / name
    path.parent.mkdir(parents=True)
    path.write_text("AWS_SECRET_ACCESS_KEY=x", "utf-8")
    (tmp_path / "many" / "work.py").write_text(CODE, "utf-8")
    (problem,) = mistakes(lab("many", ", handler: work.handler"))
    assert problem == f"{AT} `{name.partition('/')[0]}` does not belong into a function: take it out of the folder"


def test_what_is_too_large_is_refused(mistakes: Mistakes, tmp_path: Path) -> None:
    with (tmp_path / "work.py").open("wb") as file:
        file.truncate(LARGEST + 1)
    (problem,) = mistakes(lab("work.py"))
    assert problem == f"{AT} `work.py` is too large: at most 5 MB"
    (tmp_path / "many").mkdir()
    for number in range(3):
        with (tmp_path / "many" / f"{number}.bin").open("wb") as file:
            file.truncate(LARGEST // 2)
    (problem,) = mistakes(lab("many", ", handler: work.handler"))
    assert problem == f"{AT} `many` is too large: at most 200 files and 5 MB"


def test_too_many_files_and_none_are_refused(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "many").mkdir()
    (problem,) = mistakes(lab("many", ", handler: work.handler"))
    assert problem == f"{AT} the folder `many` is empty"
    for number in range(201):
        (tmp_path / "many" / f"{number}.txt").touch()
    (problem,) = mistakes(lab("many", ", handler: work.handler"))
    assert problem == f"{AT} `many` is too large: at most 200 files and 5 MB"


@pytest.mark.parametrize(
    ("code", "more", "said"),
    [
        ("def other(event, context): pass\n", "", "work.py has no function `handler`"),
        (CODE, ", handler: work.main", "work.py has no function `main`"),
        (CODE, ", handler: other.handler", "the handler `other.handler` wants a file other.py"),
        (CODE, ", handler: handler", "a handler is module.function, such as notify.handler, not `handler`"),
        (CODE, ', handler: "work.han dler"', "a handler is module.function, such as notify.handler, not"),
        ("", "", "work.py has no function `handler`"),
        ("x = 1\ndef handler(event, context)\n    pass\n", "", "work.py:2:28 expected ':'"),
        ("def handler(event, context):\nreturn 1\n", "", "work.py:2:1 expected an indented block"),
        ("x = '\0'\n", "", "work.py"),
        ("x = " + "(" * 5000 + "\n", "", "work.py"),
        ("\N{LATIN SMALL LETTER A}\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "", "work.py"),
    ],
)
def test_code_that_cannot_run_is_said(mistakes: Mistakes, tmp_path: Path, code: str, more: str, said: str) -> None:
    (tmp_path / "work.py").write_text(code, encoding="latin-1")
    (problem,) = mistakes(lab("work.py", more))
    assert problem.startswith(f"{AT} {said}")


@pytest.mark.parametrize(
    "code",
    [
        "from elsewhere import handler\n",
        "handler = lambda event, context: 1\n",
        "async def handler(event, context): pass\n",
        "try:\n    from fast import handler\nexcept ImportError:\n    from slow import handler\n",
        "from elsewhere import *\n",
    ],
)
def test_a_handler_that_comes_from_elsewhere_is_one(good: Check, tmp_path: Path, code: str) -> None:
    (tmp_path / "work.py").write_text(code, "utf-8")
    good(lab("work.py"))


def test_another_ending_is_no_source(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "work.js").write_text("exports.handler = 1", "utf-8")
    (problem,) = mistakes(lab("work.js"))
    assert problem == f"{AT} a source is a Python file (.py) or a folder, not `work.js`"


def test_the_zip_is_the_same_for_the_same_files(tmp_path: Path) -> None:
    zips = []
    for name, time, order in (("one", 1, "ab"), ("two", 2_000_000_000, "ba")):
        folder = tmp_path / name
        folder.mkdir()
        for each in order:
            path = folder / f"{each}.py"
            path.write_text(CODE, "utf-8")
            path.chmod(0o600 if name == "one" else 0o755)
            os.utime(path, (time, time))
        (folder / "__pycache__").mkdir()
        (folder / "__pycache__" / f"{name}.pyc").write_bytes(os.urandom(8))
        zips.append(read_code(folder, "a.handler").zipped)
    assert zips[0] == zips[1]
    with zipfile.ZipFile(BytesIO(zips[0])) as archive:
        assert archive.namelist() == ["a.py", "b.py"]
        assert [each.external_attr >> 16 for each in archive.infolist()] == [0o644, 0o644]


def test_a_source_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work.py").write_text(CODE, "utf-8")

    def refuses(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuses)
    with pytest.raises(BadCode, match=r"`work\.py` cannot be read: Permission denied"):
        read_code(tmp_path / "work.py", "")


def test_an_environment_variable_has_a_name_that_lambda_takes(mistakes: Mistakes, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(CODE, "utf-8")
    for name in ("A", "1A", "A-B", "_A"):
        (said,) = mistakes(lab("work.py", f', env: {{"{name}": x}}'))
        assert f"`{name}` is no name that Lambda takes" in said
    assert mistakes(lab("work.py", ", env: {AB_1: x}")) == []
