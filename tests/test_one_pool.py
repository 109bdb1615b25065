"""Engine, checks and logs of one config share their connections: a stack is not opened twice by who looks at it."""

import time
from collections.abc import Iterator

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.model import CheckClass, Outcome
from sutaz_tui.sources.clients import Clients
from sutaz_tui.tui.app import SutazApp
from sutaz_tui.wiring.checks import Checking
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.engine import build
from sutaz_tui.wiring.logs import LogFeeds
from tests.loopback import until
from tests.running import Simulated, Watched, simulated

HOUR = 3600 * 10**9
# Blocking clients have two threads with a connection each, of which a quiet engine needs one; of Prometheus' two one is
# the engine's own HTTP client. Commands to Redis go by a client of their own that keeps two.
MORE = {"consul": 1, "prometheus": 1, "redis": 2}


@pytest.fixture
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


def opened(stack: Simulated) -> dict[str, int]:
    """Open connections by endpoint, as the stack counts them."""
    counted: dict[str, int] = stack.control("GET", "/connections")
    return {name: count for name, count in counted.items() if count}


async def test_a_round_of_checks_and_a_log_open_no_second_connection_to_any_service(stack: Simulated) -> None:
    config = stack.config
    clients = SharedClients(config)
    engine = build(config, clients=clients)
    await engine.start()
    await engine.loaded()
    await Watched(engine).until(lambda now: all(one.asked for one in now.services), "all were asked", 60)
    alone = opened(stack)
    checking, logs = Checking(config, clients=clients), LogFeeds(config, clients=clients)
    run = await checking.run([one for one in registry.load() if one.check_class is CheckClass.READS])
    assert sum(result.outcome is Outcome.PASS for result in run.results) > 250
    now = time.time_ns()
    feeds = [*await logs.feeds(["backend"]), await logs.query('{job=~".+"}')]
    for feed in feeds:
        await feed.page(now - HOUR, now, 20, True)
    # A service may have closed an idle connection before it was counted.
    many = {
        name: (alone.get(name, 0), count)
        for name, count in opened(stack).items()
        if count > max(1, alone.get(name, 0)) + MORE.get(name, 0)
    }
    assert not many, "by the engine alone, and with checks and logs"
    for feed in feeds:
        await feed.aclose()
    await logs.aclose()
    await checking.aclose()
    await engine.stop()
    assert opened(stack), "whoever stops first leaves the others their connections"
    await clients.aclose()
    await until(lambda: not opened(stack))


async def test_a_quit_board_leaves_no_connection_open(stack: Simulated) -> None:
    app = SutazApp(stack.config)
    async with app.run_test(size=(100, 30)):
        await Watched(app.engine).until(lambda now: all(one.asked for one in now.services), "asked", 60)
        made = await app.clients.get()
        assert isinstance(made, Clients)
        assert made is await app.clients.get()
        assert opened(stack)
    await until(lambda: not opened(stack))


def test_without_a_limit_every_service_keeps_a_connection(stack: Simulated) -> None:
    assert stack.config.limits.connections == len(stack.config.services)
