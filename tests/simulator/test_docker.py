"""The simulated Docker daemon, asked by httpx2 over its unix socket."""

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sutaz_tui.config.kinds import Container, Docker
from sutaz_tui.config.schema import Source
from sutaz_tui.model import Status
from sutaz_tui.simulator import asgi, docker
from sutaz_tui.simulator.faults import Fault
from sutaz_tui.simulator.monitoring import cadvisor_metrics
from sutaz_tui.simulator.scenarios import changed
from sutaz_tui.simulator.world import World
from sutaz_tui.sources.docker_usage import from_cadvisor, from_stats
from tests.loopback import configured, probing, reading
from tests.servers.waiting import patient

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def serving(world: World, folder: Path) -> AsyncIterator[httpx2.AsyncClient]:
    root = asgi.Root(world)
    root.apps["docker"] = docker.app(world)
    path = str(folder / "docker.sock")
    server = await asyncio.get_running_loop().create_unix_server(asgi.protocols(root)("docker", "", 75), path)
    transport = httpx2.AsyncHTTPTransport(uds=path)
    try:
        async with httpx2.AsyncClient(transport=transport, base_url="http://docker", timeout=5) as client:
            yield client
    finally:
        server.close()


async def asked(client: httpx2.AsyncClient, path: str, **query: str) -> Any:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def frames(body: bytes) -> list[tuple[int, str]]:
    """Docker's multiplexed log as (stream number, line)."""
    found = []
    while body:
        stream, length = struct.unpack("!BxxxI", body[:8])
        found.append((stream, body[8 : 8 + length].decode()))
        body = body[8 + length :]
    return found


async def test_the_daemon_names_itself(tmp_path: Path) -> None:
    async with serving(World("healthy"), tmp_path) as client:
        ping = await client.get("/_ping")
        assert (ping.text, ping.headers["api-version"]) == ("OK", "1.41")
        assert (await asked(client, "/v1.41/version"))["ApiVersion"] == "1.41"
        info = await asked(client, "/info")
        assert info["Containers"] == info["ContainersRunning"] == len(await asked(client, "/containers/json"))
        missing = await client.get("/v1.41/nothing")
        assert (missing.status_code, missing.json()) == (404, {"message": "page not found"})


@pytest.mark.parametrize("prefix", ["", "/v1.41"])
async def test_every_container_of_a_healthy_stack_runs(tmp_path: Path, prefix: str) -> None:
    async with serving(World("healthy"), tmp_path) as client:
        listed = await asked(client, f"{prefix}/containers/json", all="1")
        names = {name.lstrip("/") for one in listed for name in one["Names"]}
        assert {"sutazai-postgres", "sutazai-letta", "sutazai-jarvis-frontend", "sutazai-promtail"} <= names
        assert {one["State"] for one in listed} == {"running"}
        assert all(one["Status"].startswith("Up 3 days") for one in listed)
        redis = await asked(client, f"{prefix}/containers/sutazai-redis/json")
        assert redis["HostConfig"]["Memory"] == 128 * 1024 * 1024
        assert redis["State"]["Health"]["Status"] == "healthy"
        assert (redis["RestartCount"], redis["State"]["ExitCode"], redis["State"]["OOMKilled"]) == (
            0,
            0,
            False,
        )
        assert redis["Config"]["Image"] == "redis:7-alpine"
        assert redis == await asked(client, f"{prefix}/containers/{redis['Id'][:12]}/json")
        chroma = await asked(client, f"{prefix}/containers/sutazai-chromadb/json")
        assert "Health" not in chroma["State"]


async def test_the_list_is_filtered_by_name_and_by_the_labels_of_its_projects(tmp_path: Path) -> None:
    async with serving(World("healthy"), tmp_path) as client:
        compose = "com.docker.compose"
        for filters, names in (
            ({"name": ["^/?sutazai\\-redis$"]}, ["/sutazai-redis"]),
            ({"label": [f"{compose}.project=agents", f"{compose}.service=letta"]}, ["/sutazai-letta"]),
            ({"label": [f"{compose}.project=mcp-bridge"]}, ["/sutazai-mcp-bridge"]),
            ({"label": [f"{compose}.project=sutazaiapp", f"{compose}.service=letta"]}, []),
            ({"label": [f"{compose}.project=shop"]}, []),
        ):
            found = await asked(client, "/containers/json", filters=json.dumps(filters))
            assert [name for one in found for name in one["Names"]] == names
        wrong = await client.get("/containers/json", params={"filters": '{"names": ["a"]}'})
        assert (wrong.status_code, wrong.json()) == (400, {"message": "invalid filter 'names'"})


async def test_containers_say_what_compose_made_them_of(tmp_path: Path) -> None:
    world = World("healthy")
    world.addresses["kong-admin"] = ("127.0.0.1", 40_123)
    async with serving(world, tmp_path) as client:
        listed = {one["Names"][0]: one for one in await asked(client, "/containers/json", all="1")}
        kong = listed["/sutazai-kong"]
        labels = {key.rpartition("compose.")[2]: value for key, value in kong["Labels"].items()}
        assert labels["depends_on"] == "postgres:service_healthy:false"
        assert (labels["project"], listed["/sutazai-letta"]["Labels"]["com.docker.compose.project"]) == (
            "sutazaiapp",
            "agents",
        )
        assert labels["project.config_files"].endswith("/docker-compose-core.yml")
        ports = {(one["PrivatePort"], one.get("PublicPort")) for one in kong["Ports"]}
        assert ports == {(8000, 10008), (8001, 40_123), (8443, None)}
        page = await asked(client, "/containers/sutazai-kong/json")
        joined = page["NetworkSettings"]["Networks"]["sutazaiapp_sutazai-network"]
        assert joined["IPAddress"].startswith("172.20.0.") and "kong" in joined["Aliases"]
        assert page["NetworkSettings"]["Ports"]["8001/tcp"][0]["HostPort"] == "40123"
        assert page["Config"]["Healthcheck"]["Test"] == ["CMD", "kong", "health"]
        assert page["State"]["Health"]["Log"][-1]["Output"] == "ok\n"
        world.faults.set("kong-admin", Fault("refuse"))
        [ended] = await asked(client, "/containers/json", all="1", filters='{"name": ["kong"]}')
        assert (ended["Ports"], ended["NetworkSettings"]["Networks"].popitem()[1]["IPAddress"]) == ([], "")
        image = await asked(client, f"/images/{kong['ImageID']}/json")
        assert image["RepoTags"] == ["kong:3.9"] and image["Created"] < page["Created"]


async def test_rows_of_containers_on_the_simulated_docker(tmp_path: Path) -> None:
    world = World("healthy")
    world.traits = changed(world.traits, {"unhealthy_containers": ["sutazai-kong"]})
    entries = [
        Container(id="redis", title="Redis", container="sutazai-redis"),
        Container(id="portainer", title="Portainer", container="portainer"),
        Container(id="letta", title="Letta", project="agents", service="letta"),
        Container(id="kong", title="Kong", project="sutazaiapp", service="kong"),
        Container(id="postgre", title="PostgreSQL", project="sutazaiapp", service="postgre"),
    ]
    async with serving(world, tmp_path):
        source = Source(url=f"unix://{tmp_path}/docker.sock")
        config = configured(*entries, Docker(id="docker", source="d"), sources={"d": source})
        found = {}
        for entry in entries:
            async with probing(config, entry.id) as probe:
                found[entry.id] = await reading(probe)
    assert (found["redis"].status, found["redis"].word) == (Status.UP, "")
    assert (found["portainer"].status, found["portainer"].word) == (Status.UP, "running")
    assert found["letta"].status is Status.UP
    assert found["kong"].status is Status.DOWN
    assert "its health check says: curl: (7) Failed to connect" in found["kong"].summary
    assert "nearest: postgres" in found["postgre"].summary


async def test_a_container_that_is_not_there(tmp_path: Path) -> None:
    async with serving(World("report"), tmp_path) as client:
        for path in ("json", "stats?stream=false", "logs?stdout=1"):
            answer = await client.get(f"/containers/sutazai-alertmanager/{path}")
            assert answer.status_code == 404
            assert answer.json() == {"message": "No such container: sutazai-alertmanager"}


async def test_a_refusing_service_is_an_ended_container_that_comes_back_restarted(tmp_path: Path) -> None:
    clock = [1_700_000_000.0]
    world = World("healthy", wall=lambda: clock[0])
    async with serving(world, tmp_path) as client:
        before = await asked(client, "/containers/sutazai-postgres/json")
        world.faults.set("postgres", Fault("refuse"))
        clock[0] += 60
        gone = await asked(client, "/containers/sutazai-postgres/json")
        assert (gone["State"]["Status"], gone["State"]["ExitCode"]) == ("exited", 137)
        assert gone["State"]["FinishedAt"] == "2023-11-14T22:13:20.000000000Z"
        assert gone["State"]["OOMKilled"] is False
        running = await asked(client, "/containers/json")
        everything = await asked(client, "/containers/json", all="true")
        (ended,) = [one for one in everything if one["State"] == "exited"]
        assert ended["Status"] == "Exited (137) About a minute ago"
        assert len(running) == len(everything) - 1
        world.faults.set("postgres", None)
        back = await asked(client, "/containers/sutazai-postgres/json")
    assert back["State"]["Status"] == "running"
    assert back["RestartCount"] == before["RestartCount"] + 1
    assert back["State"]["StartedAt"] > before["State"]["StartedAt"]


async def test_traits_show(tmp_path: Path) -> None:
    world = World("healthy")
    traits = {
        "restarting_containers": ["sutazai-letta"],
        "oom_killed_containers": ["backend"],
        "unhealthy_containers": ["sutazai-kong"],
    }
    world.traits = changed(world.traits, traits)
    world.faults.set("consul", Fault("hang"))
    async with serving(world, tmp_path) as client:
        letta = await asked(client, "/containers/sutazai-letta/json")
        assert (letta["State"]["Status"], letta["RestartCount"] >= 3) == ("restarting", True)
        backend = await asked(client, "/containers/sutazai-backend/json")
        assert backend["State"]["OOMKilled"] is True
        assert backend["RestartCount"] == 1
        for name in ("sutazai-kong", "sutazai-consul"):
            assert (await asked(client, f"/containers/{name}/json"))["State"]["Health"][
                "Status"
            ] == "unhealthy"


async def test_stats_stay_below_the_limit_and_move(tmp_path: Path) -> None:
    seconds = [0.0]
    world = World("healthy", monotonic=lambda: seconds[0])
    async with serving(world, tmp_path) as client:
        query = {"stream": "false", "one-shot": "true"}
        first = await asked(client, "/v1.41/containers/sutazai-backend/stats", **query)
        seconds[0] = 10.0
        second = await asked(client, "/v1.41/containers/sutazai-backend/stats", **query)
        world.faults.set("backend", Fault("refuse"))
        ended = await asked(client, "/v1.41/containers/sutazai-backend/stats", **query)
    assert first["memory_stats"]["limit"] == 2048 * 1024 * 1024
    for sample in (first, second):
        used = sample["memory_stats"]["usage"] - sample["memory_stats"]["stats"]["inactive_file"]
        assert 0.2 < used / sample["memory_stats"]["limit"] < 0.9
    assert first["memory_stats"] != second["memory_stats"]
    used, passed = (
        second["cpu_stats"]["cpu_usage"]["total_usage"] - first["cpu_stats"]["cpu_usage"]["total_usage"],
        second["cpu_stats"]["system_cpu_usage"] - first["cpu_stats"]["system_cpu_usage"],
    )
    assert 0 < used < passed
    assert ended["memory_stats"] == {}


async def test_cadvisor_tells_of_each_container_what_docker_tells(tmp_path: Path) -> None:
    world = World("healthy", monotonic=lambda: 42.0)
    told = {}
    async with serving(world, tmp_path) as client:
        for entry in await asked(client, "/v1.41/containers/json"):
            sample = await asked(
                client, f"/v1.41/containers/{entry['Id']}/stats", stream="false", **{"one-shot": "true"}
            )
            told[entry["Id"]] = from_stats(sample)
    samples = [sample for family in cadvisor_metrics(world) for sample in family.samples]
    assert len(told) > 20 and from_cadvisor(samples) == told


async def test_logs_come_in_frames_and_can_be_followed(tmp_path: Path) -> None:
    world = World("healthy")
    start = world.epoch()
    for number in range(5):
        world.logs.container("sutazai-letta", f"line {number}", at=start + number / 10)
    world.logs.container("sutazai-letta", "oh no", "stderr", at=start + 1)
    world.logs.container("sutazai-aider", "another's", at=start)
    async with serving(world, tmp_path) as client:
        path = "/containers/sutazai-letta/logs"
        everything = await client.get(path, params={"stdout": "1", "stderr": "1"})
        assert frames(everything.content) == [(1, f"line {number}\n") for number in range(5)] + [
            (2, "oh no\n")
        ]
        last = await client.get(path, params={"stdout": "1", "tail": "2", "timestamps": "1"})
        assert [line.split(" ", 1)[1] for _, line in frames(last.content)] == ["line 3\n", "line 4\n"]
        assert frames(last.content)[0][1].startswith("20")
        late = await client.get(path, params={"stderr": "1", "since": str(start + 0.95)})
        assert frames(late.content) == [(2, "oh no\n")]
        assert (await client.get(path)).status_code == 400
        query = {"stdout": "1", "follow": "1", "tail": "1"}
        async with client.stream("GET", path, params=query) as following, asyncio.timeout(patient(5)):
            parts = following.aiter_raw()
            assert frames(await anext(parts)) == [(1, "line 4\n")]
            world.logs.container("sutazai-letta", "fresh", at=start + 2)
            assert frames(await anext(parts)) == [(1, "fresh\n")]


async def test_the_last_lines_are_taken_before_a_span_cuts_them(tmp_path: Path) -> None:
    world = World("healthy")
    for number in range(10):
        world.logs.container("sutazai-letta", f"line {number}", at=1_700_000_000 + number)
    async with serving(world, tmp_path) as client:

        async def lines(**query: str) -> list[str]:
            answer = await client.get("/containers/sutazai-letta/logs", params={"stdout": "1", **query})
            return [text.rstrip("\n") for _, text in frames(answer.content)]

        assert await lines(until="1700000002.000000000") == ["line 0", "line 1", "line 2"]
        assert await lines(until="1700000001.999999999") == ["line 0", "line 1"]
        assert await lines(since="1700000008.000000001", until="0") == ["line 9"]
        assert await lines(tail="3", until="1700000008") == ["line 7", "line 8"]
        assert await lines(tail="3", since="1700000009") == ["line 9"]
        assert await lines(tail="0") == []


async def test_a_terminal_has_no_frames_and_a_container_may_keep_no_log(tmp_path: Path) -> None:
    world = World("healthy")
    world.traits = changed(
        world.traits, {"tty_containers": ["sutazai-letta"], "unlogged_containers": ["sutazai-aider"]}
    )
    world.logs.container("sutazai-letta", "hello", at=1_700_000_000)
    async with serving(world, tmp_path) as client:
        query = {"stdout": "1", "timestamps": "1"}
        answer = await client.get("/containers/sutazai-letta/logs", params=query)
        assert answer.content == b"2023-11-14T22:13:20.000000000Z hello\r\n"
        assert (await asked(client, "/containers/sutazai-letta/json"))["Config"]["Tty"] is True
        assert (await asked(client, "/containers/sutazai-aider/json"))["HostConfig"]["LogConfig"][
            "Type"
        ] == "none"
        refused = await client.get("/containers/sutazai-aider/logs", params=query)
        assert refused.status_code == 501
        assert refused.json() == {"message": "configured logging driver does not support reading"}


async def test_a_followed_log_ends_with_its_container_and_outlives_the_log_store(tmp_path: Path) -> None:
    world = World("healthy")
    world.logs.container("sutazai-letta", "one", at=world.epoch())
    world.logs.muted = True
    world.logs.container("sutazai-letta", "two, while Loki is away", at=world.epoch())
    async with serving(world, tmp_path) as client:
        path, query = "/containers/sutazai-letta/logs", {"stdout": "1", "follow": "1"}
        async with client.stream("GET", path, params=query) as following, asyncio.timeout(patient(5)):
            parts = following.aiter_raw()
            assert [text for _, text in frames(await anext(parts))] == ["one\n", "two, while Loki is away\n"]
            world.faults.set("letta", Fault("refuse"))
            rest = b"".join([part async for part in parts])
        again = await client.get(path, params=query)
    assert all(stream == 1 for stream, _ in frames(rest))
    assert frames(again.content)[:1] == [(1, "one\n")]


async def test_events_tell_of_an_end_and_a_start(tmp_path: Path) -> None:
    world = World("healthy")
    world.traits = changed(world.traits, {"oom_killed_containers": ["redis"]})
    async with serving(world, tmp_path) as client:
        wanted = json.dumps({"type": ["container"], "event": ["die", "start", "oom", "health_status"]})
        async with (
            client.stream("GET", "/v1.41/events", params={"filters": wanted, "since": "0"}) as stream,
            asyncio.timeout(patient(10)),
        ):
            lines = stream.aiter_lines()
            world.faults.set("redis", Fault("refuse"))
            oom, died = json.loads(await anext(lines)), json.loads(await anext(lines))
            world.faults.set("redis", None)
            started, healthy = json.loads(await anext(lines)), json.loads(await anext(lines))
    assert healthy["Action"] == "health_status: healthy"
    assert [event["Action"] for event in (oom, died, started)] == ["oom", "die", "start"]
    assert died["Actor"]["Attributes"]["exitCode"] == "137"
    assert {event["Actor"]["Attributes"]["name"] for event in (oom, died, started)} == {"sutazai-redis"}
