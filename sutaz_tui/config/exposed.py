"""Which files with secrets others on this machine can read."""

import stat
from collections.abc import Mapping
from pathlib import Path

from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import first_of


def warnings(files: Mapping[str, Path]) -> tuple[str, ...]:
    """A sentence that names those of the files, by their names in the config, that others can read; none for none."""
    exposed = [(name, mode) for name, path in files.items() if (mode := _mode_for_others(path))]
    if not exposed:
        return ()
    named = first_of((f"{one_line(name)} ({mode:04o})" for name, mode in exposed), 3)
    return (f"others on this machine can read {named}, where secrets stand: chmod o= {_them(exposed)}",)


def _them(exposed: list[tuple[str, int]]) -> str:
    return one_line(exposed[0][0]) if len(exposed) == 1 else "them"


def _mode_for_others(path: Path) -> int:
    """The mode of a file that others can read, 0 where they cannot: a closed folder on the way keeps it from them."""
    try:
        path = path.resolve()
        mode = stat.S_IMODE(path.stat().st_mode)
        is_open = mode & stat.S_IROTH and all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    except (OSError, RuntimeError, ValueError):  # RuntimeError: a link to itself, before Python 3.13
        return 0
    return mode if is_open else 0
