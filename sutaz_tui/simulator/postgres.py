"""PostgreSQL as a monitor meets it: SCRAM login, simple and extended queries, cancelling.

Written from PostgreSQL's documentation, chapter "Frontend/Backend Protocol" (version 16). What the questions
are answered with stands in `postgres_answers`.
"""

import asyncio
import secrets
import struct
from collections.abc import Callable
from typing import cast

from sutaz_tui.simulator import postgres_answers as answers
from sutaz_tui.simulator.postgres_answers import Answer, Session, SqlError
from sutaz_tui.simulator.postgres_server import DATABASES, VERSION, Server
from sutaz_tui.simulator.postgres_wire import encoded, row_description, text
from sutaz_tui.simulator.scram import ScramExchange, ScramRefused
from sutaz_tui.simulator.world import World

_CANCEL = 80877102
_ENCRYPTION = (80877103, 80877104)  # SSLRequest, GSSENCRequest
_STARTUP_LIMIT = 10_000
_MESSAGE_LIMIT = 1 << 20


def protocol(world: World) -> Callable[[], asyncio.Protocol]:
    """The PostgreSQL of this world; each call of the result is one connection to it."""
    server = Server(world)
    return lambda: _Connection(server)


class _Connection(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self._server = server
        self._buffer = bytearray()
        self._read: Callable[[], bool] = self._read_startup
        self._parameters: dict[str, str] = {}
        self._user = self._database = ""
        self._session = Session()
        self._scram: ScramExchange | None = None
        self._statements: dict[str, tuple[str, list[int]]] = {}
        self._portals: dict[str, tuple[str, list[int]]] = {}
        self._skipping = False  # after an error in an extended query, until Sync
        self._sleeping: asyncio.TimerHandle | None = None
        self._sleeps_extended = False
        self._pid = 0
        self._secret = 0

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._server.connections.pop(self._pid, None)
        if self._sleeping:
            self._sleeping.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._drain()

    def _drain(self) -> None:
        while not self._sleeping and not self._transport.is_closing() and self._read():
            pass

    # Before the first query

    def _read_startup(self) -> bool:
        if len(self._buffer) < 8:
            return False
        length, code = struct.unpack_from("!II", self._buffer)
        if not 8 <= length <= _STARTUP_LIMIT:  # not PostgreSQL's language: it hangs up without a word
            self._transport.close()
            return False
        if len(self._buffer) < length:
            return False
        body = bytes(self._buffer[8:length])
        del self._buffer[:length]
        if code in _ENCRYPTION:
            self._transport.write(b"N")
        elif code == _CANCEL:
            self._cancel(body)
        elif code >> 16 != 3:
            self._fail(
                "0A000", f"unsupported frontend protocol {code >> 16}.{code & 0xFFFF}: server supports 3.0"
            )
        else:
            self._start(body)
        return True

    def _start(self, body: bytes) -> None:
        words = [word.decode("utf-8", "replace") for word in body.split(b"\0")]
        self._parameters = dict(zip(words[0::2], words[1::2], strict=False))
        self._user = self._parameters.get("user", "")
        self._database = self._parameters.get("database") or self._user
        if self._server.used >= self._server.world.traits.postgres_max_connections:
            self._fail("53300", "sorry, too many clients already")
            return
        self._pid, self._secret = self._server.new_pid(), secrets.randbits(31)
        self._server.connections[self._pid] = self
        password = self._server.world.secrets.get("POSTGRES_PASSWORD")
        if not password:
            self._welcome()
            return
        fault = self._server.world.fault("postgres")
        denied = fault is not None and fault.name == "denied"
        known = self._user == self._server.user and not denied
        # A stranger's name is taken through the same exchange, as PostgreSQL does, and then refused.
        self._scram = ScramExchange(password if known else secrets.token_hex(16), self._server.salt)
        self._read = self._read_message
        self._send(b"R", struct.pack("!I", 10) + b"SCRAM-SHA-256\0\0")

    def _authenticate(self, body: bytes, scram: ScramExchange) -> None:
        try:
            if body.startswith(b"SCRAM-SHA-256\0"):
                self._send(b"R", struct.pack("!I", 11) + scram.first(body[18:].decode()).encode())
                return
            proof = scram.final(body.decode())
        except (ScramRefused, UnicodeDecodeError):
            self._fail("28P01", f'password authentication failed for user "{self._user}"')
            return
        self._send(b"R", struct.pack("!I", 12) + proof.encode())
        self._scram = None
        self._welcome()

    def _welcome(self) -> None:
        self._read = self._read_message
        if self._database not in DATABASES:
            self._fail("3D000", f'database "{self._database}" does not exist')
            return
        for name, value in self._parameters.items():
            if name not in ("user", "database", "replication", "options"):
                self._session.settings[name.lower()] = value
        self._send(b"R", struct.pack("!I", 0))
        reported = {
            "server_version": VERSION,
            "server_encoding": "UTF8",
            "client_encoding": "UTF8",
            "application_name": self._parameters.get("application_name", ""),
            "default_transaction_read_only": self._session.settings.get(
                "default_transaction_read_only", "off"
            ),
            "in_hot_standby": "on" if self._server.world.traits.postgres_in_recovery else "off",
            "is_superuser": "off",
            "session_authorization": self._server.user,
            "DateStyle": "ISO, MDY",
            "IntervalStyle": "postgres",
            "TimeZone": "Etc/UTC",
            "integer_datetimes": "on",
            "standard_conforming_strings": "on",
        }
        for name, value in reported.items():
            self._send(b"S", text(name) + text(value))
        self._send(b"K", struct.pack("!II", self._pid, self._secret))
        self._ready()

    # Queries

    def _read_message(self) -> bool:
        if len(self._buffer) < 5:
            return False
        kind, length = self._buffer[:1], struct.unpack_from("!I", self._buffer, 1)[0]
        if not 4 <= length <= _MESSAGE_LIMIT:
            self._fail("08P01", "invalid message length")
            return False
        if len(self._buffer) < 1 + length:
            return False
        body = bytes(self._buffer[5 : 1 + length])
        del self._buffer[: 1 + length]
        try:
            self._handle(bytes(kind), body)
        except SqlError as error:
            self._error(error.code, str(error))
            self._skipping = kind != b"Q"
            if kind == b"Q":
                self._ready()
        except (struct.error, ValueError, IndexError):
            self._fail("08P01", "invalid message format")
        return True

    def _handle(self, kind: bytes, body: bytes) -> None:
        if self._scram:
            if kind != b"p":
                self._fail("08P01", "expected a password response")
            else:
                self._server.world.counts.credential("postgres")
                self._authenticate(body, self._scram)
        elif kind == b"X":
            self._transport.close()
        elif kind == b"S":
            self._skipping = False
            self._ready()
        elif self._skipping or kind == b"H":
            return
        elif kind == b"Q":
            self._simple(answers.statements(body.rstrip(b"\0").decode()))
        elif kind in _EXTENDED:
            _EXTENDED[kind](self, body)
        else:
            self._fail("08P01", f"invalid frontend message type {kind[0]}")

    def _simple(self, statements: list[str]) -> None:
        if not statements:
            self._send(b"I", b"")
            self._ready()
            return
        result = self._answer(statements[0])

        def send() -> None:
            if result.columns is not None:
                self._send(b"T", row_description(result.columns, [0]))
            self._send_result(statements[0], result, [0])
            if statements[1:]:
                self._simple(statements[1:])
            else:
                self._ready()

        self._after(result.sleep, send)

    def _parse(self, body: bytes) -> None:
        name, query, rest = body.split(b"\0", 2)
        declared = [oid for (oid,) in struct.iter_unpack("!I", rest[2:])]
        statement = query.decode()
        self._answer(statement)  # a statement that is not understood fails here, as a syntax error does
        self._statements[name.decode()] = (statement, answers.parameter_oids(statement, declared))
        self._send(b"1", b"")

    def _bind(self, body: bytes) -> None:
        portal, name, rest = body.split(b"\0", 2)
        statement, _ = self._statement(name)
        offset = 2 + 2 * struct.unpack_from("!H", rest)[0]
        (values,) = struct.unpack_from("!H", rest, offset)
        offset += 2
        for _ in range(values):
            (length,) = struct.unpack_from("!i", rest, offset)
            offset += 4 + max(0, length)
        (count,) = struct.unpack_from("!H", rest, offset)
        formats = list(struct.unpack_from(f"!{count}H", rest, offset + 2))
        self._portals[portal.decode()] = (statement, formats or [0])
        self._send(b"2", b"")

    def _describe(self, body: bytes) -> None:
        name = body[1:].rstrip(b"\0")
        if body[:1] == b"S":
            statement, oids = self._statement(name)
            self._send(b"t", struct.pack(f"!H{len(oids)}I", len(oids), *oids))
            formats = [0]
        else:
            statement, formats = self._portal(name)
        columns = self._answer(statement).columns
        if columns is None:
            self._send(b"n", b"")
        else:
            self._send(b"T", row_description(columns, formats))

    def _execute(self, body: bytes) -> None:
        statement, formats = self._portal(body.split(b"\0", 1)[0])
        result = self._answer(statement)
        self._after(result.sleep, lambda: self._send_result(statement, result, formats), extended=True)

    def _close(self, body: bytes) -> None:
        named = self._statements if body[:1] == b"S" else self._portals
        named.pop(body[1:].rstrip(b"\0").decode(), None)
        self._send(b"3", b"")

    def _statement(self, name: bytes) -> tuple[str, list[int]]:
        found = self._statements.get(name.decode())
        if found is None:
            raise SqlError("26000", f'prepared statement "{name.decode()}" does not exist')
        return found

    def _portal(self, name: bytes) -> tuple[str, list[int]]:
        found = self._portals.get(name.decode())
        if found is None:
            raise SqlError("34000", f'portal "{name.decode()}" does not exist')
        return found

    def _answer(self, statement: str) -> Answer:
        return answers.answer(statement, self._session, self._server.figures(self._database))

    # Time

    def _after(self, seconds: float, send: Callable[[], None], extended: bool = False) -> None:
        """Send at once, or after a pg_sleep, which the statement timeout or a cancel request may end."""
        if not seconds:
            send()
            return
        limit = self._session.statement_timeout
        self._sleeps_extended = extended

        def wake() -> None:
            self._sleeping = None
            if 0 < limit < seconds:
                self._canceled("canceling statement due to statement timeout")
            else:
                send()
            self._drain()

        delay = min(seconds, limit) if limit else seconds
        self._sleeping = asyncio.get_running_loop().call_later(delay, wake)

    def _cancel(self, body: bytes) -> None:
        pid, secret = struct.unpack("!II", body)
        other = self._server.connections.get(pid)
        if isinstance(other, _Connection) and other._secret == secret and other._sleeping:
            other._sleeping.cancel()
            other._sleeping = None
            other._canceled("canceling statement due to user request")
            other._drain()
        self._transport.close()

    def _canceled(self, message: str) -> None:
        self._error("57014", message)
        if self._sleeps_extended:
            self._skipping = True
        else:
            self._ready()

    # Messages

    def _send_result(self, statement: str, result: Answer, formats: list[int]) -> None:
        answers.apply(statement, self._session)
        self._server.world.counts.request("postgres", result.tag.split(" ")[0], "", query=statement)
        if not result.tag:
            self._send(b"I", b"")
            return
        if result.columns is not None:
            self._send(b"D", encoded(result.columns, formats))
        self._send(b"C", text(result.tag))

    def _ready(self) -> None:
        self._send(b"Z", self._session.transaction.encode())

    def _error(self, code: str, message: str, severity: str = "ERROR") -> None:
        if self._session.transaction == "T":
            self._session.transaction = "E"
        self._send(
            b"E", text(f"S{severity}") + text(f"V{severity}") + text(f"C{code}") + text(f"M{message}") + b"\0"
        )

    def _fail(self, code: str, message: str) -> None:
        self._error(code, message, "FATAL")
        self._transport.close()

    def _send(self, kind: bytes, body: bytes) -> None:
        self._transport.write(kind + struct.pack("!I", len(body) + 4) + body)


_EXTENDED: dict[bytes, Callable[[_Connection, bytes], None]] = {
    b"P": _Connection._parse,
    b"B": _Connection._bind,
    b"D": _Connection._describe,
    b"E": _Connection._execute,
    b"C": _Connection._close,
}
