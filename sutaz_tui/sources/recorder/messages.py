"""The messages between a recorder and a board, and how they go over the line: a beginning with the version, then frames,
each its length in four bytes and MessagePack. What is none of that is a `Garbled`.
"""

import asyncio
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from sutaz_tui.errors import SutazError
from sutaz_tui.model import Alert, Cause, Change, Known, Recovery, ServiceState

VERSION = 2
_MAGIC = b"sutaz-tui"
BEGINNING = _MAGIC + VERSION.to_bytes(2, "big") + b"\n"

MOST_OF_RECORDER = 8 << 20
"""Bytes of a frame that a recorder may send."""
MOST_OF_BOARD = 64 << 10
"""Bytes of a frame that a board may send."""


class Garbled(SutazError):
    """What came is not what the other side would send; in words."""


class Hello(Struct, frozen=True, tag=True):
    """The first frame of either side: the hash of its config; a recorder says whose it is too, and where its history is
    ("" of a version before that), which boards read where they may."""

    config: str
    whose: str = ""
    process: int = 0
    history: str = ""


class States(Struct, frozen=True, tag=True):
    """Services that differ from what this board was sent last; the picture that they belong to follows."""

    states: tuple[msgspec.Raw, ...]


class Run(Struct, frozen=True, tag=True):
    """Somebody runs checks: who, which, since when, whether they may change the stack, and by which process."""

    who: str
    scope: str
    since: datetime
    writes: bool = False
    process: int = 0


class Picture(Struct, frozen=True, tag=True):
    """All of a snapshot but its services; it is whole with the states sent before it."""

    at: datetime
    causes: tuple[Cause, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    alerts: tuple[Alert, ...] = ()
    changes: tuple[Change, ...] = ()
    round_at: datetime | None = None
    behind: int = 0
    known: tuple[Known, ...] = ()
    runs: tuple[Run, ...] = ()


class Said(Struct, frozen=True, tag=True):
    """What a recorder answers to a request that it refused, in words."""

    words: str


class Turn(Struct, frozen=True, tag=True):
    """The answer to `Begin`: "" it may begin, or who writes now."""

    refusal: str


class Ask(Struct, frozen=True, tag=True):
    """A board wants a service polled at once, "" for all."""

    service_id: str


class Look(Struct, frozen=True, tag=True):
    """How a board looks: the service under its cursor, and how many times slower than the config it would have polls."""

    service_id: str
    stretch: float


class Mark(Struct, frozen=True, tag=True):
    """A trouble is marked as known, or is no longer (`mark` None)."""

    service_id: str
    mark: Known | None


class Note(Struct, frozen=True, tag=True):
    """Somebody says something of a moment; `kind` is note or deploy."""

    at: datetime
    service_id: str
    text: str
    kind: str


class Begin(Struct, frozen=True, tag=True):
    """A board is about to run checks."""

    scope: str
    writes: bool


class End(Struct, frozen=True, tag=True):
    """They ended."""

    scope: str


class Checked(Struct, frozen=True):
    """How a check ended, as the history keeps it; `steps` is its evidence as JSON."""

    check_id: str
    at: datetime
    outcome: str
    elapsed: float
    message: str
    steps: str


class Checks(Struct, frozen=True, tag=True):
    """Checks that a board ran have ended."""

    ended: tuple[Checked, ...]


OfRecorder = Hello | States | Picture | Said | Turn
OfBoard = Hello | Ask | Look | Mark | Note | Begin | End | Checks

T = TypeVar("T")
BEAT = 5.0
"""Seconds until a picture is sent although nothing changed: after two of them without any a recorder is gone."""

WHOLE_WITHIN = 10.0
"""Seconds from the first byte of a message to its last."""

_ENCODER = msgspec.msgpack.Encoder()
OF_RECORDER: msgspec.msgpack.Decoder[OfRecorder] = msgspec.msgpack.Decoder(OfRecorder)
OF_BOARD: msgspec.msgpack.Decoder[OfBoard] = msgspec.msgpack.Decoder(OfBoard)
_STATE = msgspec.msgpack.Decoder(ServiceState)


def frame(message: OfRecorder | OfBoard) -> bytes:
    """A message as it goes over the line."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(4, "big") + body


def raw_state(state: ServiceState) -> bytes:
    """A service's state, encoded once for all boards."""
    return _ENCODER.encode(state)


def states_of(message: States) -> list[ServiceState]:
    """The states of a message; Garbled where one is none."""
    try:
        return [_STATE.decode(one) for one in message.states]
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise Garbled("a state that is none") from error


async def read_beginning(reader: asyncio.StreamReader) -> None:
    """Read what each side sends first; Garbled where another program, or another version, speaks."""
    try:
        found = await reader.readexactly(len(BEGINNING))
    except asyncio.IncompleteReadError as error:
        raise Garbled("nothing" if not error.partial else "half a greeting") from None
    if not found.startswith(_MAGIC):
        raise Garbled("no word of this program")
    if found != BEGINNING:
        number = int.from_bytes(found[len(_MAGIC) : len(_MAGIC) + 2], "big")
        raise Garbled(
            f"version {number} of these words, and this program speaks {VERSION}: update the older one"
        )


async def read_frame(
    reader: asyncio.StreamReader, decoder: "msgspec.msgpack.Decoder[T]", most: int
) -> T | None:
    """The next message, None at the end; Garbled for half a one (also where the rest stays away), one above `most` bytes
    (of which none is read), and what is no message."""
    if not (begun := await reader.read(1)):
        return None
    try:
        async with asyncio.timeout(WHOLE_WITHIN):
            length = int.from_bytes(begun + await reader.readexactly(3), "big")
            if length > most:
                raise Garbled(f"a message of {length:,} bytes, where {most:,} are allowed")
            return decoder.decode(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, TimeoutError):
        raise Garbled("half a message") from None
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise Garbled("a message that is none of ours") from error
