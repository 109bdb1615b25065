"""The log of a container as Docker's Engine API gives it: a span or the last lines, in frames, followed."""

import asyncio
import struct
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from sutaz_tui.simulator.docker_containers import Container, Fleet, stamp_nanoseconds
from sutaz_tui.simulator.world import World

_LOG_PAUSE = 0.2
"""Seconds between two looks for lines of a followed log."""
_LOG_SLACK = 2_000_000_000
"""Nanoseconds."""


async def log_of(world: World, fleet: Fleet, found: Container, request: Request) -> Response:
    """Its lines as the request wants them, framed unless it has a terminal; followed until the container ends."""
    wanted = [name for name in ("stdout", "stderr") if not is_off(request, name, "0")]
    if not wanted:
        return JSONResponse({"message": "Bad parameters: you must choose at least one stream"}, 400)
    if fleet.log_driver(found) == "none":
        return JSONResponse({"message": "configured logging driver does not support reading"}, 501)
    try:
        since = _nanoseconds(request.query_params.get("since") or "0")
        until = _nanoseconds(request.query_params.get("until") or "0")
        tail = request.query_params.get("tail") or "all"
        last = int(tail) if tail != "all" else None
    except ValueError:
        return JSONResponse({"message": "Bad parameters: since, until and tail are numbers"}, 400)
    stamped = not is_off(request, "timestamps", "0")
    follow = not is_off(request, "follow", "0")
    framed = _raw if fleet.has_terminal(found) else _framed

    async def parts() -> AsyncIterator[bytes]:
        run = found.started, found.ended
        lines = fleet.lines(found, wanted, 0 if last is not None else since, 1 << 62)
        # Docker takes the last ones first, and of them those of the span.
        kept = lines if last is None else lines[max(0, len(lines) - last) :] if last >= 0 else lines
        yield b"".join(
            framed(*line, stamped) for line in kept if since <= line[0] and (not until or line[0] <= until)
        )
        told = set(lines)
        newest = lines[-1][0] if lines else 0
        # The stream ends with the container; of one that has ended only what is there is told.
        while follow and not until and run == (found.started, False):
            await asyncio.sleep(_LOG_PAUSE)
            world.tick()
            fleet.deployed()
            # The model dates some of its lines a moment ahead: what comes after them may be older.
            late = fleet.lines(found, wanted, newest - _LOG_SLACK, 1 << 62)
            fresh = [line for line in late if line not in told]
            told = set(late)
            if fresh:
                newest = max(newest, fresh[-1][0])
                yield b"".join(framed(*line, stamped) for line in fresh if line[0] >= since)
            if found.ended or run[0] != found.started:
                return

    # Framed or not: only API 1.42 tells one from the other.
    return StreamingResponse(parts(), media_type="application/vnd.docker.raw-stream")


def _framed(at: int, stream: str, text: str, stamped: bool) -> bytes:
    """One line behind Docker's eight bytes: the stream's number and the length."""
    payload = _stamped(at, text, stamped)
    return struct.pack("!BxxxI", 1 if stream == "stdout" else 2, len(payload)) + payload


def _raw(at: int, _stream: str, text: str, stamped: bool) -> bytes:
    """One line of a terminal, which writes a carriage return before each newline."""
    return _stamped(at, text.replace("\n", "\r\n"), stamped)


def _stamped(at: int, text: str, stamped: bool) -> bytes:
    return (f"{stamp_nanoseconds(at)} {text}" if stamped else text).encode()


def _nanoseconds(seconds: str) -> int:
    """`S` or `S.NNNNNNNNN`, without a float's loss."""
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 10**9 + (int(fraction[:9].ljust(9, "0")) if fraction else 0)


def is_off(request: Request, name: str, default: str = "1") -> bool:
    """Whether a request turns something off, as Docker reads it."""
    return request.query_params.get(name, default).lower() in ("0", "false", "")
