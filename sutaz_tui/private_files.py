"""Private files in a private folder: written whole or not at all, and changed by one process at a time.

To change a file that other runs change too: hold `locked`, read it, and write it with `write_private`.
"""

import errno
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PAUSE = 0.02
# What flock answers on a file system that has no locks (some network mounts).
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def private_folder(folder: Path) -> Path:
    """The folder, made if it is missing and closed to others; OSError when it cannot be made.

    It is open to its owner alone (0700), or to the readers that `record.group` names (0750).
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
    if folder.stat().st_mode & 0o027:
        # Somebody else's folder stays as it is; what is written into it is 0600 all the same.
        with suppress(PermissionError):
            folder.chmod(0o700)
    return folder


def write_private(folder: Path, name: str, text: str) -> Path:
    """Write a file whole or not at all, mode 0600, its folder 0700; OSError when it cannot be written."""
    private_folder(folder)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        Path(temporary).replace(folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return folder / name


@contextmanager
def locked(folder: Path, name: str, seconds: float) -> Iterator[None]:
    """Hold the lock of a file against other processes (and threads) that ask for it.

    BlockingIOError when another holds it for longer than `seconds`, another OSError when the folder cannot be written.
    The lock is a file beside it: `write_private` puts a different file in the place of the one that is guarded.
    """
    path = lock_path(private_folder(folder), name)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + seconds
        while not _take(handle):
            if time.monotonic() >= end:
                raise BlockingIOError(errno.EWOULDBLOCK, "is locked by another program", str(folder / name))
            time.sleep(PAUSE)
        yield
    finally:
        # Closing lets go of it, as a killed process does.
        os.close(handle)


def lock_path(folder: Path, name: str) -> Path:
    """The file that stands for the lock of another."""
    return folder / f".{name}.lock"


def _take(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    return True
