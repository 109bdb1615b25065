"""Views ask what their list says and nothing beside it: a tour of all of them, by the stack's and the servers' own word."""

import asyncio
import re
from collections.abc import Callable, Iterator
from functools import partial

import asyncpg
import pytest

from sutaz_tui.config import ServiceConfig, Source, kind_of
from sutaz_tui.config import kinds as k
from sutaz_tui.config.schema import Basic
from sutaz_tui.sources.clients import Clients
from sutaz_tui.tui.screens.service.screen import ServiceScreen
from sutaz_tui.views.registry import BY_ID, VIEWS
from tests.board.test_check_screens import opened
from tests.loopback import configured
from tests.running import Simulated, command, simulated
from tests.servers.consul import Consul
from tests.servers.postgres import Postgres
from tests.servers.prometheus import Prometheus
from tests.servers.rabbitmq import ADMIN, RabbitMQ
from tests.servers.redis import Redis
from tests.servers.waiting import patient
from tests.views.asked import CONNECTING, Asked, allowed, beside, heard, line_to, statement

AT_HOME = {"files", "programs"}
"""What is no server."""
KEYS = {"-": "minus", " ": "space"}
TYPED = {"agents": "go letta"}
"""Where the word is a group's too, `Enter` and `Tab` on a service lead to it."""
LOGGED = re.compile(r"^LOG:  (?:statement|execute [^:]*): (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as made:
        yield made


def test_the_list_has_every_view_and_reads_alone() -> None:
    assert [name for name in allowed() if name != CONNECTING] == [view.id for view in VIEWS]
    for view, kinds in allowed().items():
        for kind, texts in kinds.items():
            if kind not in AT_HOME | {"redis", "postgres"}:
                assert all(text.startswith("GET /") for text in texts), view
            if kind == "postgres" and view != CONNECTING:
                assert all(text.startswith("SELECT ") and ";" not in text for text in texts), view


@pytest.mark.parametrize("view", [view.id for view in VIEWS])
def test_show_asks_what_is_listed(stack: Simulated, view: str) -> None:
    first = next(one.id for one in stack.config.services if BY_ID[view].is_of(kind_of(one)))
    stack.control("POST", "/counts/reset")
    done = command("show", view, "--service", first, "-c", str(stack.demo.path), env=stack.demo.environ)
    asked = heard(stack.control("GET", "/requests"))
    assert done.returncode == 0, done.stderr
    assert beside(view, asked) == []
    # What this machine tells of itself is heard by no server.
    assert asked or set(allowed()[view]) & AT_HOME, "nothing was heard: this could not go red"


async def test_the_board_asks_for_each_view_what_is_listed_beside_what_it_polls(stack: Simulated) -> None:
    async def asked_now() -> list[Asked]:
        return heard(await asyncio.to_thread(stack.control, "GET", "/requests"))

    await asyncio.to_thread(stack.control, "POST", "/counts/reset")
    async with opened(stack, (120, 45)) as keys:
        app = keys.app
        await keys.until(lambda: all(one.asked for one in app.engine.snapshot().services), "all are polled")
        app.engine.ask_all()
        before = {one.service.id: one.asked for one in app.engine.snapshot().services}
        await keys.until(
            lambda: all(one.asked != before[one.service.id] for one in app.engine.snapshot().services),
            "all are polled again",
        )
        polled = {*await asked_now()}
        for view in VIEWS:
            await asyncio.to_thread(stack.control, "POST", "/counts/reset")
            await keys.press(
                "colon", *(KEYS.get(letter, letter) for letter in TYPED.get(view.id, view.id)), "enter"
            )
            if view.id in TYPED:
                await keys.press("enter", "tab")
            screen = app.screen
            assert isinstance(screen, ServiceScreen), f":{view.id} opens {screen}"
            await keys.until(partial(_is_answered, screen), f"{view.id} is answered")
            await keys.press("down", "o", "q")
            asked = [one for one in await asked_now() if one not in polled]
            assert beside(view.id, asked) == [], view.id
            app.to_board()
            await keys.until(lambda: keys.is_on_board, "back on the board")


def _is_answered(screen: ServiceScreen) -> bool:
    query = screen.query_now
    assert query is not None and not query.trouble, query and query.trouble
    return query.answer is not None


def test_a_view_that_asks_something_else_is_found(stack: Simulated) -> None:
    stack.control("POST", "/counts/reset")
    command("show", "routes", "-c", str(stack.demo.path), env=stack.demo.environ)
    asked = heard(stack.control("GET", "/requests"))
    assert beside("routes", asked) == []
    assert beside("upstreams", asked) == [("kong", "GET /routes"), ("kong", "GET /services")]


def test_what_is_beside_the_list_is_found() -> None:
    requests = [
        {"endpoint": "rabbitmq-management", "method": "DELETE", "path": "/api/queues", "query": ""},
        {"endpoint": "rabbitmq-management", "method": "GET", "path": "/api/queues", "query": "page=1"},
    ]
    assert beside("queues", heard(requests)) == [("rabbitmq", "DELETE /api/queues")]
    assert beside("docker-disk", [("docker", "GET /system/df"), ("docker", "GET /containers/a/json")])
    assert not beside("containers", [("docker", "GET /containers/a/json")])
    assert beside("containers", [("docker", "GET /containers/a/b/json")])
    values = {"endpoint": "consul", "method": "GET", "path": "/v1/kv/", "query": "stale=1&recurse="}
    assert beside("catalog", heard([values])) == [("consul", "GET /v1/kv/?recurse")]
    assert not beside("catalog", heard([{**values, "query": "stale=1&keys="}]))
    assert beside("pg-blocking", [("postgres", "select pg_terminate_backend(1)")])
    assert beside("redis-clients", [("redis", "CLIENT KILL ID 3")])


async def rows(view: str, service: ServiceConfig, source: Source | None = None) -> None:
    """Ask twice, as who goes on looking does."""
    clients = Clients(configured(service, sources={"s": source} if source else None))
    try:
        ask = BY_ID[view].asker(service, clients)
        for _ in range(2):
            await ask(patient(10.0))
    finally:
        await clients.aclose()


def views_of_kind(kind: str) -> list[str]:
    return [view.id for view in VIEWS if view.kind == kind]


async def test_a_real_postgresql_logs_no_statement_beside_the_list() -> None:
    with Postgres(
        log_statement="all",
        lc_messages="C",
        log_line_prefix="",
        shared_preload_libraries="pg_stat_statements",
    ) as server:
        connection = await asyncpg.connect(server.url)
        await connection.execute("CREATE EXTENSION pg_stat_statements")
        await connection.close()
        service = k.Postgres(
            id="p",
            title="PostgreSQL",
            address=f"127.0.0.1:{server.port}",
            user=server.user,
            database="jarvis",
        )
        for view in views_of_kind("postgres"):
            before = server.log.stat().st_size
            await rows(view, service)
            said = server.log.read_bytes()[before:].decode()
            asked = [statement(text) for text in LOGGED.findall(said)]
            assert asked, f"{view}: nothing was logged: this could not go red\n{said}"
            assert beside(view, [("postgres", text) for text in asked]) == []


async def tour_by_line(
    kind: str, port: int, of: Callable[[int], tuple[ServiceConfig, Source | None]]
) -> None:
    """Ask a real server for each view of a kind over a line that hears all."""
    for view in views_of_kind(kind):
        async with line_to(port) as line:
            service, source = of(line.port)
            await rows(view, service, source)
            asked = [(kind, one) for one in (line.commands() if kind == "redis" else line.requests())]
        assert asked, f"{view}: nothing was heard: this could not go red"
        assert beside(view, asked) == []


async def test_a_real_redis_hears_no_command_beside_the_list(redis: Redis) -> None:
    def of(port: int) -> tuple[ServiceConfig, None]:
        return k.Redis(id="r", title="Redis", address=f"127.0.0.1:{port}"), None

    await tour_by_line("redis", redis.port, of)


async def test_a_real_rabbitmq_hears_no_request_beside_the_list(rabbitmq: RabbitMQ) -> None:
    def of(port: int) -> tuple[ServiceConfig, Source]:
        address = f"127.0.0.1:{rabbitmq.amqp_port}"
        source = Source(url=f"http://127.0.0.1:{port}", auth=Basic(user=ADMIN, password=ADMIN))
        return k.Rabbitmq(id="q", title="RabbitMQ", address=address, source="s"), source

    await tour_by_line("rabbitmq", rabbitmq.port, of)


async def test_a_real_prometheus_hears_no_request_beside_the_list(prometheus: Prometheus) -> None:
    def of(port: int) -> tuple[ServiceConfig, Source]:
        return k.Prometheus(id="m", title="Prometheus", source="s"), Source(url=f"http://127.0.0.1:{port}")

    await tour_by_line("prometheus", prometheus.port, of)


async def test_a_real_consul_hears_no_request_beside_the_list(consul: Consul) -> None:
    def of(port: int) -> tuple[ServiceConfig, Source]:
        return k.Consul(id="c", title="Consul", source="s"), Source(url=f"http://127.0.0.1:{port}")

    await tour_by_line("consul", consul.port, of)
