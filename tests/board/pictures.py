"""Whole boards to take pictures of: a small stack as an operator knows it, in five states."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sutaz_tui.config import Group, Pace, ServiceConfig
from sutaz_tui.errors import NotListening
from sutaz_tui.model import Change, ChangeKind, Claim, Status
from sutaz_tui.probes.base import Finding
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.writer import Writer
from tests.board.showing import DEADLINE, Board, showing
from tests.engine.scripted import Stand, tcp
from tests.hand_clock import HandClock
from tests.servers.waiting import patient

GROUPS = tuple(
    Group(id=id, title=id.capitalize()) for id in ("agents", "databases", "gateway", "platform", "monitoring")
)
# id, title, group, port, milliseconds, what it says, what it needs
STACK = (
    ("letta", "Letta", "agents", 11401, 9, "model tinyllama", ("ollama",)),
    ("crewai", "CrewAI", "agents", 11403, 11, "model tinyllama", ("ollama",)),
    ("aider", "Aider", "agents", 11404, 10, "model tinyllama", ("ollama",)),
    ("langchain", "LangChain", "agents", 11405, 9, "model tinyllama", ("ollama",)),
    ("finrobot", "FinRobot", "agents", 11410, 12, "model tinyllama", ("ollama",)),
    ("shellgpt", "ShellGPT", "agents", 11413, 10, "model tinyllama", ("ollama",)),
    ("documind", "Documind", "agents", 11414, 11, "model tinyllama", ("ollama",)),
    ("gpt-engineer", "GPT-Engineer", "agents", 11416, 9, "model tinyllama", ("ollama",)),
    ("postgres", "PostgreSQL", "databases", 10000, 3, "16.4 primary, connections 14/100", ()),
    ("redis", "Redis", "databases", 10001, 1, "7.4.6 master, memory 26M", ()),
    ("neo4j", "Neo4j", "databases", 10002, 8, "5.26.16 community", ()),
    ("chromadb", "ChromaDB", "databases", 10100, 6, "1.0.0", ()),
    ("qdrant", "Qdrant", "databases", 10101, 5, "1.15.4, 3 collections", ()),
    ("faiss", "FAISS", "databases", 10103, 6, "2 indices, dimension 768", ()),
    ("kong", "Kong", "gateway", 10009, 6, "3 connections, 1/1 targets healthy", ("postgres",)),
    ("consul", "Consul", "gateway", 10006, 4, "leader 172.20.0.14:8300, 26 of 26 pass", ()),
    ("rabbitmq", "RabbitMQ", "gateway", 10005, 5, "3.13.7, queues 13, ready 0", ()),
    ("mcp-bridge", "MCP bridge", "gateway", 11100, 7, "15 of 15 agents online", ("rabbitmq", "redis")),
    ("backend", "Backend", "gateway", 10200, 14, "says 9 of 9 healthy", ("postgres", "redis", "rabbitmq")),
    ("ollama", "Ollama", "platform", 11434, 4, "tinyllama:latest 637 MB", ()),
    ("frontend", "Frontend", "platform", 11000, 8, "serving", ("backend",)),
    ("host", "Host", "platform", 9100, 41, "cpu 12% memory 56% disk 41%", ()),
    ("prometheus", "Prometheus", "monitoring", 10300, 4, "17 of 17 targets up", ()),
    ("grafana", "Grafana", "monitoring", 10301, 12, "12.2.1", ("postgres",)),
    ("loki", "Loki", "monitoring", 10310, 7, "newest line 1s ago", ()),
    ("postgres-exporter", "Postgres exporter", "monitoring", 10307, 8, "pg_up 1, 8 series", ("postgres",)),
    ("alertmanager", "Alertmanager", "monitoring", 10303, 0, "not deployed: :10303 refused", ()),
)
START = datetime(2026, 11, 23, 13, 40, tzinfo=UTC)


class Middle(random.Random):
    """No jitter: every poll comes exactly when it is due, whatever the machine does meanwhile."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


def services() -> tuple[ServiceConfig, ...]:
    """The stack as config entries."""
    return tuple(
        tcp(id, title=title, group=group, needs=needs, port=port, interval=10)
        for id, title, group, port, _, _, needs in STACK
    )


def stand(clock: HandClock | None = None) -> Stand:
    """An engine over the stack, all well."""
    made = Stand(*services(), clock=clock or HandClock(START), pace=Pace(idle_after=86400))
    made.engine.poller._random = Middle()
    for id, *_, milliseconds, says, _ in STACK:
        status = Status.ABSENT if id == "alertmanager" else Status.UP
        made[id].finding = Finding(
            says, status, milliseconds / 1000 if milliseconds else None, "off" if not milliseconds else ""
        )
    made["postgres"].finding = Finding(
        "16.4 primary, connections 14/100",
        latency=0.003,
        facts={"version": "16.4", "connections": 14, "max_connections": 100, "oldest_transaction": 0.0},
        rule="SELECT answered within 0.25 s",
    )
    return made


@asynccontextmanager
async def healthy(size: tuple[int, int]) -> AsyncIterator[Board]:
    """All well for twenty minutes, but for one that was away for a moment."""
    async with showing(stand=stand(), groups=GROUPS, size=size) as board:
        await board.run(60)
        board.refuse("ollama")
        await board.run(60)
        board.heal("ollama")
        await board.run(1085)
        for _ in range(8):
            await board.press("j")
        yield board


@asynccontextmanager
async def one_cause(size: tuple[int, int]) -> AsyncIterator[Board]:
    """PostgreSQL refuses, and five need it."""
    async with healthy(size) as board:
        board.stand["postgres"].error = NotListening("PostgreSQL", ":10000 refused")
        await board.run(12)
        board.stand["kong"].finding = Finding("its database is unreachable", Status.DEGRADED, 0.006, "db")
        board.stand["backend"].finding = Finding(
            "says 8 of 9 healthy, not postgres", Status.DEGRADED, 0.014, "says 8/9"
        )
        board.stand["postgres-exporter"].finding = Finding("pg_up 0", Status.DEGRADED, 0.008, "pg 0")
        store, now = board.stand.engine.store, board.stand.clock.now()
        store.records["postgres"].claim(
            Claim(
                "postgres", "Docker", None, "Docker says exited", now,
                {"container_state": "exited", "exit_code": 137, "restarts": 2, "memory_limit": 256 << 20},
            )
        )  # fmt: skip
        store.records["postgres"].note(
            Change(now - timedelta(seconds=13), "postgres", ChangeKind.OOM, "killed: out of memory")
        )
        await board.run(28)
        yield board


@asynccontextmanager
async def degraded(size: tuple[int, int]) -> AsyncIterator[Board]:
    """Nothing is down, some do not answer as they should, one is known."""
    async with healthy(size) as board:
        board.stand["kong"].finding = Finding("redirected to /login", Status.DEGRADED, 0.004, "307")
        board.stand["grafana"].finding = Finding("slow: 2.4 s, over 1 s", Status.DEGRADED, 2.4, "slow")
        board.stand["aider"].finding = Finding(
            "healthy, but without its model", Status.DEGRADED, 0.01, "model"
        )
        board.stand["neo4j"].finding = Finding("7474 answers, Bolt refuses", Status.DEGRADED, 0.008, "bolt")
        await board.run(30)
        for _ in range(2):
            await board.press("j")
        await board.press("M")
        await board.type("migration until Friday")
        await board.type("3h")
        await board.run(30)
        board.app.board.foot.hush()
        await board.settle()
        yield board


@asynccontextmanager
async def stale(size: tuple[int, int]) -> AsyncIterator[Board]:
    """Half of the stack no longer answers our questions in time: old values, then none."""
    async with healthy(size) as board:
        for number, (id, *_) in enumerate(STACK):
            if number % 2:
                board.stand[id].stuck = asyncio.Event()
        await board.run(26)
        for number, (id, *_) in enumerate(STACK):
            if number % 4 == 0:
                board.stand[id].stuck = asyncio.Event()
        await board.run(24)
        yield board


@asynccontextmanager
async def remembered(size: tuple[int, int], folder: Path, key: str, waits_for: str) -> AsyncIterator[Board]:
    """What is remembered after PostgreSQL refused twice, and Backend with it; `key` opens it."""
    clock = HandClock(START)
    async with showing(stand=stand(clock), groups=GROUPS, size=size, folder=folder) as board:
        await begun(board)
        for lasts in (424, 38):
            await board.run(30)
            board.refuse("postgres", "backend")
            await board.run(lasts)
            board.heal("postgres", "backend")
            await board.run(60)
        await board.written()
    await clock.advance(3600)
    async with showing(stand=stand(clock), groups=GROUPS, size=size, folder=folder) as board:
        await begun(board)
        board.stand["grafana"].finding = Finding("slow: 2.4 s, over 1 s", Status.DEGRADED, 2.4, "slow")
        await board.run(30)
        await kept(board)
        await looking_back(board, key)
        await board.until(waits_for)
        board.app.here.foot.hush()
        await board.settle()
        yield board


async def looking_back(board: Board, key: str) -> None:
    """Press what opens it: H, U, `past` the board of a moment, `d` what differs since then, `curves` those of PostgreSQL."""
    if len(key) == 1 and key != "d":
        await board.press(key)
        return
    await board.press("colon")
    await board.type({"d": "diff 13:43:00", "past": "at 13:43:00"}.get(key, "at 13:51:30"))
    if key == "curves":
        board.app.board.map.select("postgres")
        await board.press("enter", "shift+tab", "minus", *["left"] * 26)


async def begun(board: Board) -> None:
    """Wait until what is seen is recorded: the file is opened in a thread, and no time passes meanwhile."""
    async with asyncio.timeout(patient(DEADLINE)):
        while board.app.tab._recording is None:
            await board.settle()


async def kept(board: Board) -> None:
    """Have all that was seen written up to this moment, however fast the writer was before."""
    assert board.app.recorder is not None
    board.app.recorder._kept = float("-inf")
    board.app.recorder.look()
    await board.written()


@asynccontextmanager
async def first_frame(size: tuple[int, int], folder: Path) -> AsyncIterator[Board]:
    """The last picture of an earlier run, and nobody has answered yet."""
    before = stand()
    async with showing(stand=before, groups=GROUPS, size=size, folder=folder) as board:
        board.refuse("loki")
        await board.run(60)
        writer = Writer(print)
        StateFolder(before.config, folder).save_picture(before.engine.snapshot(), writer)
        assert writer.flush(20) == []
    later = Stand(*services(), clock=HandClock(START + timedelta(minutes=40)))
    async with showing(stand=later, groups=GROUPS, size=size, folder=folder, is_answered=False) as board:
        yield board
