"""`python -m sutaz_tui` and the `sutaz-tui` command."""

import os
import sys

from sutaz_tui.cli import run


def main() -> None:
    """Run the command line and leave at once: a call that hangs in a thread must not hold up the exit."""
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
