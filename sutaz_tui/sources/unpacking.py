"""Bodies that a server packs though it was asked not to: unpacked part by part, so that the reader's bound holds."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain

PART = 64 * 1024
"""Bytes that are unpacked at once, however much the packed ones become."""

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP, _DEFLATE, _RAW_DEFLATE = 31, 15, -15


class CannotUnpack(Exception):
    """str() says why, in an operator's words."""


def codings(header: str) -> list[str]:
    """The names in a header such as Content-Encoding, in the order in which the body was packed."""
    return [name.strip() for name in header.lower().split(",")]


class Unpacking:
    """Undoes codings of HTTP, the last one first; raises CannotUnpack for one that is not known.

    `is_doubtful` as for a transfer coding, which servers name without packing anything: then what does not begin as
    gzip stays as it is.
    """

    def __init__(self, codings: Iterable[str], *, is_doubtful: bool = False) -> None:
        named = [name for name in codings if name not in ("", "identity")]
        self._steps = [_Inflating(name, is_doubtful) for name in reversed(named)]

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What these bytes unpack to, in parts; raises CannotUnpack."""
        parts: Iterator[bytes] = iter((data,))
        for step in self._steps:
            parts = chain.from_iterable(map(step.feed, parts))
        return parts


class _Inflating:
    """One coding: gzip, whose members may follow one another, or deflate, with its head or without."""

    def __init__(self, name: str, is_doubtful: bool) -> None:
        if name not in ("gzip", "x-gzip", "deflate"):
            raise CannotUnpack(f"packed as {name}, though it was asked not to pack it")
        self._name = name
        self._is_doubtful = is_doubtful
        self._begun = b""
        self._inflate: zlib._Decompress | None = None
        self._is_plain = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None and not self._is_plain:
            self._begun += data
            if len(self._begun) < len(_GZIP_MAGIC):
                return
            data, self._begun = self._begun, b""
            self._begin(data)
        if self._inflate is None:
            yield data
            return
        part = b"-"
        while data or part:
            try:
                part = self._inflate.decompress(data, PART)
            except zlib.error as error:
                raise CannotUnpack(f"packed as {self._name}, and damaged") from error
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                # What follows is another member, or filling.
                data = self._inflate.unused_data
                if not data.startswith(_GZIP_MAGIC):
                    data = b""
                self._inflate = zlib.decompressobj(_GZIP) if data else self._inflate
            if part:
                yield part

    def _begin(self, data: bytes) -> None:
        if self._name == "deflate":
            # A zlib head is a multiple of 31 and names method 8 (RFC 1950, 2.2); many send deflate without it.
            has_head = data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0
            self._inflate = zlib.decompressobj(_DEFLATE if has_head else _RAW_DEFLATE)
        elif data.startswith(_GZIP_MAGIC):
            self._inflate = zlib.decompressobj(_GZIP)
        elif self._is_doubtful:
            self._is_plain = True
        else:
            raise CannotUnpack(f"said to be packed as {self._name}, and is not")
