"""`address: docker://NAME:PORT`: dialled where Docker says that the container is, on the program's own event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sutaz_tui.config import Config, as_service, load
from sutaz_tui.errors import ConfigError
from sutaz_tui.model import Reading, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.sources.event_loop import EventLoop
from tests.loopback import probing, reading, until
from tests.servers.podman import Podman
from tests.servers.postgres import Postgres
from tests.servers.process import ServerFailed
from tests.servers.redis import Redis
from tests.web import Reply, Web, web_server

PAGE = "/containers/shop-web/json"


def page(address: str = "", gateway: str = "127.0.0.1", mode: str = "shop_default", **more: object) -> Reply:
    networks = {"shop_default": {"IPAddress": address, "Gateway": gateway, "IPPrefixLen": 16}}
    return Reply(
        body={
            "Id": "f" * 64,
            "Name": "/shop-web",
            "State": {"Status": "running"},
            "HostConfig": {"NetworkMode": mode},
            "NetworkSettings": {"Networks": networks if address else {}, "Ports": {}},
        }
        | more
    )


def config_of(tmp_path: Path, docker: str, address: str, more: str = "kind: http") -> Config:
    path = tmp_path / "shop.yaml"
    path.write_text(
        f"sources: {{d: {{url: '{docker}'}}}}\nservices:\n  - {{id: docker, kind: docker, source: d}}\n"
        f"  - {{id: web, title: Web, address: '{address}', {more}}}\n"
    )
    return load(None, path, {})


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await main()

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        runner.run(whole())


async def read(config: Config) -> Reading:
    async with probing(config, "web") as probe:
        return await reading(probe)


def answering(docker: Web, page: Reply, **info: object) -> None:
    docker.routes = {"/info": Reply(body=info), PAGE: page}


def test_a_container_is_asked_at_its_own_address_and_at_the_next_where_it_moved(tmp_path: Path) -> None:
    async def main() -> None:
        async with web_server() as docker, web_server(host="127.7.0.2") as first:
            first.routes = {"/health": Reply(body="first")}
            answering(docker, page("127.7.0.2"))
            config = config_of(tmp_path, docker.url, f"docker://shop-web:{first.port}/health")
            async with (
                web_server(host="127.7.0.3", port=first.port) as second,
                probing(config, "web") as probe,
            ):
                second.routes = {"/health": Reply(body="second one")}
                found = await reading(probe)
                assert (found.status, found.summary) == (Status.UP, "200, 5 B")
                assert f"http://127.7.0.2:{first.port}/health" in found.steps[-1].reproduce
                assert first.headers[-1]["host"] == f"shop-web:{first.port}"
                answering(docker, page("127.7.0.3"))
                first.answers(behave="reset")
                await until(lambda: moved(probe))

    async def moved(probe: Probe) -> bool:
        return (await reading(probe)).summary == "200, 10 B"

    run(main)


def test_a_port_inside_docker_is_dialled_too(tmp_path: Path) -> None:
    async def main() -> None:
        async with web_server() as docker, web_server(host="127.7.0.2") as web:
            answering(docker, page("127.7.0.2"))
            config = config_of(tmp_path, docker.url, f"docker://shop-web:{web.port}", "kind: tcp")
            found = await read(config)
            assert (found.status, web.connections) == (Status.UP, 1)
            assert as_service(config.service("web"), config).address == f"docker://shop-web:{web.port}"
            assert config.service("web").container == "shop-web", "Docker's word on it is heard"

    run(main)


@pytest.mark.parametrize(
    ("told", "info", "status", "words"),
    [
        (page("10.99.0.2", "10.99.0.1"), {}, Status.UNKNOWN, "none of its networks is a bridge of this host"),
        (page(), {}, Status.UNKNOWN, 'publish it in its compose file (ports: ["127.0.0.1:8000:8000"])'),
        (
            page("127.7.0.2"),
            {"SecurityOptions": ["name=seccomp,profile=builtin", "name=rootless"]},
            Status.UNKNOWN,
            "no way to shop-web: Docker runs rootless; publish it",
        ),
        (page("127.7.0.2"), {"OperatingSystem": "Docker Desktop"}, Status.UNKNOWN, "a machine of its own"),
        (Reply(404, {"message": "no"}), {}, Status.DOWN, "Docker has no container shop-web"),
        (page("127.7.0.2", State={"Status": "exited"}), {}, Status.DOWN, "its container shop-web is exited"),
        (page("127.7.0.2", Name="/other"), {}, Status.DOWN, "Docker has no container shop-web"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "tcp", "redis", "postgres"])
def test_where_there_is_no_way_to_a_container_it_is_said_why(
    tmp_path: Path, told: Reply, info: dict[str, object], status: Status, words: str, kind: str
) -> None:
    async def main() -> None:
        async with web_server() as docker:
            answering(docker, told, **info)
            found = await read(config_of(tmp_path, docker.url, "docker://shop-web:8000", f"kind: {kind}"))
            assert (found.status, words in found.summary) == (status, True), found.summary

    run(main)


def test_where_docker_publishes_it_that_address_is_named(tmp_path: Path) -> None:
    async def main() -> None:
        async with web_server() as docker:
            published = {"8000/tcp": [{"HostIp": "0.0.0.0", "HostPort": "11403"}]}
            told = page("10.99.0.2", "10.99.0.1")
            told.body["NetworkSettings"]["Ports"] = published
            answering(docker, told)
            found = await read(config_of(tmp_path, docker.url, "docker://shop-web:8000/health"))
            assert "write 127.0.0.1:11403, where Docker publishes it" in found.summary

    run(main)


def test_a_container_on_its_hosts_network_is_asked_there_and_one_in_anothers_at_that_ones_address(
    tmp_path: Path,
) -> None:
    async def main() -> None:
        async with web_server() as docker, web_server() as host, web_server(host="127.7.0.4") as other:
            for web, told in ((host, page(mode="host")), (other, page(mode=f"container:{'e' * 64}"))):
                web.answers(body="well")
                answering(docker, told)
                vpn = page("127.7.0.4", Id="e" * 64, Name="/vpn")
                docker.routes[f"/containers/{'e' * 64}/json"] = vpn
                found = await read(config_of(tmp_path, docker.url, f"docker://shop-web:{web.port}/"))
                assert found.status is Status.UP, found.summary

    run(main)


def test_a_docker_that_does_not_answer_says_nothing_of_the_service(tmp_path: Path) -> None:
    async def main() -> None:
        async with web_server() as docker:
            url = docker.url
        found = await read(config_of(tmp_path, url, "docker://shop-web:8000"))
        assert (found.status, "where shop-web is cannot be asked: Docker:" in found.summary) == (
            Status.UNKNOWN,
            True,
        )

    run(main)


@pytest.mark.parametrize(
    ("address", "more", "words"),
    [
        ("docker://shop-web", "kind: http", "expected docker://CONTAINER:PORT/path"),
        ("docker://shop-web:80/x", "kind: tcp", "expected docker://CONTAINER:PORT, the port inside"),
        ("docker://shop-web:99999", "kind: tcp", "expected a port from 1 to 65535"),
        ("docker://-x:80", "kind: tcp", "expected docker://CONTAINER:PORT"),
        (
            "docker://shop-web:80",
            "kind: tcp, docker: e",
            'found "e", expected the source of a service of kind docker',
        ),
    ],
)
def test_an_address_inside_docker_at_fault_is_told(
    tmp_path: Path, address: str, more: str, words: str
) -> None:
    with pytest.raises(ConfigError) as error:
        config_of(tmp_path, "http://127.0.0.1:1", address, more)
    assert words in str(error.value)


async def test_a_container_of_a_real_podman_is_asked_inside_its_network(
    podman: Podman, tmp_path: Path
) -> None:
    serve = "while true; do echo -e 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nwell' | /bin/busybox nc -l -p 8000; done"
    try:
        await asyncio.to_thread(podman.run_container, "shop-web", serve, "--network=bridge")
    except ServerFailed as error:
        pytest.skip(f"no bridge networks here: {error}")
    config = config_of(tmp_path, f"unix://{podman.socket_path}", "docker://shop-web:8000/")

    def main() -> Reading:
        with asyncio.Runner(loop_factory=EventLoop) as runner:
            return runner.run(read(config))

    found = await asyncio.to_thread(main)
    assert found.status is Status.UP, found.summary


async def test_real_servers_of_other_protocols_are_asked_inside_docker(
    redis: Redis, postgres: Postgres, tmp_path: Path
) -> None:
    """Each client connects by itself: all of them find the container."""

    async def main() -> None:
        async with web_server() as docker:
            for server, kind in ((redis, "redis"), (postgres, f"postgres, user: {postgres.user}")):
                answering(docker, page("127.0.0.1"))
                config = config_of(tmp_path, docker.url, f"docker://shop-web:{server.port}", f"kind: {kind}")
                found = await read(config)
                assert found.status in (Status.UP, Status.DEGRADED), found.summary
                assert PAGE in " ".join(docker.asked)
                docker.asked.clear()

    await asyncio.to_thread(run, main)


def test_other_ports_of_a_service_may_be_inside_docker_too(tmp_path: Path) -> None:
    more = "kind: neo4j, bolt: 'docker://shop-web:7687'"
    config = config_of(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:7474", more)
    assert config.service("web").bolt == "shop-web.d.docker:7687"  # type: ignore[attr-defined]
    assert config.inside == {"shop-web.d.docker": ("d", "shop-web")}
    with pytest.raises(ConfigError, match=r"bolt: found .*expected docker://CONTAINER:PORT"):
        config_of(
            tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:7474", "kind: neo4j, bolt: 'docker://shop-web'"
        )
