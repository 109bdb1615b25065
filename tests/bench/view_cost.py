"""What looking at a view costs the server that is asked: CPU of its own process, a minute."""

import asyncio
import os
import time
from pathlib import Path

import pika

from sutaz_tui.config import Source
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.config.schema import Basic
from sutaz_tui.sources.clients import Clients
from sutaz_tui.views.queues import QUEUES, RARELY
from tests.bench.row import Row
from tests.loopback import configured
from tests.servers.rabbitmq import ADMIN, RabbitMQ

MANY = 10_000
QUIET = 30.0
"""Seconds over which the broker is watched while nobody asks."""
ASKS = 5


def queues() -> list[Row]:
    """RabbitMQ's queues of a real broker that has ten thousand of them."""
    with RabbitMQ() as broker:
        _fill(broker)
        pid = broker.pid
        assert pid is not None
        time.sleep(QUIET / 3)
        before = cpu_of(pid)
        time.sleep(QUIET)
        idle = (cpu_of(pid) - before) / QUIET * 60
        took, cost, told = asyncio.run(_asked(broker, pid))
    words = f"{told}; one question takes {took:.2f} s and {cost:.2f} s of the broker's CPU; idle {idle:.1f} s a minute"
    return [Row("view-queues", cost * 60 / RARELY, "s/min", None, words)]


async def _asked(broker: RabbitMQ, pid: int) -> tuple[float, float, str]:
    """Seconds that one question takes, the broker's CPU for it, and what it brought."""
    service = Rabbitmq(
        id="rabbitmq", title="RabbitMQ", address=f"127.0.0.1:{broker.amqp_port}", source="rabbitmq"
    )
    login = Basic(user=ADMIN, password=ADMIN)
    config = configured(service, sources={"rabbitmq": Source(url=broker.url, auth=login)})
    clients = Clients(config)
    try:
        ask = QUEUES.asker(service, clients)
        rows = await ask(60.0)
        began, before = time.perf_counter(), cpu_of(pid)
        for _ in range(ASKS):
            await ask(60.0)
        took = (time.perf_counter() - began) / ASKS
        await asyncio.sleep(1)
        return took, (cpu_of(pid) - before) / ASKS, f"{len(rows.rows)} of {rows.total} queues shown"
    finally:
        await clients.aclose()


def _fill(broker: RabbitMQ) -> None:
    with pika.BlockingConnection(pika.ConnectionParameters(port=broker.amqp_port)) as connection:
        channel = connection.channel()
        for number in range(MANY):
            channel.queue_declare(f"queue-{number:05}")
        for _ in range(5000):
            channel.basic_publish("", f"queue-{MANY - 1:05}", b"unread")


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
