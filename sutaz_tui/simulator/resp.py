"""Redis' serialization protocol, versions 2 and 3: commands out of bytes, replies into bytes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Reply: TypeAlias = (
    "bool | int | float | str | bytes | ReplyError | Sequence[Reply] | Mapping[str, Reply] | None"
)
"""A str is a simple string (`OK`) at the top and a bulk string inside a reply; bytes are always a bulk."""

_LONGEST = 1 << 20
_MOST_WORDS = 1 << 16


class ReplyError(Exception):
    """An error reply, its prefix included: `ERR unknown command`."""


class WrongCommand(ValueError):
    """Bytes that are no command; the message is what Redis says of them."""


def commands(buffer: bytearray) -> Iterator[list[bytes]]:
    """Take the whole commands off the front of `buffer`; raises WrongCommand."""
    while buffer:
        if buffer[:1] != b"*":
            end = buffer.find(b"\n")
            if end < 0:
                if len(buffer) > 65_536:
                    raise WrongCommand("too big inline request")
                return
            words = bytes(buffer[:end]).split()
            del buffer[: end + 1]
        else:
            taken = _array(buffer)
            if taken is None:
                return
            words, size = taken
            del buffer[:size]
        if words:
            yield words


def _array(buffer: bytearray) -> tuple[list[bytes], int] | None:
    head = _number(buffer, 0, _MOST_WORDS, "invalid multibulk length")
    if head is None:
        return None
    count, place = head
    words = []
    for _ in range(count):
        if len(buffer) <= place:
            return None
        if buffer[place : place + 1] != b"$":
            raise WrongCommand(f"expected '$', got '{chr(buffer[place])}'")
        length = _number(buffer, place, _LONGEST, "invalid bulk length")
        if length is None:
            return None
        size, start = length
        place = start + size + 2
        if len(buffer) < place:
            return None
        words.append(bytes(buffer[start : start + size]))
    return words, place


def _number(buffer: bytearray, start: int, most: int, wrong: str) -> tuple[int, int] | None:
    """The number of a `*3` or `$5` line that begins at `start`, and where the next line begins."""
    end = buffer.find(b"\r\n", start)
    if end < 0:
        if len(buffer) - start > 32:
            raise WrongCommand(wrong)
        return None
    digits = bytes(buffer[start + 1 : end])
    if not digits.isdigit() or int(digits) > most:
        raise WrongCommand(wrong)
    return int(digits), end + 2


def encode(reply: Reply, version: int, inside: bool = False) -> bytes:
    """One reply in RESP `version` (2 or 3)."""
    if reply is None:
        return b"_\r\n" if version == 3 else b"$-1\r\n"
    if isinstance(reply, ReplyError):
        return f"-{reply}".replace("\r", " ").replace("\n", " ").encode() + b"\r\n"
    if isinstance(reply, bool):
        return (b"#t\r\n" if reply else b"#f\r\n") if version == 3 else b":%d\r\n" % reply
    if isinstance(reply, int):
        return b":%d\r\n" % reply
    if isinstance(reply, float):
        return b",%a\r\n" % reply if version == 3 else _bulk(repr(reply).encode())
    if isinstance(reply, str) and not inside:
        return b"+" + reply.encode() + b"\r\n"
    if isinstance(reply, str | bytes):
        return _bulk(reply.encode() if isinstance(reply, str) else reply)
    if isinstance(reply, Mapping):
        head = b"%%%d\r\n" % len(reply) if version == 3 else b"*%d\r\n" % (2 * len(reply))
        return head + b"".join(
            encode(key, version, True) + encode(value, version, True) for key, value in reply.items()
        )
    return b"*%d\r\n" % len(reply) + b"".join(encode(item, version, True) for item in reply)


def _bulk(data: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(data), data)
