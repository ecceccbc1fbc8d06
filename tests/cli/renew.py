"""Write the golden screens anew: ``python -m tests.cli.renew``. Read the difference before you keep it."""

from __future__ import annotations

import sys

import pytest

from tests.cli import golden

SCREENS = ("tests/cli/test_golden.py", "tests/cli/test_quiz.py", "tests/cli/test_pictures.py")

if __name__ == "__main__":
    golden.RENEW = True
    sys.exit(pytest.main([*SCREENS, "-p", "no:cacheprovider", "-p", "no:xdist", *sys.argv[1:]]))
