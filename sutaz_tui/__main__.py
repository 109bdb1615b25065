"""`python -m sutaz_tui` and the `sutaz-tui` command."""

import os
import sys


def main() -> None:
    """Run the command line and leave at once: a call that hangs in a thread must not hold up the exit."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Closed before the start (`>&-`): what is printed goes nowhere, and the exit code still tells.
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    if sys.argv[1:2] == ["status"] and "--line" in sys.argv:
        # A prompt asks for it at each Enter: a tenth of what the commands need to start.
        from sutaz_tui.state import line

        _leave(line.printed([word for word in sys.argv[2:] if word != "--line"]))
    from sutaz_tui.cli import quick
    from sutaz_tui.process import time_zone

    # Before anything asks what time it is here; what is wrong with it is told later.
    time_zone.settle()
    code = quick.board(sys.argv[1:])
    if code is None:
        from sutaz_tui.cli.main import run

        code = run(sys.argv[1:])
    _leave(code)


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # Whoever read us has gone, or its disk is full; there is nobody left to tell.
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    main()
