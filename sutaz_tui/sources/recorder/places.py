"""Where the socket of a recorder is, made so that nobody else gets at it."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sutaz_tui.config import Config
from sutaz_tui.config.files import state_folder_if_any, word_of
from sutaz_tui.private_files import private_folder

T = TypeVar("T")

OFF = "off"
SYSTEM = Path("/run/sutaz-tui")
"""The runtime folder of a recorder that systemd runs."""
# The kernel's bound for a socket's path is 107 bytes.
_LONGEST = 100


def places(config: Config) -> list[Path]:
    """Where a recorder of this config may listen, most private first."""
    if config.record.socket == OFF:
        return []
    if config.record.socket:
        return [Path(config.record.socket)]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folders = [Path(runtime) / "sutaz-tui"] if runtime.startswith("/") else []
    if (state := state_folder_if_any()) is not None:
        folders.append(state)
    return [folder / _name(config) for folder in (*folders, SYSTEM)]


def own_places(config: Config) -> list[Path]:
    """Where a recorder that this process is listens: at the first of these that can be; none for nowhere."""
    unit = os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if unit.startswith("/") and not config.record.socket:
        return [Path(unit) / _name(config)]
    return places(config)


def _name(config: Config) -> str:
    return f"{word_of(config.path)}.sock"


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """A name for a path that the kernel takes, however long the path is."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connected(path: Path) -> socket.socket:
    """A socket that is connected to the recorder at `path`; OSError where none listens."""
    return _made(path, lambda one, name: one.connect(name))


def listening(path: Path, group: int | None) -> socket.socket:
    """A socket that listens at `path`, for its owner alone, or its group too; OSError where that cannot be.

    What a recorder left there that was killed is removed; FileExistsError where one listens, or something else stands.
    """
    folder = path.parent
    if not folder.exists():
        private_folder(folder)
        if group is not None:
            os.chown(folder, -1, group)
            folder.chmod(0o750)
    if path.is_socket():
        try:
            connected(path).close()
        except ConnectionRefusedError:
            path.unlink()
    if path.exists():
        raise FileExistsError(f"{path} is in use")
    # Nobody may connect between the two calls, whatever the folder allows.
    before = os.umask(0o177)
    try:
        made = _made(path, lambda one, name: one.bind(name))
    finally:
        os.umask(before)
    try:
        if group is not None:
            os.chown(path, -1, group)
            path.chmod(0o660)
        made.listen(64)
    except OSError:
        made.close()
        raise
    return made


def first_listening(
    wanted: list[Path], group: int | None, tell: Callable[[str], object]
) -> tuple[Path, socket.socket] | None:
    """A socket at the first of these places that can be, with that; None where none can, and `tell` hears why not."""
    faults: list[str] = []
    for place in wanted:
        try:
            return place, listening(place, group)
        except FileExistsError:
            # Boards look there first: another one elsewhere would stay unseen.
            tell(f"no board can attach: another program has {place}")
            return None
        except OSError as error:
            # $XDG_RUNTIME_DIR goes with the last login, and whoever goes on without one has the others.
            faults.append(f"{place}: {(error.strerror or 'cannot be made').lower()}")
    if faults:
        tell(f"no board can attach: {faults[0]}")
    return None


def _made(path: Path, act: Callable[[socket.socket, str], object]) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # What does not listen refuses at once; a full queue must not hold the board's loop.
        made.setblocking(False)
        with _reachable(path) as name:
            act(made, name)
    except BaseException:
        made.close()
        raise
    return made
