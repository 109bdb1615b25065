"""What happens between two asks is seen at once: a server that ends our connection is asked again."""

import asyncio
import signal

import pytest

from sutaz_tui.config import Config
from sutaz_tui.model import Status
from tests.probes import test_postgres, test_rabbitmq, test_redis
from tests.running import Simulated, hurried, simulated, watching
from tests.servers.postgres import Postgres
from tests.servers.process import Server
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.waiting import eventually

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


async def test_a_container_that_died_is_seen_at_once_with_the_way_it_ended() -> None:
    with simulated("healthy") as stack:
        config = hurried(stack.config, "docker", "letta", interval=NEVER)
        async with watching(config) as board:
            await board.until(lambda shown: shown.answered_count() == 2, "both have answered")
            await listening(stack)
            stack.fault("letta", "refuse")
            down = await board.until_state("letta", lambda state: state.status is Status.DOWN, "is down")
            await board.until_state(
                "letta",
                lambda state: any(claim.facts.get("exit_code") == 137 for claim in state.claims),
                "is told 137",
            )
            assert down.word == "DOWN"
            stack.fault("letta", None)
            await board.until_state("letta", lambda state: state.status is Status.UP, "is up again")


async def listening(stack: Simulated) -> None:
    """Wait until somebody hears the events of its Docker."""

    def is_heard() -> bool:
        return any(asked["path"].endswith("/events") for asked in stack.control("GET", "/requests"))

    await asyncio.to_thread(eventually, is_heard, "nobody listens")


@pytest.mark.parametrize("refusal", [{"status": 403}, {"status": 404}, {"body": "<html>no</html>"}])
async def test_a_docker_that_tells_no_events_is_no_trouble(refusal: dict[str, object]) -> None:
    with simulated("healthy") as stack:
        patches = [{"endpoint": "docker", "path": "/events", **refusal}]
        stack.control("PUT", "/patches", {"patches": patches})
        config = hurried(stack.config, "docker", interval=1.0)
        async with watching(config) as board:
            await listening(stack)
            first = await board.until_state("docker", lambda state: state.status is Status.UP, "is up")
            later = await board.until_state(
                "docker", lambda state: state.asked != first.asked, "is asked again"
            )
        assert later.status is Status.UP
        asked = [one for one in stack.control("GET", "/requests") if one["path"].endswith("/events")]
        assert len(asked) == 1
