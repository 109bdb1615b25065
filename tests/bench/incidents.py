"""By hand: real servers are stopped, killed and started again, with another service long down; when the board shows what.

`python -m tests.bench.incidents [NAME...] [stop|SIGSTOP|SIGKILL|restart...]` prints a table in seconds: from the fault to
the first sign, to DOWN, and from DOWN to the right service in the head; from the server's own first good answer to its
recovery on the board. It takes minutes.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from sutaz_tui.config import Config, load
from sutaz_tui.engine.engine import Engine
from sutaz_tui.model import Status
from sutaz_tui.wiring.engine import build
from tests.servers.chromadb import ChromaDB
from tests.servers.consul import Consul
from tests.servers.http_server import HttpServer
from tests.servers.node_exporter import NodeExporter
from tests.servers.postgres import Postgres
from tests.servers.process import Server
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis

CONFIG = """
sources:
  rabbitmq: {url: "%(management)s", auth: {type: basic, user: watcher, password: "${RABBITMQ_PASSWORD}"}}
  consul: {url: "%(consul)s"}
services:
  - {id: postgres, title: PostgreSQL, kind: postgres, address: "%(postgres)s", user: jarvis, database: jarvis}
  - {id: redis, title: Redis, kind: redis, address: "%(redis)s"}
  - {id: rabbitmq, title: RabbitMQ, kind: rabbitmq, address: "%(amqp)s", source: rabbitmq,
     user: watcher, password: "${RABBITMQ_PASSWORD}"}
  - {id: chromadb, title: ChromaDB, kind: chromadb, address: "%(chromadb)s"}
  - {id: consul, title: Consul, kind: consul, source: consul}
  - {id: web, title: Web, kind: tcp, address: "%(web)s", depends_on: [postgres, redis, rabbitmq, chromadb, consul]}
  - {id: loki, title: Loki, kind: tcp, address: "127.0.0.1:1"}
  - {id: shipper, title: Shipper, kind: http, address: "http://%(web)s/metrics", status: [204], depends_on: [loki]}
"""
DOWN_FOR = 20.0
GIVE_UP = 90.0
RUNS = ("stop", "SIGSTOP", "SIGKILL", "restart")


class Seen(Struct):
    """What the board showed of one incident; seconds, None for what it never showed."""

    first: float | None = None
    down: float | None = None
    head: float | None = None
    back: float | None = None


def first_answer(server: Server) -> float:
    """When a server answers again, by our own question in its protocol; monotonic seconds."""
    while not server.answers(0.2):
        time.sleep(0.02)
    return time.monotonic()


async def incident(engine: Engine, id: str, server: Server, how: str) -> Seen:
    """Break one server in one way, mend it, and say what was shown when."""
    seen, began = Seen(), time.monotonic()
    good: float | None = None

    async def mend() -> None:
        nonlocal good
        match how:
            case "SIGSTOP":
                await asyncio.to_thread(server.pause)
                await asyncio.sleep(DOWN_FOR)
                await asyncio.to_thread(server.resume)
            case "stop" | "SIGKILL":
                await asyncio.to_thread(server.kill if how == "SIGKILL" else server.stop)
                await asyncio.sleep(DOWN_FOR)
                await asyncio.to_thread(server.start)
            case _:
                await asyncio.to_thread(server.restart)
        good = await asyncio.to_thread(first_answer, server)

    mending = asyncio.create_task(mend())
    async with asyncio.timeout(DOWN_FOR + GIVE_UP):
        while True:
            snapshot, now = engine.snapshot(), time.monotonic()
            state = next(state for state in snapshot.services if state.service.id == id)
            is_sick = state.status is not Status.UP
            if is_sick and seen.first is None:
                seen.first = now - began
            if state.status is Status.DOWN and seen.down is None:
                seen.down = now - began
            if (
                seen.down is not None
                and seen.head is None
                and snapshot.causes
                and snapshot.causes[0].id == id
            ):
                seen.head = now - began - seen.down
            if good is not None and not is_sick and (seen.first is not None or now - good > 5.0):
                seen.back = max(0.0, now - good) if seen.first is not None else None
                break
            await asyncio.sleep(0.02)
    await mending
    return seen


async def all_up(engine: Engine, count: int) -> None:
    """Wait until all servers that are to be broken are up; RuntimeError says which are not."""
    began = time.monotonic()
    while sick := [state for state in engine.snapshot().services[:count] if state.status is not Status.UP]:
        if time.monotonic() - began > GIVE_UP:
            raise RuntimeError("; ".join(f"{state.service.title}: {state.summary}" for state in sick))
        await asyncio.sleep(0.1)


async def all_incidents(config: Config, servers: dict[str, Server], words: list[str]) -> Iterable[str]:
    """The lines of the table, of the servers and the ways that the words name, of all where they name none."""
    names = [name for name in servers if name in words] or [*servers]
    runs = [how for how in RUNS if how in words] or RUNS
    engine = build(config)
    await engine.start()
    lines = []
    try:
        for id in names:
            server = servers[id]
            for how in runs:
                await all_up(engine, len(servers))
                await asyncio.sleep(5.0)
                engine.key_pressed()
                seen = await incident(engine, id, server, how)
                cells = " | ".join(_cell(value) for value in (seen.first, seen.down, seen.head, seen.back))
                lines.append(f"| {server.name} {how} | {cells} |")
                print(lines[-1], file=sys.stderr, flush=True)
    finally:
        await engine.stop()
    return lines


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def main() -> None:
    """Start the servers, break each of them in each way, and print the table."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        postgres = stack.enter_context(Postgres())
        redis = stack.enter_context(Redis())
        rabbitmq: HttpServer = stack.enter_context(RabbitMQ())
        chromadb = stack.enter_context(ChromaDB())
        consul = stack.enter_context(Consul())
        web = stack.enter_context(NodeExporter())
        assert isinstance(rabbitmq, RabbitMQ)
        path = Path(folder, "incidents.yaml")
        path.write_text(
            CONFIG
            % {
                "postgres": f"{postgres.host}:{postgres.port}",
                "redis": f"{redis.host}:{redis.port}",
                "amqp": f"{rabbitmq.host}:{rabbitmq.amqp_port}",
                "management": rabbitmq.url,
                "chromadb": chromadb.url,
                "consul": consul.url,
                "web": web.target,
            },
            "utf-8",
        )
        config = load(None, path, {**os.environ, "RABBITMQ_PASSWORD": rabbitmq.password or ""})
        servers: dict[str, Server] = {
            "postgres": postgres,
            "redis": redis,
            "rabbitmq": rabbitmq,
            "chromadb": chromadb,
            "consul": consul,
        }
        lines = asyncio.run(all_incidents(config, servers, sys.argv[1:]))
        print("| server | first sign | DOWN | head after DOWN | back after its own first answer |")
        print("|---|--:|--:|--:|--:|")
        print("\n".join(lines))


if __name__ == "__main__":
    main()
