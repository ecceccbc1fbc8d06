"""``python -m labcli``."""

from labcli.cli.main import main

main()
