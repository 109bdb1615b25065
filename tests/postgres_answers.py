"""PostgreSQL's protocol as a port answers it: stands for cousins that Debian has no server of, and for odd figures."""

import asyncio
import struct
from contextlib import AbstractAsyncContextManager

from tests.loopback import Speaker, speaking

_TEXT, _INT, _BOOL, _FLOAT, _MOMENT = 25, 23, 16, 701, 1184
Column = tuple[str, int, bytes | None]


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message of the protocol."""
    return kind + struct.pack("!I", len(body) + 4) + body


def error_message(code: str, words: str, severity: str = "FATAL") -> bytes:
    """An error with its SQLSTATE."""
    return message(b"E", f"S{severity}\0V{severity}\0C{code}\0M{words}\0\0".encode())


def telling(
    product: str,
    refusing: bytes = b"",
    *,
    refuses_all: bool = False,
    trip: float = 0.0,
    **figures: float,
) -> AbstractAsyncContextManager[Speaker]:
    """A server without a login that tells the probe's figures, these among them.

    `refusing` is what it answers to any question for more than its version, its database and its `product`,
    or to any. `trip` seconds pass before a statement is described, as on a long line.
    """
    version = "13.0"
    least = [_text("version", version), _text("database", "jarvis"), _text("product", product)]
    told: dict[str, float] = {"connections": 3, "max_connections": 100, "oldest_transaction": 0.0, **figures}
    most: list[Column] = [
        *least[:2],
        *((name, _INT, struct.pack("!i", int(told[name]))) for name in ("connections", "max_connections")),
        ("in_recovery", _BOOL, b"\0"),
        ("oldest_transaction", _FLOAT, struct.pack("!d", told["oldest_transaction"])),
        ("waiting", _INT, struct.pack("!i", 0)),
        ("started", _MOMENT, struct.pack("!q", 0)),
        ("lag", _FLOAT, None),
        ("is_cut_off", _BOOL, None),
    ]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(4), "big")
        await reader.readexactly(length - 4)
        settings = (b"server_version\0" + version.encode() + b"\0", b"client_encoding\0UTF8\0")
        writer.write(message(b"R", b"\0\0\0\0") + b"".join(message(b"S", one) for one in settings))
        writer.write(message(b"K", b"\0" * 8) + message(b"Z", b"I"))
        columns = most
        while head := await reader.read(1):
            length = int.from_bytes(await reader.readexactly(4), "big")
            body = await reader.readexactly(length - 4)
            if head == b"P":
                columns = least if b"product" in body else most
            if head == b"D":
                await asyncio.sleep(trip)
            is_refused = refusing and (columns is most or refuses_all)
            if head == b"S":
                writer.write(message(b"Z", b"I"))
            elif not is_refused:
                writer.write(_answer(head, columns))
            elif head == b"P":
                # What follows up to the next Sync is passed over.
                writer.write(refusing)

    return speaking(handle)


def _answer(head: bytes, columns: list[Column]) -> bytes:
    number = struct.pack("!h", len(columns))
    if head == b"D":
        described = (
            name.encode() + b"\0" + struct.pack("!IhIhih", 0, 0, oid, -1, -1, 0) for name, oid, _ in columns
        )
        return message(b"t", b"\0\0") + message(b"T", number + b"".join(described))
    if head == b"E":
        values = (
            struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
            for _, _, value in columns
        )
        return message(b"D", number + b"".join(values)) + message(b"C", b"SELECT 1\0")
    return {b"P": message(b"1"), b"B": message(b"2"), b"C": message(b"3")}.get(head, b"")


def _text(name: str, value: str) -> Column:
    return name, _TEXT, value.encode()
