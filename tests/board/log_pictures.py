"""A log to take pictures of: the backend's while its database is away."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sutaz_tui.logs.lines import Gap, LogLine
from tests.board.pictures import one_cause
from tests.board.showing import Board
from tests.logs.scripted_feed import SECOND, ScriptedDesk, ScriptedFeed, line

SERVICE = "backend"
TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/app/app/db/session.py", line 41, in get_db',
    "    yield session",
    '  File "/usr/lib/python3.12/asyncio/streams.py", line 48, in open_connection',
    "    transport, _ = await loop.create_connection(",
    "ConnectionRefusedError: [Errno 111] Connect call failed ('172.20.0.10', 5432)",
)


def said(at: float, level: str, logger: str, message: str) -> LogLine:
    """A line as the backend writes them."""
    moment = f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%dT%H:%M:%S}.{round(at * 1000) % 1000:03}"
    return line(
        at, json.dumps({"timestamp": moment, "level": level, "logger": logger, "message": message}), SERVICE
    )


def lines(down: float) -> list[LogLine]:
    """What it said around the moment when its database went away."""
    told = [
        line(down - 60 + n * 10, 'INFO:     172.20.0.9:40112 - "GET /health HTTP/1.1" 200 OK', SERVICE)
        for n in range(6)
    ]
    told += [
        said(down - 31.2, "INFO", "app.request", "GET /api/v1/agents/ 200 4ms"),
        said(down - 0.6, "ERROR", "app.db.pool", "connection to 172.20.0.10:5432 was closed"),
        said(down + 0.3, "INFO", "app.request", "POST /api/v1/auth/login 500 31ms"),
    ]
    for block in range(3):
        at = down + 1 + block * 2
        told += [line(at, text, SERVICE) for text in TRACEBACK]
        told.append(said(at + 0.4, "INFO", "app.request", f"POST /api/v1/auth/login 500 {block + 7}ms"))
    told += [
        said(down + 12, "WARNING", "app.db.pool", "30 of 30 connections invalid, recycling"),
        line(down + 13, 'INFO:     172.20.0.31:51544 - "GET /api/v1/models/ HTTP/1.1" 200 OK', SERVICE),
        *(said(down + 15 + n, "ERROR", "app.auth", f"login failed: attempt {n}") for n in range(9)),
        said(down + 25, "WARNING", "app.request", "X-Correlation-ID 5f2c without user, password=hunter2"),
    ]
    return told


@asynccontextmanager
async def log(size: tuple[int, int]) -> AsyncIterator[Board]:
    """PostgreSQL refuses, and the log of the backend tells of it, with a gap."""
    async with one_cause(size) as board:
        down = board.stand.clock.now().timestamp() - 38
        feed = ScriptedFeed(SERVICE, *lines(down))
        board.app.tab.log_feeds = ScriptedDesk(feed)
        await board.app.action_run_command(f"logs {SERVICE}")
        gap = Gap(
            SERVICE, int((down + 6) * SECOND), int((down + 11.9) * SECOND), 640, "the tail dropped them"
        )
        feed.come(
            said(down + 26, "INFO", "app.request", "GET /api/v1/chat/sessions/9b1 404 2ms"), opened=(gap,)
        )
        await board.run(1)
        panel = board.app.log_panel
        assert panel is not None
        panel.view.pressed()
        panel.changed()
        await board.settle()
        yield board
