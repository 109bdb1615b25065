"""A .tar.gz that has no name until it is whole and wanted: whatever ends the program before leaves nothing behind."""

import errno
import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

LEVEL = 6
_WITHOUT_NAMES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)


class Archive:
    """Made in the folder of `path`, mode 0600 from the first moment; `sizes` are the bytes of what is in it, by name.

    OSError where it cannot be, FileExistsError where something stands at `path`.
    """

    def __init__(self, path: Path, at: datetime) -> None:
        self._path = path
        self._moment = int(at.astimezone(UTC).timestamp())
        self.sizes: dict[str, int] = {}
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "it is there already", str(path))
        self._part: Path | None = None
        self._file = os.fdopen(self._made(), "wb")
        # Neither the name of this file nor who wrote it is told in it.
        self._packed = gzip.GzipFile("", "wb", LEVEL, self._file, mtime=self._moment)
        self._archive = tarfile.TarFile(fileobj=self._packed, mode="w", format=tarfile.PAX_FORMAT)

    def _made(self) -> int:
        folder = self._path.parent
        try:
            return os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if error.errno not in _WITHOUT_NAMES or not folder.is_dir():
                raise
        # This file system has no file without a name.
        handle, name = tempfile.mkstemp(".part", f".{self._path.name[:100]}-", folder)
        self._part = Path(name)
        return handle

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """Add a file; it need not fit into memory."""
        entry = tarfile.TarInfo(name)
        entry.mode, entry.mtime = 0o600, self._moment
        if isinstance(parts, list):
            data = b"".join(parts)
            entry.size = len(data)
            self._archive.addfile(entry, io.BytesIO(data))
        else:
            # Its size stands before it.
            with tempfile.TemporaryFile(dir=self._path.parent) as spool:
                spool.writelines(parts)
                entry.size = spool.tell()
                spool.seek(0)
                self._archive.addfile(entry, spool)
        self.sizes[name] = entry.size

    def keep(self) -> int:
        """Give it its name: its bytes."""
        self._archive.close()
        self._packed.close()
        self._file.flush()
        size = os.fstat(self._file.fileno()).st_size
        if self._part is None:
            self._named()
        elif os.path.lexists(self._path):
            raise FileExistsError(errno.EEXIST, "it is there already", str(self._path))
        else:
            self._part.rename(self._path)
        return size

    def _named(self) -> None:
        folder = os.open(self._path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # Python follows the link of /proc to the file only where it is given a folder.
            made = f"/proc/self/fd/{self._file.fileno()}"
            os.link(made, self._path.name, src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(folder)
