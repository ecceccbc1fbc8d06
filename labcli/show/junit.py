"""Results as JUnit XML, which every system that runs tests can read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree

from labcli.context import Context
from labcli.show.text import visible


class Case(NamedTuple):
    """One thing that was looked at: of which suite, its name, why it failed or was skipped (empty: it did not)."""

    suite: str
    name: str
    failed: str = ""
    skipped: str = ""
    seconds: float = 0.0


def write_junit(context: Context, name: str, cases: Iterable[Case]) -> None:
    """Write them on stdout, a suite a day."""
    listed = list(cases)
    root = ElementTree.Element("testsuites", {"name": name, **_counts(listed)})
    for suite in dict.fromkeys(each.suite for each in listed):
        mine = [each for each in listed if each.suite == suite]
        inside = ElementTree.SubElement(root, "testsuite", {"name": visible(suite), **_counts(mine)})
        for each in mine:
            case = ElementTree.SubElement(
                inside, "testcase", classname=visible(suite), name=visible(each.name), time=f"{each.seconds:.1f}"
            )
            if each.failed:
                ElementTree.SubElement(case, "failure", message=visible(each.failed))
            elif each.skipped:
                ElementTree.SubElement(case, "skipped", message=visible(each.skipped))
    context.stdout.write(ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _counts(cases: list[Case]) -> dict[str, str]:
    failed, skipped = sum(bool(each.failed) for each in cases), sum(bool(each.skipped) for each in cases)
    return {"tests": str(len(cases)), "failures": str(failed), "skipped": str(skipped)}
