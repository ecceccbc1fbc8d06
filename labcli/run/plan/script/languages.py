"""The languages in which a day can be read as a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from labcli.lab.aws import Catalog
from labcli.lab.language import Language
from labcli.lab.model import Lab
from labcli.run.plan.script.bash import BashWriter
from labcli.run.plan.script.make import script
from labcli.run.plan.script.powershell import PowerShellWriter
from labcli.run.plan.script.python import PythonWriter
from labcli.run.plan.script.writer import Writer


class Written(NamedTuple):
    """Who writes a language, and whether each of its calls is a process of its own."""

    writer: type[Writer]
    slow: bool


SCRIPTS: Mapping[str, Written] = {
    "cli": Written(BashWriter, True),
    "powershell": Written(PowerShellWriter, True),
    "boto3": Written(PythonWriter, False),
}
"""``cli`` is bash."""


def as_script(lab: Lab, word: str, language: Language, catalog: Catalog) -> str:
    """A checked lab as a script that runs as it stands. ``word`` is one of ``SCRIPTS``."""
    writer, slow = SCRIPTS[word]
    return writer(script(lab, language, catalog, slow), catalog).write()
