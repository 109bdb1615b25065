"""The `consul` and `consul-service` kinds: recorded answers, a real agent, and ports that are none."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Agent, Backend, Consul, ConsulService, McpBridge
from sutaz_tui.config.schema import Header, ServiceConfig, Source
from sutaz_tui.engine.since import own_start
from sutaz_tui.model import Answer, Reading, Status
from tests.hostile import BYTES, STRINGS
from tests.loopback import configured, probing, reading
from tests.servers.consul import Consul as Server
from tests.servers.waiting import patient
from tests.web import Reply, Web, recorded

INDEX = {"X-Consul-Index": "7"}
CATALOG = "/v1/catalog/services"
ALL = Reply(body={"consul": []}, headers=INDEX)
BACKEND = Backend(id="backend", title="Backend", address="http://127.0.0.1:10200")
BRIDGE = McpBridge(id="mcp-bridge", title="MCP bridge", address="http://127.0.0.1:11100")


def of(
    url: str, *others: ServiceConfig, timeout: float = 5.0, container: str = "", token: str = ""
) -> Config:
    entry = Consul(
        id="consul", title="Consul", source="c", timeout=timeout, interval=60.0, warn=4.0, container=container
    )
    auth = Header(name="X-Consul-Token", value=token) if token else None
    return configured(
        entry,
        *others,
        sources={"c": Source(url=url, auth=auth)},
        secrets={"CONSUL_TOKEN": token} if token else None,
    )


def one(url: str, name: str = "api", least: int = 1, timeout: float = 5.0, token: str = "") -> Config:
    entry = ConsulService(
        id="api",
        title="API",
        source="c",
        service=name,
        min_passing=least,
        timeout=timeout,
        interval=60.0,
        warn=4.0,
    )
    auth = Header(name="X-Consul-Token", value=token) if token else None
    return configured(entry, sources={"c": Source(url=url, auth=auth)})


async def ask(config: Config) -> Answer:
    async with probing(config) as probe:
        return await probe.ask()


def check(
    service: str, status: str, output: str = "", *, id: str = "", node: str = "n1"
) -> dict[str, object]:
    return {
        "Node": node, "CheckID": f"service:{id or service}" if service else "serfHealth", "Status": status, "Output": output,
        "ServiceID": id or service if service else "", "ServiceName": service,
    }  # fmt: skip


def checks(*entries: object, **headers: str) -> Reply:
    return Reply(body=list(entries), headers=INDEX | headers)


def routes(*entries: object) -> dict[str, Reply]:
    return {
        "/v1/status/leader": recorded("consul", "GET /v1/status/leader"),
        "/v1/agent/self": recorded("consul", "GET /v1/agent/self"),
        "/v1/health/state/any": checks(check("", "passing"), *entries),
    }


async def test_recorded_answers_are_read(web: Web) -> None:
    web.routes = routes()
    web.routes["/v1/health/state/any"] = Reply(
        body=recorded("consul", "GET /v1/health/state/any").body, headers=INDEX
    )
    answer = await ask(of(web.url, BACKEND, BRIDGE))
    found = answer.readings[0]
    assert (found.status, found.summary) == (Status.UP, "leader 127.0.0.1:18300, 2 passing")
    assert found.facts == {
        "leader": "127.0.0.1:18300", "version": "1.8.7", "passing": 2, "warning": 0, "critical": 0,
        "services": 2, "dead_entries": 0,
    }  # fmt: skip
    assert [(claim.service_id, claim.by, claim.status, claim.words) for claim in answer.claims] == [
        ("mcp-bridge", "Consul", Status.UP, "Consul says passing"),
        ("backend", "Consul", Status.UP, "Consul says passing"),
    ]
    assert web.asked == [
        *("GET /v1/status/leader", "GET /v1/health/state/any?stale=1", "GET /v1/catalog/services?stale=1"),
        *("GET /v1/agent/self", "GET /v1/agent/metrics?format=prometheus"),
    ]


async def test_a_service_without_any_check_is_counted_and_named(web: Web) -> None:
    web.routes = routes()
    for catalog, hidden in ((["consul", "api", "web"], ""), ([], "true")):
        web.routes[CATALOG] = Reply(body={name: [] for name in catalog}, headers=INDEX)
        web.routes["/v1/health/state/any"] = checks(
            check("api", "passing"), **{"X-Consul-Results-Filtered-By-ACLs": hidden}
        )
        found = (await ask(of(web.url, token="of few rights"))).readings[0]
        assert found.status is Status.UP
        assert found.facts.get("without_check") == (1 if catalog else None)
        assert ("1 without a check: web" in found.summary) is bool(catalog)
        assert ("its ACLs hide the rest" in found.summary) is bool(hidden)
        assert found.facts["services"] == (2 if catalog else 1)


async def test_the_version_is_asked_once(web: Web) -> None:
    web.routes = routes()
    async with probing(of(web.url)) as probe:
        await reading(probe)
        assert (await reading(probe)).facts["version"] == "1.8.7"
    assert web.asked.count("GET /v1/agent/self") == 1


async def test_critical_is_its_service_s_trouble(web: Web) -> None:
    output = "Get http://localhost:11100/health: dial tcp 127.0.0.1:11100: connect: connection refused"
    web.routes = routes(check("mcp-bridge", "critical", output), check("other", "warning"))
    answer = await ask(of(web.url, BRIDGE))
    found = answer.readings[0]
    assert found.status is Status.UP
    assert found.summary == "leader 127.0.0.1:18300, 0 passing, 1 warning, 1 critical: mcp-bridge"
    assert [(claim.status, claim.words) for claim in answer.claims] == [
        (Status.DOWN, f"Consul says critical: {output}")
    ]


@pytest.mark.parametrize(
    ("names", "words"), [("abc", "3 critical: a, b, c"), ("abcd", "4 critical: a, b, c and 1 more")]
)
async def test_of_many_critical_services_three_are_named(web: Web, names: str, words: str) -> None:
    web.routes = routes(*(check(name, "critical") for name in names))
    found = (await ask(of(web.url))).readings[0]
    assert found.summary == f"leader 127.0.0.1:18300, 0 passing, {words}"


async def test_dead_entries_beside_one_that_passes(web: Web) -> None:
    web.routes = routes(
        check("sutazai-backend", "critical", "gone", id="sutazai-backend-1"),
        check("sutazai-backend", "passing", id="sutazai-backend-2"),
        check("sutazai-backend", "critical", "gone", id="sutazai-backend-3"),
    )
    answer = await ask(of(web.url, BACKEND))
    found = answer.readings[0]
    assert found.facts["dead_entries"] == 2 and found.summary.endswith(
        "1 passing, 2 critical, 2 stale registrations"
    )
    assert [(claim.status, claim.words) for claim in answer.claims] == [
        (Status.UP, "Consul says passing, beside 2 stale registrations")
    ]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("critical", "critical", "critical: of the first"),
        ("critical", "warning", "warning: of the second"),
        ("warning", "critical", "warning: of the first"),
    ],
)
async def test_of_two_names_of_one_service_the_better_is_told_and_of_equals_the_first(
    web: Web, first: str, second: str, said: str
) -> None:
    web.routes = routes(
        check("sutazai-backend", first, "of the first"), check("backend", second, "of the second")
    )
    answer = await ask(of(web.url, BACKEND))
    assert [claim.words for claim in answer.claims] == [f"Consul says {said}"]


async def test_a_node_that_is_gone_takes_its_services_along(web: Web) -> None:
    web.routes = routes(check("", "critical", node="n2"), check("sutazai-backend", "passing", node="n2"))
    answer = await ask(of(web.url, BACKEND))
    assert answer.readings[0].summary.endswith("node n2 does not answer")
    assert answer.claims[0].words == "Consul says critical: its node n2 does not answer"


@pytest.mark.parametrize(
    ("container", "host", "known"),
    [("", "127.0.0.1", True), ("stack-consul", "localhost", False), ("", "stack-letta", True)],
)
async def test_an_unknown_name_is_known_by_its_address(
    web: Web, container: str, host: str, known: bool
) -> None:
    letta = Agent(id="letta", title="Letta", address="http://127.0.0.1:11401", container="stack-letta")
    web.routes = routes(check("memory-agent", "passing", id="m1"))
    web.routes["/v1/agent/services"] = Reply(body={"m1": {"Address": host, "Port": 11401}})
    async with probing(of(web.url, letta, container=container)) as probe:
        answer = await probe.ask()
        assert [claim.service_id for claim in answer.claims] == (["letta"] if known else [])
        await probe.ask()
    assert web.asked.count("GET /v1/agent/services") == 1


async def test_one_time_out_does_not_silence_its_claims_for_ten_minutes_nor_make_it_late(web: Web) -> None:
    letta = Agent(id="letta", title="Letta", address="http://127.0.0.1:11401", container="stack-letta")
    web.routes = routes(check("memory-agent", "passing", id="m1"))
    web.routes["/v1/agent/self"] = web.routes["/v1/agent/services"] = Reply(behave="silent")
    async with probing(of(web.url, letta, timeout=patient(1.0))) as probe:
        for _ in range(2):
            answer = await probe.ask()
            assert (answer.readings[0].status, answer.claims) == (Status.UP, ())
        web.routes["/v1/agent/services"] = Reply(body={"m1": {"Address": "127.0.0.1", "Port": 11401}})
        answer = await probe.ask()
        assert [claim.service_id for claim in answer.claims] == ["letta"]


@pytest.mark.parametrize("reply", [Reply(body='""'), Reply(500, "No cluster leader")])
async def test_no_leader_degrades_it(web: Web, reply: Reply) -> None:
    web.routes = {"/v1/status/leader": reply}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "leader")


@pytest.mark.parametrize("path", ["/v1/status/leader", "/v1/health/state/any"])
@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"),
        Reply(200, b"7"),
        Reply(200, {}),
        Reply(200, [1]),
        Reply(200, [{}], INDEX),
        Reply(200, [[]], INDEX),
        Reply(404, "nope"),
        Reply(500, "boom"),
        Reply(behave="hangup"),
        Reply(behave="truncated", body=b"["),
        Reply(behave="endless"),
        Reply(behave="raw", body=b"SSH-2.0-OpenSSH\r\n"),
        Reply(behave="silent"),
    ],
)
async def test_what_is_no_consul_is_down_with_a_sentence(web: Web, path: str, reply: Reply) -> None:
    web.routes = routes() | {path: reply}
    found = (await ask(of(web.url, timeout=0.7))).readings[0]
    assert found.status is Status.DOWN, found
    assert found.error is not None and found.error.startswith("Consul: ")
    assert "Error" not in found.error and "Exception" not in found.error


async def test_a_redirect_degrades(web: Web) -> None:
    web.routes = routes() | {"/v1/status/leader": Reply(307, b"", {"Location": "/ui"})}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "307")


@pytest.mark.parametrize("name", STRINGS)
async def test_hostile_names_are_made_safe(web: Web, name: str) -> None:
    text = STRINGS[name]
    web.routes = routes(
        check(text, "critical", text, node=text),
        check("mcp-bridge", text, text),
        check("", "critical", node=text),
    )
    web.routes["/v1/agent/services"] = Reply(body={text: {"Address": text, "Port": 7}})
    answer = await ask(of(web.url, BRIDGE))
    found = answer.readings[0]
    assert found.status is Status.UP and found.summary.isprintable()
    assert all(claim.words.isprintable() for claim in answer.claims) and answer.claims


@pytest.mark.parametrize("name", BYTES)
async def test_hostile_bodies_are_down(web: Web, name: str) -> None:
    web.routes = routes() | {"/v1/health/state/any": Reply(body=BYTES[name], headers=INDEX)}
    found = (await ask(of(web.url))).readings[0]
    assert found.status is Status.DOWN and found.summary.isprintable()


async def test_a_token_of_the_environment_is_not_sent(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HTTP_TOKEN", "somebody else's")
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    web.routes = routes()
    assert (await ask(of(web.url))).readings[0].status is Status.UP
    assert not any("x-consul-token" in headers for headers in web.headers)
    assert (await ask(of(web.url, token="my own token"))).readings[0].status is Status.UP
    assert web.headers[-1]["x-consul-token"] == "my own token"


async def test_strangers_behind_acls(web: Web) -> None:
    web.routes = routes() | {"/v1/health/state/any": checks()}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.summary) == (
        Status.UP, "leader 127.0.0.1:18300; set its token in the config to see more",
    )  # fmt: skip
    assert found.facts == {"leader": "127.0.0.1:18300"}


# Of one name.


def instance(id: str, status: str, output: str = "") -> dict[str, object]:
    return {
        "Node": {"Node": "n1"}, "Service": {"ID": id}, "Checks": [check("", "passing"), check("api", status, output)],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("instances", "least", "status", "summary"),
    [
        ([instance("a", "passing")], 1, Status.UP, "1 of 1 instances pass"),
        (
            [instance("a", "passing"), instance("b", "critical", "no")],
            1,
            Status.UP,
            "1 of 2 instances pass; b critical: no",
        ),
        (
            [instance("a", "passing"), instance("b", "warning")],
            2,
            Status.DEGRADED,
            "1 of 2 instances pass; b warning",
        ),
        ([instance("b", "critical")], 1, Status.DOWN, "0 of 1 instances pass; b critical"),
        ([], 1, Status.DOWN, "api is not registered"),
    ],
)
async def test_enough_instances_pass(
    web: Web, instances: list[object], least: int, status: Status, summary: str
) -> None:
    web.routes = {"/v1/health/service/api": Reply(body=instances, headers=INDEX), CATALOG: ALL}
    found = (await ask(one(web.url, least=least))).readings[0]
    assert (found.status, found.summary) == (status, summary)


@pytest.mark.parametrize(
    ("header", "catalog", "words"),
    [
        ("true", {"consul": []}, "shows this login no api: it is not registered, or ACLs hide it"),
        # Consul before 1.11 does not say that it filters.
        ("", {}, "give the source a token with service:read and node:read"),
        ("", {"web": []}, "it is not registered, or ACLs hide it"),
        ("", {"api": []}, "shows api and none of its instances; give the source a token with node:read"),
    ],
)
async def test_a_token_of_few_rights_does_not_make_a_registered_service_down(
    web: Web, header: str, catalog: dict[str, list[str]], words: str
) -> None:
    filtered = {"X-Consul-Results-Filtered-By-ACLs": header} if header else {}
    web.routes = {
        "/v1/health/service/api": checks(**filtered),
        CATALOG: Reply(body=catalog, headers=INDEX),
    }
    found = (await ask(one(web.url))).readings[0]
    assert (found.status, found.word) == (Status.UNKNOWN, "denied")
    assert found.error is not None and words in found.error


async def test_a_refused_token_is_told_in_consul_s_words(web: Web) -> None:
    web.routes = {"/v1/health/service/api": Reply(403, "ACL not found")}
    found = (await ask(one(web.url, token="some token"))).readings[0]
    assert (found.status, "403: ACL not found" in found.summary) == (Status.UNKNOWN, True)


async def test_a_node_in_maintenance_does_answer(web: Web) -> None:
    resting = check("", "critical", "reboot") | {"CheckID": "_node_maintenance"}
    web.routes = routes(resting, check("", "passing"), check("sutazai-backend", "passing"))
    answer = await ask(of(web.url, BACKEND))
    found = answer.readings[0]
    assert (found.status, found.summary) == (
        Status.UP,
        "leader 127.0.0.1:18300, 0 passing, sutazai-backend in maintenance, node n1 in maintenance",
    )
    assert (found.facts["critical"], found.facts["maintenance"]) == (0, 1)
    assert [(claim.status, claim.words) for claim in answer.claims] == [
        (None, "Consul says maintenance: its node n1 in maintenance")
    ]


async def test_a_service_in_maintenance_is_told_apart_from_critical(web: Web) -> None:
    resting = check("web", "critical", "by hand", id="web-1") | {"CheckID": "_service_maintenance:web-1"}
    web.routes = routes(resting, check("web", "passing", id="web-1"), check("db", "critical"))
    found = (await ask(of(web.url))).readings[0]
    assert found.summary.endswith("0 passing, 1 critical: db, web in maintenance")
    entry = instance("web-1", "passing")
    entry["Checks"] = [resting]
    web.routes = {"/v1/health/service/api": Reply(body=[entry], headers=INDEX)}
    found = (await ask(one(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "maint")
    assert found.summary == "0 of 1 instances pass; web-1 maintenance: by hand; in maintenance"


async def test_a_node_that_fails_a_check_of_its_own_does_answer(web: Web) -> None:
    full = check("", "critical", "98 %") | {"CheckID": "disk"}
    web.routes = routes(full, check("sutazai-backend", "passing"))
    found = (await ask(of(web.url))).readings[0]
    assert found.summary.endswith("1 critical: sutazai-backend, node n1 fails disk")


async def test_a_critical_service_is_no_dead_entry_beside_itself(web: Web) -> None:
    web.routes = routes(check("sutazai-backend", "critical"))
    answer = await ask(of(web.url, BACKEND))
    assert [claim.words for claim in answer.claims] == ["Consul says critical"]


async def test_without_a_leader_its_two_rows_do_not_contradict_each_other(web: Web) -> None:
    gone = Reply(500, "rpc error making call: No cluster leader")
    web.routes = {"/v1/status/leader": gone, "/v1/health/service/api": gone}
    found = (await ask(of(web.url))).readings[0]
    assert (found.status, found.word) == (Status.DEGRADED, "leader")
    found = (await ask(one(web.url))).readings[0]
    assert (found.status, found.summary) == (
        Status.UNKNOWN,
        "Consul cannot tell: answers 500: rpc error making call: No cluster leader",
    )
    # Any server's own knowledge is asked for, which waits for no leader.
    assert all("stale=1" in asked for asked in web.asked if "/health/" in asked)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {}),
        Reply(200, [{}], INDEX),
        Reply(500, "boom"),
        Reply(behave="reset"),
        Reply(behave="silent"),
    ],
)
async def test_a_go_between_that_fails_leaves_it_unknown(web: Web, reply: Reply) -> None:
    web.routes = {"/v1/health/service/api": reply}
    found = (await ask(one(web.url, timeout=0.7))).readings[0]
    assert found.status is Status.UNKNOWN
    assert found.error is not None and found.error.startswith("Consul ")


# Against a real agent.


async def test_a_real_one(consul: Server) -> None:
    await asyncio.to_thread(consul.register, "mcp-bridge", "critical", port=11100)
    await asyncio.to_thread(consul.register, "api", "passing", port=1)
    answer = await ask(of(consul.url, BRIDGE))
    found = answer.readings[0]
    assert found.status is Status.UP and "1 critical: mcp-bridge" in found.summary
    assert str(found.facts["version"]).startswith("1.")
    assert ("mcp-bridge", Status.DOWN) in {(claim.service_id, claim.status) for claim in answer.claims}
    assert (await ask(one(consul.url, "api"))).readings[0].status is Status.UP
    assert (await ask(one(consul.url, "mcp-bridge"))).readings[0].status is Status.DOWN
    assert (await ask(one(consul.url, "nobody"))).readings[0].summary == "nobody is not registered"
    for id in ("mcp-bridge", "api"):
        await asyncio.to_thread(consul.deregister, id)


async def test_a_real_one_stopped_paused_and_back(consul: Server) -> None:
    async with (
        probing(of(consul.url, timeout=1.0)) as probe,
        probing(one(consul.url, timeout=1.0)) as between,
    ):
        assert (await reading(probe)).status is Status.UP
        await asyncio.to_thread(consul.pause)
        hung = await reading(probe)
        assert (hung.status, hung.backs_off) == (Status.DOWN, True)
        assert (await reading(between)).status is Status.UNKNOWN
        await asyncio.to_thread(consul.resume)
        await asyncio.to_thread(consul.stop)
        dead = await reading(probe)
        assert (dead.status, dead.summary) == (Status.DOWN, f":{consul.port} refused")
        assert (
            await reading(between)
        ).error == f"Consul does not answer, so nothing is known: :{consul.port} refused"
        await asyncio.to_thread(consul.start)
        assert (await reading(probe)).status is Status.UP


async def test_a_real_one_tells_its_own_start_where_its_telemetry_is_on(consul: Server) -> None:
    assert "started" not in (await ask(of(consul.url))).readings[0].facts
    began = datetime.now(UTC)
    with Server(tells_metrics=True) as telling:
        found = (await ask(of(telling.url))).readings[0]
        started = own_start(found.facts, found.at)
        assert started is not None
        assert began - timedelta(seconds=2) < started < datetime.now(UTC)


async def test_a_real_one_with_acls() -> None:
    token = "7ddbb1cc-1c33-4a55-9c0b-8b0b2d0a0f11"

    async def seen(config: Config) -> Reading:
        found = (await ask(config)).readings[0]
        assert token not in repr(found)
        return found

    with Server(token=token) as server:
        right = await seen(of(server.url, token=token))
        assert right.status is Status.UP and "passing" in right.facts
        wrong = await seen(of(server.url, token="00000000-1c33-4a55-9c0b-8b0b2d0a0f11"))
        assert (wrong.status, wrong.word, wrong.backs_off) == (Status.UNKNOWN, "denied", True)
        none = await seen(of(server.url))
        assert none.status is Status.UP and none.summary.endswith("to see more")
        assert "passing" not in none.facts


async def test_a_real_token_of_few_rights_is_told_what_to_be_given() -> None:
    """A policy for one service without its node: Consul answers an empty list, and 1.8 does not say why."""
    with Server(token="7ddbb1cc-1c33-4a55-9c0b-8b0b2d0a0f11") as server:
        server.register("nocheck", "passing")
        policy = {"Name": "few", "Rules": 'service "nocheck" { policy = "read" }'}
        assert (await asyncio.to_thread(server.call, "/v1/acl/policy", "PUT", policy)).status == 200
        made = await asyncio.to_thread(server.call, "/v1/acl/token", "PUT", {"Policies": [{"Name": "few"}]})
        few = made.json()["SecretID"]
        found = (await ask(one(server.url, "nocheck", token=few))).readings[0]
        assert (found.status, found.word) == (Status.UNKNOWN, "denied")
        assert (
            "shows nocheck and none of its instances; give the source a token with node:read" in found.summary
        )
        found = (await ask(one(server.url, "other", token=few))).readings[0]
        assert (found.status, "ACLs hide it" in found.summary) == (Status.UNKNOWN, True)
        # No token at all is shown nothing either.
        found = (await ask(one(server.url, "nocheck"))).readings[0]
        assert found.status is Status.UNKNOWN
        found = (await ask(one(server.url, "other", token=server.password or ""))).readings[0]
        assert (found.status, found.summary) == (Status.DOWN, "other is not registered")
