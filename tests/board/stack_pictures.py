"""The built-in stack to take the README's pictures of: PostgreSQL is away, and a check failed before.

Its services are those of the config, their sentences what the probes say of the simulated stack, and the result of the
failed check is that of the check itself, asked of the simulated stack; only moments, times and ports are always the same.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import structs

from sutaz_tui.config import Config, Pace, load
from sutaz_tui.errors import NotListening
from sutaz_tui.logs.lines import LogLine
from sutaz_tui.model import (
    Alert,
    Answer,
    Change,
    ChangeKind,
    CheckClass,
    CheckResult,
    Claim,
    Fact,
    Outcome,
    Status,
)  # fmt: skip
from sutaz_tui.probes.base import Finding
from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.tui.screens.checks.screen import ChecksScreen
from tests.board.log_pictures import said
from tests.board.pictures import START, Middle
from tests.board.showing import Board, showing
from tests.board.test_check_screens import opened
from tests.engine.scripted import Stand
from tests.hand_clock import HandClock
from tests.logs.scripted_feed import ScriptedDesk, ScriptedFeed, line
from tests.running import simulated

MIB = 1 << 20
# id, milliseconds, what its probe says, CPU and memory of its container in percent and MiB, and its limit
SAYS: dict[str, tuple[int, str, int, int, int]] = {
    "letta": (21, "model tinyllama", 2, 668, 1024),
    "crewai": (19, "model tinyllama", 98, 240, 512),
    "aider": (18, "model tinyllama", 1, 198, 512),
    "langchain": (22, "model tinyllama", 3, 185, 512),
    "finrobot": (17, "model tinyllama", 2, 230, 512),
    "shellgpt": (20, "model tinyllama", 1, 115, 256),
    "documind": (24, "model tinyllama", 4, 303, 512),
    "gpt-engineer": (16, "model tinyllama", 1, 211, 512),
    "postgres": (3, "16.4 primary, connections 14/100, oldest transaction 0s", 6, 96, 256),
    "redis": (1, "7.4.6 master, memory 26M of 128M, clients 9, 141 ops/s, hits 96%", 3, 33, 128),
    "neo4j": (4, "5.26.16 community, Bolt 5.4", 2, 303, 512),
    "chromadb": (6, "1.0.0", 1, 161, 0),
    "qdrant": (4, "1.15.4, 3 collections", 1, 188, 0),
    "faiss": (5, "2 indices, dimension 768", 1, 194, 0),
    "kong": (5, "3 connections, 1/1 targets healthy", 2, 574, 1024),
    "consul": (3, "leader 172.20.0.14:8300, 26 of 26 pass", 1, 202, 0),
    "rabbitmq": (4, "3.13.7, queues 13, ready 0, unacked 4, consumers 13", 6, 215, 384),
    "mcp-bridge": (7, "15 of 15 agents online", 2, 233, 0),
    "backend": (14, "says 10 of 10 healthy", 12, 966, 2048),
    "frontend": (5, "serving", 1, 115, 0),
    "ollama": (6, "tinyllama:latest 637 MB", 0, 0, 0),
    "ollama-agents": (9, "tinyllama:latest 637 MB", 5, 902, 0),
    "portainer": (3, "2.33.3", 0, 187, 0),
    "host": (8, "cpu 31% memory 56% disk 41%", 0, 0, 0),
    "docker": (11, "Docker 27.3.1: 29 of 30 running", 0, 0, 0),
    "prometheus": (5, "17 of 17 targets up", 2, 274, 512),
    "grafana": (5, "12.2.1", 1, 282, 512),
    "loki": (2, "newest line: docker 1s ago, varlogs 2s ago", 3, 210, 512),
    "promtail": (2, "newest line of docker 1s ago (in Loki)", 1, 120, 0),
    "node-exporter": (5, "node_load1 0.42, 36 series", 0, 42, 0),
    "cadvisor": (4, "healthy", 2, 224, 0),
    "postgres-exporter": (9, "pg_up 1, 9 series", 0, 38, 0),
    "redis-exporter": (7, "redis_up 1, 9 series", 0, 31, 0),
}
FAILED = "jwt.me.own_user"
TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "/app/app/api/v1/endpoints/auth.py", line 88, in me',
    "    return UserOut(username=user.username, is_active=user.is_active)",
    "AttributeError: 'dict' object has no attribute 'username'",
)
RAN = ("agents", "databases", "infrastructure", "mcp", "messaging", "monitoring", "jwt")


def stack() -> Config:
    """The built-in config."""
    return load(None, None, {})


def stand(config: Config) -> Stand:
    """An engine over its services, all well; who is not deployed is off."""
    made = Stand(*config.services, clock=HandClock(START), pace=Pace(idle_after=86400))
    made.config = replace(made.config, sources=config.sources)
    made.engine.poller._random = Middle()
    for id, probe in made.probes.items():
        if id in SAYS:
            milliseconds, says, *_ = SAYS[id]
            probe.finding = Finding(says, latency=milliseconds / 1000)
        else:
            probe.finding = Finding("not deployed: :10303 refused", Status.ABSENT, word="off")
    return made


def tell_containers(board: Board) -> None:
    """What Docker says of the containers."""
    now = board.stand.clock.now()
    for id, (_, _, cpu, memory, limit) in SAYS.items():
        if memory:
            facts: dict[str, Fact] = {
                "container_state": "running", "image": f"sutazai-{id}:latest", "cpu": f"{cpu}%", "memory": memory * MIB,
            }  # fmt: skip
            facts |= {"memory_limit": limit * MIB} if limit else {}
            board.stand.engine.store.records[id].claim(
                Claim(id, "Docker", None, "Docker says running", now, facts)
            )


def have_run(board: Board, result: CheckResult | None, *categories: str) -> None:
    """Let what only reads have passed a quarter of an hour ago, but for one check that failed."""
    runs, at = board.app.checks.runs, board.stand.clock.now() - timedelta(minutes=15)
    for number, check in enumerate(runs.checks.values()):
        is_run = check.category in (categories or RAN) and check.check_class is CheckClass.READS
        if is_run:
            runs.results[check.id] = CheckResult(
                check.id, check.category, check.title, check.check_class, "", Outcome.PASS, check.title, check.title,
                "", at, 0.004 + number % 7 * 0.003,
            )  # fmt: skip
    if result is not None:
        runs.results[FAILED] = structs.replace(result, started=at)
    board.app.checks_changed()


@asynccontextmanager
async def a_cause(
    size: tuple[int, int], folder: Path, result: CheckResult | None = None
) -> AsyncIterator[Board]:
    """PostgreSQL's container was killed; one agent was slow before it, one alert fires, checks ran before."""
    config = stack()
    async with showing(
        stand=stand(config), groups=config.groups, size=size, folder=folder, env="PROD"
    ) as board:
        while not board.app.checks.headings:
            await board.settle()
        board.stand["crewai"].finding = Finding("model tinyllama", latency=0.019)
        await board.run(20 * 60)
        for part in (0.5, 0.9, 1.4, 1.8, 2.6):
            slow = part > 2
            words = f"slow: {part} s, warns above 2 s" if slow else "model tinyllama"
            status = Status.DEGRADED if slow else Status.UP
            board.stand["crewai"].finding = Finding(words, status, part, "slow" if slow else "")
            await board.run(5 * 60 - (170 if slow else 0))
        tell_containers(board)
        have_run(board, result)
        down = board.stand.clock.now()
        store = board.stand.engine.store
        store.put("prometheus", Answer(alerts=(_alert("HighMemory", down - timedelta(minutes=12)),)))
        board.stand["postgres"].error = NotListening("PostgreSQL", ":10000 refused")
        await board.run(12)
        for id, words, word in (
            ("kong", "its database is unreachable", "db"),
            ("backend", "says 9 of 10 healthy, not postgres", "says 9/10"),
            ("postgres-exporter", "pg_up 0: cannot reach what it exports", "pg 0"),
        ):
            board.stand[id].finding = Finding(words, Status.DEGRADED, SAYS[id][0] / 1000, word)
            # One after another: which of two changes of one moment is noted first is the machine's matter.
            await board.run(30 if id == "postgres-exporter" else 15)
        facts: dict[str, Fact] = {
            "container_state": "exited", "exit_code": 137, "oom": True, "restarts": 2, "memory_limit": 256 * MIB,
            "image": "postgres:16-alpine",
        }  # fmt: skip
        now = board.stand.clock.now()
        record = store.records["postgres"]
        record.claim(Claim("postgres", "Docker", None, "Docker says exited", now, facts))
        record.note(Change(down - timedelta(seconds=1), "postgres", ChangeKind.OOM, "killed: out of memory"))
        await board.run(1)
        while board.selected != "postgres":
            await board.press("j")
        board.app.checks_changed()
        board.app.board.foot.hush()
        yield board


@asynccontextmanager
async def a_failed_check(size: tuple[int, int], folder: Path, result: CheckResult) -> AsyncIterator[Board]:
    """The results of the category, and the evidence of the check that failed."""
    config = stack()
    async with showing(
        stand=stand(config), groups=config.groups, size=size, folder=folder, env="PROD"
    ) as board:
        while not board.app.checks.headings:
            await board.settle()
        await board.run(60)
        have_run(board, result, "jwt")
        await board.press("T")
        screen = board.app.screen
        assert isinstance(screen, ChecksScreen)
        screen.list.select(FAILED)
        await board.settle()
        yield board


@asynccontextmanager
async def the_log_of_a_failed_check(
    size: tuple[int, int], folder: Path, result: CheckResult
) -> AsyncIterator[Board]:
    """What the services that it touched said at its time."""
    async with a_failed_check(size, folder, result) as board:
        at = board.app.checks.runs.results[FAILED].started.timestamp()
        board.app.tab.log_feeds = ScriptedDesk(ScriptedFeed("backend", *lines(at)))
        await board.press("l")
        await board.until("auth/me 500")
        await board.press("enter")
        yield board


def _alert(name: str, since: datetime) -> Alert:
    labels = (("alertname", name), ("service", "backend"), ("severity", "warning"))
    return Alert(name, "warning", "backend memory above 90% of its limit", since, labels)


async def failed() -> CheckResult:
    """How the check ends on the simulated stack whose `auth/me` is broken."""
    with simulated("report") as running:
        endpoints = running.client.get(f"{running.demo.control}/control").json()["endpoints"]
        ports = {
            re.findall(r"\d+", str(address))[-1]: str(PORTS[name])
            for name, address in endpoints.items()
            if address and PORTS.get(name)
        }
        async with opened(running) as keys:
            await keys.press("t", "j")
            await keys.ended()
            result = keys.runs.results[FAILED]
    text = re.sub(
        rf"(?<=127\.0\.0\.1:)({'|'.join(ports)})", lambda m: ports[m[1]], msgspec.json.encode(result).decode()
    )
    result = msgspec.json.decode(text, type=CheckResult)
    steps = tuple(
        structs.replace(step, elapsed=0.012, timing=None, correlation="5f2c8a41" if step.correlation else "")
        for step in result.steps
    )
    return structs.replace(result, steps=steps, elapsed=0.196)


def lines(at: float) -> list[LogLine]:
    """What the backend said while it was asked."""
    return [
        said(at - 4, "INFO", "app.request", "GET /api/v1/agents/ 200 4ms"),
        line(at - 2, 'INFO:     172.20.0.9:40112 - "GET /health HTTP/1.1" 200 OK', "backend"),
        said(at + 0.1, "INFO", "app.request", "POST /api/v1/auth/login 200 184ms"),
        *(line(at + 0.19, text, "backend") for text in TRACEBACK),
        said(at + 0.196, "ERROR", "app.request", "GET /api/v1/auth/me 500 12ms correlation_id=5f2c8a41"),
    ]
