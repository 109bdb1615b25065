"""What happens between two asks is seen at once: a server that ends our connection is asked again."""

import asyncio
import signal

import pytest

from sutaz_tui.config import Config
from sutaz_tui.model import Status
from tests.probes import test_postgres, test_rabbitmq, test_redis
from tests.running import hurried, watching
from tests.servers.postgres import Postgres
from tests.servers.process import Server
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis

# Longer than any test waits: who is asked sooner is asked because something happened.
NEVER = 3600.0


@pytest.fixture(params=["redis", "locked_redis", "postgres", "rabbitmq"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(str(request.param).replace("postgres", "locked_postgres"))
    return found


def config_of(server: Server) -> Config:
    match server:
        case Redis():
            made = test_redis.of(server, server.password or "")
        case Postgres():
            made = test_postgres.of(server, server.password or "")
        case RabbitMQ():
            made = test_rabbitmq.of(server, server.password)
        case _:
            raise AssertionError(server)
    return hurried(made, interval=NEVER)


async def test_a_server_that_was_killed_is_down_at_once_and_not_after_its_interval(server: Server) -> None:
    config = config_of(server)
    id = config.services[0].id
    async with watching(config) as board:
        await board.until_state(id, lambda state: state.status is Status.UP, "is up")
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        down = await board.until_state(id, lambda state: state.status is Status.DOWN, "is down")
        await asyncio.to_thread(server.start)
        up = await board.until_state(id, lambda state: state.status is Status.UP, "is up again", 60.0)
    assert down.asked is not None
    assert [change.after for change in up.history if change.after] == [Status.DOWN, Status.UP]
