"""docs/architecture.md and CONTRIBUTING.md against the house: what is forgotten is named, with all its places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from labcli.aws.resources import KINDS
from labcli.aws.resources.base import LiveKind, PlainKind
from labcli.aws.services import SERVICES
from labcli.byword import ByWord
from labcli.steps.language import VERBS
from labcli.steps.verb import LiveVerb, Plain
from tests.conftest import REPO

PAGE = (REPO / "docs" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (REPO / "CONTRIBUTING.md").read_text("utf-8")
HOUSE = REPO / "labcli"
LOCAL = [path.parent.name for path in sorted(HOUSE.glob("local/*/correct.py"))]


class Place(NamedTuple):
    """Where a part of a new thing has to stand; ``has`` is the text that must be in it, empty for the file itself."""

    where: str
    has: str

    def missing(self, name: str, word: str) -> str:
        """What is not there, empty when it is."""
        has = self.has.replace("NAME", name).replace("WORD", word)
        patterns = re.findall(r"`([^`]+)`", self.where.replace("NAME", name))
        found = [path for pattern in patterns for path in sorted(REPO.glob(pattern.rstrip("/")))]
        if not found:
            return f"{' '.join(patterns)} is not there"
        if has and not any(has in path.read_text("utf-8") for path in found):
            return f"{' '.join(patterns)} has no `{has}`"
        return ""


def section(title: str) -> str:
    return PAGE.split(f"### {title}\n", 1)[1].split("\n#", 1)[0]


def places(title: str) -> list[Place]:
    rows = re.findall(r"^\| (`.+?`) \| (.*?) \| .+ \|$", section(title), re.MULTILINE)
    return [Place(where, has.strip("`") if has else "") for where, has in rows]


def made_by(table: object) -> dict[str, str]:
    """The words of a table, and the module of each."""
    assert isinstance(table, ByWord)
    return {word: module for word, (module, _) in table._places.items()}


def things() -> Iterator[tuple[str, str, str]]:
    yield from (("A verb", module, word) for word, module in made_by(VERBS).items())
    yield from (("A kind of resource", module, word) for word, module in made_by(KINDS).items())
    yield from (("A service", module, word) for word, module in made_by(SERVICES).items())
    yield from (("A correction of the embedded AWS", name, name) for name in LOCAL)


@pytest.mark.parametrize(("sort", "name", "word"), list(things()), ids=lambda text: text.replace(" ", "-"))
def test_everything_has_each_of_its_places(sort: str, name: str, word: str) -> None:
    wanted = places(sort)
    assert len(wanted) >= 2
    if sort == "A kind of resource" and KINDS[word].brought:  # no lab declares it, so it has no keys
        wanted = [place for place in wanted if not place.where.endswith("words.py`")]
    missing = [said for place in wanted if (said := place.missing(name, word))]
    assert missing == [], f"{sort.lower()}, `{word}`; all its places: docs/architecture.md, {sort}"


def helpers(row: str) -> set[str]:
    """The files that the page names in the row of a folder beside what the folder is a list of."""
    line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{row}`"))
    return set(re.findall(r"`(\w+)`", line.split("|", 2)[2]))


@pytest.mark.parametrize(
    ("folder", "table", "sort"),
    [
        ("steps/verbs/", VERBS, "A verb"),
        ("aws/resources/", KINDS, "A kind of resource"),
        ("aws/services/", SERVICES, "A service"),
    ],
)
def test_a_file_without_a_line_in_its_table_is_named(folder: str, table: object, sort: str) -> None:
    files = {path.stem for path in HOUSE.glob(f"{folder}*.py")} - {"__init__"}
    lost = files - set(made_by(table).values()) - helpers(folder)
    assert lost == set(), f"neither in the table nor a helper that the page names; the places of it: {places(sort)}"


def test_every_folder_of_the_house_is_on_the_page_and_no_other() -> None:
    tree = PAGE.split("## The tree\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ((?:`[^`]+/` ?)+)\|", tree, re.MULTILINE)
    named = {name for row in rows for name in row.replace("`", "").split()}
    folders = {f"{path.parent.relative_to(HOUSE).as_posix()}/" for path in HOUSE.glob("*/**/__init__.py")}
    assert named == {each for each in folders if not each.startswith("_labs")}


def members(*classes: type) -> set[str]:
    found: set[str] = set()
    for each in {base for one in classes for base in one.__mro__ if base.__module__.startswith("labcli")}:
        found |= {*vars(each), *getattr(each, "__annotations__", {})}
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize(
    ("title", "protocol", "plain"),
    [("I want to add a verb", LiveVerb, Plain), ("I want to add a kind of resource", LiveKind, PlainKind)],
)
def test_contributing_names_every_member_that_must_be_written(title: str, protocol: type, plain: type) -> None:
    text = CONTRIBUTING.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    named = set(re.findall(r"`(\w+)`", text))
    must = members(protocol) - members(plain)
    assert must
    assert must <= named, f"CONTRIBUTING.md, {title}: say that these must be written: {sorted(must - named)}"


@pytest.mark.parametrize("page", [PAGE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    for text in re.findall(r"`([\w./]+\.(?:py|md|yaml|toml))`", page):
        if "NAME" in text:
            continue
        there = any((base / text).exists() for base in (REPO, HOUSE, HOUSE / "aws", REPO / "docs"))
        assert there or [*REPO.glob(f"labcli/**/{text}"), *REPO.glob(f"labs/*/{text}")], text
