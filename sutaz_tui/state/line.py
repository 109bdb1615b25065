"""The status in one line for a prompt or tmux: `✗1 PostgreSQL 38s`; written by what watches, read without asking anybody.

Reading must cost next to nothing, so what it needs of the standard library is loaded already when Python starts, and
configs are told apart by their paths.
"""

import os
import sys
import time
import zlib

TYPE_CHECKING = False
# As typing has it, whose import would be a third of all.
if TYPE_CHECKING:
    from sutaz_tui.model import Snapshot
    from sutaz_tui.state.writer import Writer

EVERY = 10.0
STALE_AFTER = 60.0
BUILT_IN = "built in"
UTF_8 = "utf-8"


class LineKeeper:
    """Has the line of one config written, at most every ten seconds; `path` is the config's, "" for the built-in one."""

    def __init__(self, path: str, folder: str) -> None:
        self._path = os.path.realpath(path) if path else BUILT_IN
        self._folder = folder
        self._written = float("-inf")

    def look(self, snapshot: "Snapshot", writer: "Writer") -> None:
        """Keep how everything is, where that is due; nothing before all have answered."""
        now = time.monotonic()
        if now - self._written < EVERY or snapshot.answered_count() < len(snapshot.services):
            return
        from contextlib import suppress
        from pathlib import Path

        from sutaz_tui.private_files import write_private

        self._written = now
        name, folder = name_of(self._path), Path(self._folder)
        words, since = counted(snapshot)
        text = f"{self._path}\n{snapshot.at.timestamp():.0f}\n{since}\n{words}\n"

        def write() -> None:
            # A disk that takes nothing is told once, of the history; the line grows stale, which its reader says.
            with suppress(OSError):
                write_private(folder, name, text)

        writer.submit(folder / name, "the status line", write)


def counted(snapshot: "Snapshot") -> tuple[str, str]:
    """Sign, number and title of what is worst, acknowledged troubles left out; and since when, in epoch seconds or ""."""
    from sutaz_tui.model import GLYPHS, TROUBLE, Status
    from sutaz_tui.text.sanitise import one_line

    for status in TROUBLE:
        found = [state for state in snapshot.services if state.status is status and not state.known]
        if found:
            # The first cause is the one that the board's head tells.
            places = {cause.id: place for place, cause in enumerate(snapshot.causes)}
            first = min(found, key=lambda state: places.get(state.service.id, len(places)))
            since = f"{first.since.timestamp():.0f}" if first.since is not None else ""
            return f"{GLYPHS[status]}{len(found)} {one_line(first.service.title, 30)}", since
    up = sum(state.status is Status.UP for state in snapshot.services)
    return f"{GLYPHS[Status.UP]}{up}", ""


def name_of(path: str) -> str:
    """The file that holds the line of the config at this path."""
    return f"line-{zlib.crc32(path.encode(UTF_8, 'surrogateescape')):08x}"


def printed(args: list[str]) -> int:
    """`status --line [-c FILE]`: print the line; 0 all well, 1 trouble, 2 usage, 3 nothing is known."""
    file = ""
    if len(args) == 2 and args[0] in ("-c", "--config"):
        file = args[1]
    elif args:
        sys.stderr.write("Error: status --line takes -c FILE and nothing else\n")
        return 2
    path = os.path.realpath(file) if file else _found()
    folder = os.environ.get("XDG_STATE_HOME", "").strip() or _home(".local/state")
    try:
        with open(f"{folder}/sutaz-tui/{name_of(path)}", encoding=UTF_8, errors="replace") as kept:  # noqa: PTH123
            whose, at, since, words = kept.read(2000).split("\n")[:4]
        if whose != path:
            raise ValueError
        age = time.time() - float(at)
        lasted = f" {_ago(time.time() - float(since))}" if since else ""
    except (OSError, ValueError):
        sys.stdout.write("? nothing watches\n")
        return 3
    stale = f" (stale {_ago(age)})" if age > STALE_AFTER else ""
    if "utf" not in (sys.stdout.encoding or "").lower():
        words = words.replace("✗", "X").replace("✓", "+")
    sys.stdout.write(f"{words}{lasted}{stale}\n")
    return 0 if words[:1] in "✓+" and not stale else 1


def _found() -> str:
    """The config that is used where none is named."""
    if named := os.environ.get("SUTAZ_TUI_CONFIG", ""):
        return os.path.realpath(named)
    own = os.environ.get("XDG_CONFIG_HOME", "").strip() or _home(".config")
    for path in ("sutaz-tui.yaml", f"{own}/sutaz-tui/default.yaml"):
        if os.path.lexists(path):
            return os.path.realpath(path)
    return BUILT_IN


def _home(folder: str) -> str:
    return f"{os.environ.get('HOME', '')}/{folder}"


def _ago(seconds: float) -> str:
    # As text.units.ago, whose import would cost more than all else here.
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m"
    return f"{whole // 3600}h" if whole < 86400 else f"{whole // 86400}d"
