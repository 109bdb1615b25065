"""What is left of a crash: a report in the state folder, and a few words for the operator."""

import os
import platform
import shutil
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from sutaz_tui import __version__
from sutaz_tui.private_files import private_folder
from sutaz_tui.text.sanitise import Secrets, one_line, sanitise

KEPT = 10
LIMIT = 256 * 1024
_VARIABLES = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR")


def report(
    error: BaseException, state_folder: Path, secrets: Secrets, environ: Mapping[str, str] = os.environ
) -> Path:
    """Write the report of an error, for its owner alone (0600); the newest ten are kept. OSError when it cannot be.

    It holds the traceback without values of variables, versions, and the terminal; no keys, no config, no answers.
    """
    private_folder(state_folder)
    now = datetime.now(UTC)
    path = state_folder / f"crash-{now:%Y%m%dT%H%M%S}.{now.microsecond:06}Z.txt"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(_text(error, secrets, environ, now)[:LIMIT])
    for old in sorted(state_folder.glob("crash-*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def words(error: BaseException, state_folder: Path | None, secrets: Secrets) -> str:
    """Write the report and say what happened, where it is and what to do; raises nothing, whatever the error is.

    `state_folder` is None where this user has none.
    """
    happened = f"sutaz-tui crashed ({_what(error, secrets)})."
    if state_folder is None:
        where = "its report could not be written: this user has no home folder; set HOME or XDG_STATE_HOME"
    else:
        try:
            path = report(error, state_folder, secrets)
        except OSError as failure:
            where = f"its report could not be written to {state_folder} ({failure.strerror}): make that folder writable"
        except Exception as failure:  # an error whose traceback cannot even be told: one crash is enough
            where = f"its report could not be made ({_what(failure, secrets)}): keep what you did to get here"
        else:
            where = f"The report is in {path}, without secrets: please send it to its maintainers, then start again."
            return f"{happened}\n{where}"
    return f"{happened}\n{where}, start again, and send the report of the next one to its maintainers."


def _what(error: BaseException, secrets: Secrets) -> str:
    """An error in one line; its type alone where it has no words, or raises when it is asked for them."""
    try:
        return one_line(secrets.mask(sanitise(f"{type(error).__name__}: {error}")), 160)
    except Exception:  # __str__ of an error may do anything
        return type(error).__name__


def _text(error: BaseException, secrets: Secrets, environ: Mapping[str, str], now: datetime) -> str:
    size = shutil.get_terminal_size()
    facts = [
        f"sutaz-tui {__version__}",
        f"at        {now:%Y-%m-%d %H:%M:%S} UTC",
        f"python    {platform.python_version()}",
        f"textual   {metadata.version('textual')}",
        f"system    {platform.platform()}",
        f"size      {size.columns}x{size.lines}",
        f"between   {'tmux' if environ.get('TMUX') else 'screen' if environ.get('STY') else 'nothing'}",
        *(f"{name:<9} {environ[name]}" for name in _VARIABLES if name in environ),
    ]
    lines = "".join(traceback.format_exception(error)).splitlines()
    # Sanitised first: an escape sequence inside a secret would hide it.
    return "\n".join(secrets.mask(sanitise(line)) for line in [*facts, "", *lines]) + "\n"
