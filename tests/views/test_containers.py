"""The containers of all Dockers as rows: what a real Podman tells of a restart loop, and who is asked for what."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sutaz_tui.config import Config, Source
from sutaz_tui.config.kinds import Cadvisor, Docker, Redis
from sutaz_tui.config.kinds import Container as Entry
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.errors import SourceError
from sutaz_tui.sources.clients import Clients
from sutaz_tui.text.table import TableRow
from sutaz_tui.views.base import Rows
from sutaz_tui.views.container_words import dockers_of, restart_line
from sutaz_tui.views.containers import CONTAINERS, Containers, asker
from sutaz_tui.views.docker_disk import DOCKER_DISK
from sutaz_tui.views.registry import BY_ID, views_of
from sutaz_tui.wiring.logs import LogFeeds
from tests.loopback import configured, until
from tests.probes.docker_engine import LIST, container, page, stats
from tests.servers.podman import Podman
from tests.web import Reply, Web, web_server


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with web_server() as running:
        yield running


def dockers(urls: dict[str, str], *others: ServiceConfig) -> Config:
    entries = [Docker(id=name, title=name, source=name, interval=60.0) for name in urls]
    return configured(*entries, *others, sources={name: Source(url=url) for name, url in urls.items()})


@asynccontextmanager
async def asking(config: Config) -> AsyncIterator[Containers]:
    clients = Clients(config)
    try:
        yield asker(config.services[0], clients)
    finally:
        await clients.aclose()


def named(rows: Rows) -> dict[object, TableRow]:
    return {row.values["name"]: row for row in rows.rows}


async def test_a_restart_loop_in_a_real_engine_stands_first_with_its_restarts_and_how_it_ended(
    podman: Podman,
) -> None:
    podman.run_container(
        "loops", "sleep 0.2; exit 3", "--restart=always", "--env=API_KEY=nobody-may-see-this"
    )
    podman.run_container("works", "while :; do :; done", "--memory=64m")
    podman.run_container("ended", "exit 0")
    async with asking(dockers({"d": f"unix://{podman.socket_path}"})) as ask:
        first = await ask(20.0)
        assert first.again > 0 and {*named(first)} == {"loops", "works", "ended"}
        found = named(first)

        async def is_looping() -> bool:
            nonlocal found
            found = named(await ask(20.0))
            loops, works = found["loops"], found["works"]
            # Where many want the processor, it may have had none of it between two looks.
            has_worked = float(str(works.values.get("cpu", 0.0))) > 1
            has_ended = found["ended"].values["state"] == "exited, exit 0"
            return bool(loops.look and loops.values.get("restarts") and has_worked and has_ended)

        await until(is_looping, within=60.0)
        loops, works = found["loops"], found["works"]
        assert next(iter(found)) == "loops", "trouble first"
        restarts, cpu = loops.values["restarts"], works.values["cpu"]
        assert isinstance(restarts, int) and restarts > 0
        assert isinstance(cpu, float) and 1 < cpu < 1000, "from the files of its cgroup"
        assert works.values["limit"] == 64 * 1024 * 1024 and works.values["memory"]
        assert found["ended"].look == "muted", "an end with exit 0 is none's trouble"
        words = "\n".join(loops.detail)
        assert "API_KEY" in words and "nobody-may-see-this" not in words
        assert loops.copied == f"docker -H unix://{podman.socket_path} restart loops"
        assert loops.log == "container d loops" and not loops.link
        assert loops.is_called("loops") and not loops.is_called("works")


async def test_of_two_dockers_the_one_that_fails_is_told_and_the_rest_is_there(web: Web) -> None:
    web.routes = {LIST: Reply(body=[container("a")])}
    urls = {"here": web.url, "there": "http://127.0.0.1:1"}
    async with asking(dockers(urls)) as ask:
        rows = await ask(2.0)
        assert rows.missing.startswith("there: ") and "on 2 Dockers" in rows.about
        assert [row.values["docker"] for row in rows.rows] == ["here"]
    async with asking(dockers({"there": urls["there"]})) as ask:
        with pytest.raises(SourceError):
            await ask(2.0)


async def test_only_containers_in_view_are_asked_for_more_and_none_at_the_first_look(web: Web) -> None:
    names = [f"c{number}" for number in range(30)]
    web.routes = {
        LIST: Reply(body=[container(name) for name in names]),
        **{f"/containers/id-{name}/json": page() for name in names},
        **{f"/containers/id-{name}/stats": stats(cpu=1.0) for name in names},
    }

    def asked(what: str) -> int:
        return sum(what in line for line in web.asked)

    async with asking(dockers({"d": web.url}, Redis(id="redis", title="Redis", container="c3"))) as ask:
        assert len((await ask(2.0)).rows) == 30
        assert len(web.asked) == 1
        ask.seen = [f"d id-{name}" for name in names[:5]]
        rows = named(await ask(2.0))
        assert asked("/stats") == 5
        assert rows["c3"].link == "redis" == rows["c3"].log and rows["c4"].log == "container d c4"
        await ask(2.0)
        assert asked("/id-c1/json") == 1, "a page that did not change is not asked for again"
        assert asked("/stats") == 10


async def test_where_cadvisor_tells_what_they_use_docker_is_not_asked_for_it(web: Web) -> None:
    id = "ab" * 32
    entry = container("a") | {"Id": id}
    labels = f'id="/system.slice/docker-{id}.scope",name="a"'
    told = "".join(f"{name}{{{labels}}} 5000\n" for name in (
        "container_memory_working_set_bytes", "container_network_receive_bytes_total",
        "container_network_transmit_bytes_total", "container_fs_reads_bytes_total",
    ))  # fmt: skip
    web.routes = {
        LIST: Reply(body=[entry]), f"/containers/{id}/json": page(), "/metrics": Reply(body=told),
    }  # fmt: skip
    config = dockers({"d": web.url}, Cadvisor(id="c", title="cAdvisor", address=web.url))
    async with asking(config) as ask:
        for _ in range(3):
            rows = await ask(2.0)
        assert rows.rows[0].values["memory"] == 5000
        assert not any("/stats" in line for line in web.asked)


async def test_the_log_of_a_container_that_no_service_names_is_read(podman: Podman) -> None:
    podman.run_container("nameless", "echo heard; sleep 60")
    config = dockers({"d": f"unix://{podman.socket_path}"})
    async with asking(config) as ask:
        log = (await ask(20.0)).rows[0].log
    feeds = LogFeeds(config)
    try:
        (feed,) = await feeds.feeds([log])

        async def is_heard() -> bool:
            page = await feed.page(0, time.time_ns() + 10**9, 10, True)
            return any("heard" in line.text for line in page.lines)

        await until(is_heard)
    finally:
        await feeds.aclose()


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("unix:///run/my docker.sock", "docker -H 'unix:///run/my docker.sock' restart 'a;b'"),
        ("ssh://me@far/run/docker.sock", "docker -H ssh://me@far/run/docker.sock restart 'a;b'"),
        ("http://user:pass@far:2375", "docker -H tcp://far:2375 restart 'a;b'"),
        ("https://far:2376", "docker -H tcp://far:2376 --tlsverify restart 'a;b'"),
    ],
)
def test_the_copied_line_names_the_host_is_quoted_and_has_no_login(url: str, line: str) -> None:
    assert restart_line(url, "a;b") == line


def test_it_is_a_view_of_docker_and_of_containers_and_one_for_all() -> None:
    assert CONTAINERS.is_of("docker") and CONTAINERS.is_of("container") and CONTAINERS.is_of_stack


async def test_what_is_on_the_disk_of_a_real_engine_is_told_and_what_nobody_uses(podman: Podman) -> None:
    podman.run_container("keeps", "echo kept > /data/file; sleep 60", "--volume=kept:/data")
    podman.podman("volume", "create", "nobodys")
    try:
        config = dockers({"d": f"unix://{podman.socket_path}"})
        clients = Clients(config)
        try:
            ask = DOCKER_DISK.asker(config.services[0], clients)
            rows = await ask(20.0)
        finally:
            await clients.aclose()
        found = {str(row.values["name"]): row.values for row in rows.rows}
        image = next(row for row in found.values() if row["kind"] == "image")
        assert image["kind"] == "image" and isinstance(image["size"], int) and image["size"] > 100_000
        assert found["kept"]["kind"] == "volume" and found["kept"]["users"] == 1
        assert rows.about.endswith("unused") and rows.order == "largest first"
    finally:
        podman.remove_containers()
        podman.podman("volume", "rm", "--force", "kept", "nobodys")


def test_it_stands_in_no_row_of_views_that_tab_goes_through() -> None:
    assert DOCKER_DISK not in views_of("docker") and BY_ID["docker-disk"] is DOCKER_DISK


def test_a_docker_that_is_no_service_itself_is_asked_for_the_containers_of_some() -> None:
    entry = Entry(id="c", title="C", container="shop-web", docker="far")
    sources = {"far": Source(url="ssh://me@far"), "near": Source(url="unix:///run/docker.sock")}
    config = configured(entry, Docker(id="d", title="Docker", source="near"), sources=sources)
    assert dockers_of(config) == ("near", "far")
