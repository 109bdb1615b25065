"""The board's usual start, `sutaz-tui` and `sutaz-tui -c FILE`, without what only the other commands need.

The command line's library is a tenth of the time to the first frame.
"""

import os
import sys
from pathlib import Path

from sutaz_tui.process.garbage import put_off


def board(args: list[str]) -> int | None:
    """Open the board and stay; the exit code. None when this is no usual start: nothing has happened then."""
    is_usual = not args or (len(args) == 2 and args[0] in ("-c", "--config"))
    if not is_usual or not sys.stdin.isatty() or not sys.stdout.isatty():
        return None
    put_off()
    from sutaz_tui.errors import SutazError
    from sutaz_tui.process.limits import allow_files
    from sutaz_tui.tui.terminal.capabilities import look_at, started_with

    terminal = look_at(started_with(os.environ))
    if terminal.is_dumb:
        return None
    try:
        from sutaz_tui.config import Config, load

        def again() -> Config:
            read = load(None, Path(args[1]) if args else None, os.environ)
            allow_files(len(read.services))
            return read

        config = again()
        if config.path is None:
            from sutaz_tui.setup.where import compose_here, url_of
            from sutaz_tui.setup.whose import listens_here, with_heard

            if listens_here(config):
                pass
            elif not url_of(os.environ) and compose_here() is None:
                config = with_heard(config)
            else:
                # The built-in stack may be none of this host's: that is asked first.
                return None
    except SutazError:
        # The command line meets it again and tells it.
        return None
    try:
        terminal.prepare(os.environ)
        from sutaz_tui.tui.app import run_board
        from sutaz_tui.tui.opened import Opened

        return run_board([Opened(again=again, config=config)], None, terminal)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from sutaz_tui.cli.ending import told

        return told(error)
