"""What tests of HTTP probes share: a server that answers as told, and one ask of a probe."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

import pytest

from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.model import Answer
from sutaz_tui.sources.event_loop import EventLoop
from tests.loopback import configured, probing
from tests.web import Web, web_server

Ask = Callable[..., Awaitable[Answer]]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What is asked here is asked on the program's own loop: it connects, and hears an end, in its own way."""
    return {"own": EventLoop}


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    """An HTTP server on loopback."""
    async with web_server() as running:
        yield running


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """`await ask(service, *others)`: one ask of the service's probe; asked again with the same service, its kept one."""
    async with AsyncExitStack() as stack:
        probes = {}

        async def once(
            service: ServiceConfig, *others: ServiceConfig, secrets: dict[str, str] | None = None
        ) -> Answer:
            if service.id not in probes:
                config = configured(service, *others, secrets=secrets)
                probes[service.id] = await stack.enter_async_context(probing(config))
                probes[service.id].secrets = config.secrets
            return await probes[service.id].ask()

        yield once
