"""Where the program begins: ``labcli``, and ``python -m labcli``.

Nothing is imported before an interrupt can be answered: a Ctrl-C in the first tenth of a second is one, too.
"""

import gc
import os
import sys


def main() -> None:
    """Run the command line and exit with its code; 130 when it was interrupted before it began."""
    if "LABCLI_COMPLETE" in os.environ:  # a key press in a shell: no time for more imports
        from labcli.cli.complete import main as complete

        complete()
        return
    gc.disable()  # start-up makes no garbage; cli.options turns it on again, before anything long begins
    try:
        from labcli.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
