"""Measured process: one round over many servers a question, as our `http` probe or as bare httpx2 requests."""

import asyncio
import ssl
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx2

from sutaz_tui.config import Config, load
from sutaz_tui.config.kinds import Http
from sutaz_tui.model import Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.probes.http import build
from sutaz_tui.sources.clients import Clients
from tests.bench import child

AT_ONCE = 64
"""Questions under way at once: the default of `limits.asks`."""

Ask = Callable[[], Awaitable[None]]


def services(urls: Sequence[str], interval: float) -> Config:
    """A config of one `http` service a URL."""
    head = f"limits: {{connections: {len(urls)}, asks: {AT_ONCE}}}\ngroups: [{{id: web}}]\nservices:\n"
    lines = [
        f"  - {{id: web-{number}, kind: http, group: web, address: '{url}', interval: {interval}, timeout: 5}}\n"
        for number, url in enumerate(urls)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "many.yaml")
        path.write_text(head + "".join(lines), "utf-8")
        return load(None, path, {})


def _probe(probe: Probe) -> Ask:
    async def ask() -> None:
        answer = await probe.ask()
        assert answer.readings[0].status is Status.UP, answer.readings[0]

    return ask


def _bare(url: str, context: ssl.SSLContext) -> Ask:
    client = httpx2.AsyncClient(verify=context, trust_env=False)

    async def ask() -> None:
        response = await client.get(url)
        assert response.status_code == 200 and response.content

    return ask


def asks(case: str, urls: Sequence[str]) -> list[Ask]:
    """One question a URL, each on a pool of its own."""
    if case == "bare":
        context = ssl.create_default_context()
        return [_bare(url, context) for url in urls]
    config = services(urls, 15)
    clients, directory = Clients(config), Directory(config)
    http = [service for service in config.services if isinstance(service, Http)]
    return [_probe(build(service, clients, directory)) for service in http]


async def one_round(questions: list[Ask]) -> float:
    """Seconds of CPU a question."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def ask(question: Ask) -> None:
        async with slots:
            await question()

    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for question in questions:
            group.create_task(ask(question))
    return (time.process_time() - before) / len(questions)


if __name__ == "__main__":
    case, urls = child.order()
    questions = asks(case, urls)
    with asyncio.Runner() as runner:
        child.answer(lambda _: runner.run(one_round(questions)))
