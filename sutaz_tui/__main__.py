"""`python -m sutaz_tui` and the `sutaz-tui` command."""

import os
import sys

from sutaz_tui import quick


def main() -> None:
    """Run the command line and leave at once: a call that hangs in a thread must not hold up the exit."""
    code = quick.board(sys.argv[1:])
    if code is None:
        from sutaz_tui.cli import run

        code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (BrokenPipeError, ValueError):
            # Whoever read us has gone; there is nobody left to tell.
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
