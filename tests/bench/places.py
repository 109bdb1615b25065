"""What it costs to have checks run by workers, and what becomes of a run where they are killed and stopped."""

import asyncio
import tempfile
import time
from pathlib import Path

from sutaz_tui.model import Outcome
from sutaz_tui.wiring.checks import load_checks
from sutaz_tui.wiring.places import Asking
from sutaz_tui.wiring.worker import of_workers
from tests.bench.row import Row
from tests.running import simulated
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.workers.places import Place, places, troubled

JOBS = 254


def workers() -> list[Row]:
    """254 checks by three workers of this machine: in peace, then with one killed, one stopped, the broker restarted."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RabbitMQ() as rabbitmq,
        Redis() as redis,
        simulated() as stack,
        places(rabbitmq, redis, stack, Path(folder)) as every,
    ):
        three = [every.begin(name) for name in ("berlin", "paris", "oslo")]
        for place in three:
            place.said("takes")
        config = every.config()
        assert config.workers is not None
        checks = of_workers(load_checks(config), config.env)[:JOBS]
        asking = Asking(config, config.workers, ("any",), lambda: None)
        before, began = sum(map(_cpu, three)), time.monotonic()
        run = asyncio.run(asking.run(checks, 300))
        peace, used = time.monotonic() - began, sum(map(_cpu, three)) - before
        well = run.count(Outcome.PASS) + run.count(Outcome.SKIP)
        began = time.monotonic()
        run, notes = asyncio.run(troubled(every, checks, three[0], three[1]))
        trouble = time.monotonic() - began
        answered = sum(one.outcome is not Outcome.ERROR for one in run.results)
    twice = ", ".join(notes) or "none ran twice"
    return [
        Row("workers", peace, "s", None, f"{well} of {JOBS} well"),
        Row("workers-cpu", 1000 * used / JOBS, "ms", None, "CPU of the workers a check"),
        Row("workers-lost", JOBS - answered, "", 0, f"of {JOBS}, in {trouble:.0f} s; {twice}"),
    ]


def _cpu(place: Place) -> float:
    fields = Path(f"/proc/{place.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
