"""The hosts file (hosts(5)): the names that a machine knows by itself."""

from pathlib import Path

LOOPBACK = ("127.0.0.1", "::1")
"""What `localhost` is where the file does not say (RFC 6761)."""


class HostsFile:
    """Names to addresses, in the order of the file; read again whenever it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._names: dict[str, list[str]] = {}

    def addresses(self, name: str) -> tuple[str, ...]:
        """The addresses of a name, none where it is not told here."""
        self._refresh()
        name = name.lower().removesuffix(".")
        return tuple(self._names.get(name, LOOPBACK if name == "localhost" else ()))

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp != self._stamp:
                self._names = _parsed(self._path.read_text("utf-8", "replace"))
                self._stamp = stamp
        except OSError:
            self._stamp, self._names = None, {}


def _parsed(text: str) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for line in text.splitlines():
        address, *aliases = line.partition("#")[0].split() or [""]
        for alias in aliases:
            names.setdefault(alias.lower(), []).append(address)
    return names
