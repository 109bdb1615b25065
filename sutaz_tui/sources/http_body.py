"""The body of an HTTP answer as it comes: unpacked, its beginning kept, all of it handed to whoever searches it."""

from collections.abc import Callable, Iterable
from itertools import chain

from sutaz_tui.sources.unpacking import CannotUnpack, Unpacking, codings

Each = Callable[[bytes], bool]
"""Takes the next part of a body; whether it wants more."""


class Body:
    """Keeps at most `limit` bytes; with `each` it is read on as long as that wants more.

    `packed` says why it could not be unpacked; then what is kept is as it came.
    """

    def __init__(self, limit: int, each: Each | None) -> None:
        self.kept = bytearray()
        self.is_cut = False
        self.packed = ""
        self._limit = limit
        self._each = each
        self._steps: list[Unpacking] = []

    def is_packed(self, transfer: tuple[str, ...], content: str) -> None:
        """Take what its head says of how it is packed: for the way, and as it is kept."""
        try:
            self._steps = [Unpacking(transfer, is_doubtful=True), Unpacking(codings(content))]
        except CannotUnpack as error:
            self.packed = str(error)

    def take(self, data: bytes) -> bool:
        """Take what came; whether more is wanted."""
        parts: Iterable[bytes] = (data,)
        for step in self._steps:
            parts = chain.from_iterable(map(step.feed, parts))
        try:
            return all(map(self._take, parts))
        except CannotUnpack as error:
            self.packed, self._steps = str(error), []
            self.kept.clear()
            return self._take(data)

    def _take(self, part: bytes) -> bool:
        room = self._limit - len(self.kept)
        self.kept += part[:room]
        self.is_cut = self.is_cut or len(part) > room
        return self._each(part) if self._each is not None else not self.is_cut
