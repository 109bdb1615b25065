"""`python -m sutaz_tui` and the `sutaz-tui` command."""

import os
import sys

from sutaz_tui.cli import quick
from sutaz_tui.process import time_zone


def main() -> None:
    """Run the command line and leave at once: a call that hangs in a thread must not hold up the exit."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed before the start (`>&-`): what is printed goes nowhere, and the exit code still tells.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    # Before anything asks what time it is here; what is wrong with it is told later.
    time_zone.settle()
    code = quick.board(sys.argv[1:])
    if code is None:
        from sutaz_tui.cli.main import run

        code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # Whoever read us has gone, or its disk is full; there is nobody left to tell.
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
