"""A RabbitMQ and a Redis as docs/workers.md sets them up, the simulated stack, and workers of it in several places."""

import asyncio
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.config import Config, load
from sutaz_tui.model import CheckRun
from sutaz_tui.wiring.places import Asking
from tests.running import ROOT, Simulated, environment
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.waiting import patient

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check

PAGE = (ROOT / "docs" / "workers.md").read_text("utf-8")
KEY = "0123456789abcdef-of-tests"
PASSWORD = "pass-of-sutaz"


def set_up(rabbitmq: RabbitMQ, redis: Redis) -> None:
    """Vhost, user and rights by the lines of the page."""
    rights = re.search(r"^rabbitmqctl set_permissions (.*)$", PAGE, re.M)
    assert rights is not None
    _, vhost, user, configure, write, read = shlex.split(rights[1])
    rabbitmq.put(f"/api/vhosts/{vhost}", {})
    rabbitmq.put(f"/api/users/{user}", {"password": PASSWORD, "tags": ""})
    allowed = {"configure": configure, "write": write, "read": read}
    rabbitmq.put(f"/api/permissions/{vhost}/{user}", allowed)
    redis.run("redis-cli", "-p", str(redis.port), "ACL", "SETUSER", *redis_user())


def redis_user() -> list[str]:
    """The user of Redis by the line of the page."""
    acl = re.search(r"^ACL SETUSER (.*)$", PAGE, re.M)
    assert acl is not None
    return acl[1].replace("PASSWORD", PASSWORD).split()


class Place:
    """A worker that runs, and what it printed."""

    def __init__(self, name: str, config: Path, env: dict[str, str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sutaz_tui", "worker", "--from", name, "-c", str(config)],
            cwd=ROOT,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._new = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._new:
                self.lines.append(line.rstrip())
                self._new.notify_all()
        with self._new:
            self.lines.append("")
            self._new.notify_all()

    def said(self, words: str, within: float = 60.0) -> str:
        """The first line with these words; AssertionError where none comes in time, or before it ends."""
        with self._new:
            self._new.wait_for(
                lambda: "" in self.lines or any(words in line for line in self.lines), patient(within)
            )
            found = [line for line in self.lines if words in line]
        assert found, f"{self.name} did not say {words!r}: {self.lines}"
        return found[0]

    def ended(self) -> int:
        """Its exit code, once it has printed all."""
        code = self.process.wait(patient(30.0))
        self._reader.join()
        return code


class Places:
    """What workers need, and the ones that run."""

    def __init__(self, rabbitmq: RabbitMQ, redis: Redis, stack: Simulated, folder: Path) -> None:
        set_up(rabbitmq, redis)
        self.rabbitmq = rabbitmq
        self.redis = redis
        self.stack = stack
        self.env = {**stack.demo.environ, "BROKER_PASSWORD": PASSWORD, "WORKER_KEY": KEY}
        self.text = Path(stack.demo.path).read_text("utf-8")
        self.path = self.written(folder / "places.yaml")
        self._running: list[Place] = []

    def written(
        self, path: Path, more: str = "", *, broker: str = "", results: str = "", stack: str = ""
    ) -> Path:
        """A config of the stack with `workers`."""
        results = results or f"redis://sutaz:${{BROKER_PASSWORD}}@127.0.0.1:{self.redis.port}"
        broker = broker or f"amqp://sutaz:${{BROKER_PASSWORD}}@127.0.0.1:{self.rabbitmq.amqp_port}"
        lines = (
            f"  broker: {broker}",
            f"  results: {results}",
            "  key: ${WORKER_KEY}",
            "  deadline: 300",
            "  vantages: [berlin, paris, oslo]",
        )
        path.write_text("\n".join([stack or self.text, "workers:", *lines, more, ""]), "utf-8")
        return path

    def config(self, path: Path | None = None) -> Config:
        """One of its configs, read."""
        return load(None, path or self.path, self.env)

    def begin(self, name: str, config: Path | None = None) -> Place:
        """A worker in a place, which does not yet take jobs."""
        self._running.append(Place(name, config or self.path, self.env))
        return self._running[-1]

    def close(self) -> None:
        """End all workers."""
        for place in self._running:
            place.process.kill()
            place.ended()


async def troubled(
    every: Places, checks: "list[Check]", killed: Place, stopped: Place
) -> tuple[CheckRun, list[str]]:
    """One run of checks, wherever there is a worker: one is killed, one stopped, the broker restarts meanwhile; its notes."""
    config = every.config()
    assert config.workers is not None
    came, moved = 0, asyncio.Event()

    def step() -> None:
        nonlocal came
        came += 1
        moved.set()

    async def until(count: int) -> None:
        while came < count:
            moved.clear()
            await moved.wait()

    async def trouble() -> None:
        await until(30)
        killed.process.kill()
        await until(60)
        stopped.process.send_signal(signal.SIGSTOP)
        await until(80)
        await asyncio.to_thread(every.rabbitmq.restart)

    asking = Asking(config, config.workers, ("any",), step)
    troubling = asyncio.create_task(trouble())
    run = await asking.run(checks, patient(120))
    await troubling
    assert came == len(checks)
    return run, asking.notes


@contextmanager
def places(rabbitmq: RabbitMQ, redis: Redis, stack: Simulated, folder: Path) -> Iterator[Places]:
    """Places, whose workers are ended."""
    made = Places(rabbitmq, redis, stack, folder)
    try:
        yield made
    finally:
        made.close()
        rabbitmq.drop("sutaz")
