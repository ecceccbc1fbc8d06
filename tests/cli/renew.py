"""Write the golden screens anew: ``python -m tests.cli.renew``. Read the difference before you keep it."""

from __future__ import annotations

import sys

import pytest

from tests.cli import golden

if __name__ == "__main__":
    golden.RENEW = True
    sys.exit(pytest.main(["tests/cli/test_golden.py", "-p", "no:cacheprovider", "-p", "no:xdist", *sys.argv[1:]]))
