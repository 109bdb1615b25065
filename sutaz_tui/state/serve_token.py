"""The token of `serve`: made once, in a file of the state folder that its owner alone can read."""

import os
import secrets
import stat
from pathlib import Path

from sutaz_tui.config.files import owner_fault
from sutaz_tui.errors import CannotStart
from sutaz_tui.private_files import locked, write_private

NAME = "serve.token"
_BYTES = 32
_LONGEST = 4096
_SHORTEST = 20
_WAITS = 2.0


def expect_own(folder: Path) -> None:
    """CannotStart where others may write in the state folder: token and history would be theirs as much as ours."""
    try:
        fault = owner_fault(folder.stat())
    except OSError:
        return  # it is made, or told where it is used
    if fault:
        raise CannotStart(
            f"{folder} is a state folder that {fault}, so what is in it may be theirs: look, then chown it to this user "
            "and chmod 700 it, or set XDG_STATE_HOME"
        )


def token_of(folder: Path) -> str:
    """The token, made where there is none; CannotStart where others can read it, or it cannot be used."""
    path = folder / NAME
    try:
        with locked(folder, NAME, _WAITS):
            if not os.path.lexists(path):
                write_private(folder, NAME, secrets.token_urlsafe(_BYTES) + "\n")
            return _read(path)
    except OSError as error:
        words = (error.strerror or "cannot be used").lower()
        cure = ": remove it, and a new one is made" if os.path.lexists(path) else ""
        raise CannotStart(f"{path}: {words}{cure}") from None


def _read(path: Path) -> str:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        mode = stat.S_IMODE(found.st_mode)
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.getuid(), 0):
            raise CannotStart(f"{path} is no file of this user: remove it, and a new one is made")
        if mode & 0o077:
            raise CannotStart(
                f"{path} can be read by others (mode {mode:04o}): remove it, and a new one is made; whoever read it may "
                "ask until then"
            )
        token = file.read(_LONGEST).decode("utf-8", "replace").strip()
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise CannotStart(f"{path} holds no token: remove it, and a new one is made")
    return token
