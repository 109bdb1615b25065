"""Whose history is read: that of the recorder that polls for us where we may read it, else our own, which is said."""

import os
import stat
from pathlib import Path

from msgspec import Struct

from sutaz_tui.sources.recorder.peers import user_name
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.text.sanitise import one_line


class Whose(Struct, frozen=True):
    """A history that is read: its file, None where nothing is remembered; `words` say whose it is where that is not our
    own in any case, `fault` why it is not the recorder's."""

    file: HistoryFile | None
    words: str = ""
    fault: str = ""


def whose_history(own: HistoryFile | None, recorded: str, who: str) -> Whose:
    """The history to read beside `who`'s recorder, which says that its own is at `recorded`; of an older one that is ""."""
    if own is not None and recorded == str(own.path.absolute()):
        return Whose(own)
    if not recorded:
        return Whose(own) if who == user_name() else _own(own, who, "it does not say where: update it")
    if fault := _fault(recorded):
        return _own(own, who, fault)
    return Whose(HistoryFile(Path(recorded)), f"of {who}'s recorder")


def _own(own: HistoryFile | None, who: str, fault: str) -> Whose:
    return Whose(own, "your own", f"your own history: that of {who}'s recorder cannot be read: {fault}")


def _fault(recorded: str) -> str:
    """Why what a recorder names cannot be read, "" where it can: it is another program's word."""
    if not recorded.startswith("/") or "\0" in recorded or ".." in Path(recorded).parts:
        return "it names no place"
    path = Path(recorded)
    try:
        found = path.stat()
    except PermissionError:
        closed = next(one for one in reversed(path.parents) if not os.access(one, os.X_OK))
        return f"{one_line(str(closed), 80)} is closed to you; see record.group"
    except FileNotFoundError:
        # A recorder that has just begun; where not even the folder is there it sees other files than we do.
        return "" if path.parent.is_dir() else f"here is no {one_line(str(path.parent), 80)}"
    except OSError as error:
        return f"{one_line(recorded, 80)}: {(error.strerror or 'it is not there').lower()}"
    if not stat.S_ISREG(found.st_mode):
        return f"{one_line(recorded, 80)} is no file"
    if not os.access(path, os.R_OK):
        return f"{one_line(recorded, 80)} is not for you; see record.group"
    return ""
