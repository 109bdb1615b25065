"""The checks of the infrastructure: proven, and red on the real stack where its services are not there."""

import pytest

from sutaz_tui.checks.infrastructure import CATEGORY, NOT_COVERED
from sutaz_tui.checks.registry import load
from sutaz_tui.config import Config, Source
from sutaz_tui.config.kinds import Alertmanager, Exporter, Postgres, Prometheus, Redis
from sutaz_tui.demo.prove import Control, prove
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import Outcome
from tests.checks.on_servers import ask, outcomes, troubled
from tests.checks.on_stack import EVERYTHING, not_passed, results, run
from tests.loopback import configured
from tests.servers.alertmanager import Alertmanager as AlertmanagerServer
from tests.servers.node_exporter import NodeExporter
from tests.servers.postgres import Postgres as PostgresServer
from tests.servers.prometheus import Prometheus as PrometheusServer
from tests.servers.redis import Redis as RedisServer

ROW = [f"inf-{number:02}" for number in range(1, 27)]


async def test_each_can_fail_and_fails_only_on_its_own_fault() -> None:
    assert [str(one) for one in await prove(CATEGORY.checks)] == []


def test_every_old_test_of_the_row_is_accounted_for() -> None:
    covered = {old for check in load(["databases", "infrastructure", "monitoring"]) for old in check.covers}
    assert [old for old in ROW if (old in covered) == (old in NOT_COVERED)] == []
    assert len(CATEGORY.checks) >= 29
    assert len({check.id for check in CATEGORY.checks}) == len(CATEGORY.checks)


async def test_the_real_stack_is_red_where_the_agents_have_no_model() -> None:
    found = await results("real", "infrastructure")
    red = {id for id, result in found.items() if result.outcome is not Outcome.PASS}
    # Nobody declared these absent to the checks: no round of probes went before.
    undeployed = {id for id in red if id.split(".")[1] in ("portainer", "alertmanager")}
    assert red - undeployed == {
        "infrastructure.ollama-agents.models",
        "infrastructure.agents.ollama",
        "infrastructure.docker.running",
    }
    assert "sutazai-ollama missing" in found["infrastructure.docker.running"].message


async def test_the_state_of_the_report_is_green_but_for_alertmanager() -> None:
    assert set(not_passed(await results("report", "infrastructure"))) == {
        "infrastructure.alertmanager.itself"
    }


@pytest.mark.parametrize(("flag", "endpoint"), [("rabbitmq", "rabbitmq"), ("chromadb", "chromadb")])
async def test_a_flag_that_always_says_true_is_found_as_soon_as_its_service_is_down(
    flag: str, endpoint: str
) -> None:
    checks = [check for check in load(["databases", "infrastructure"]) if check.id.endswith(f".{flag}.flag")]
    with Demo("real") as stack:
        await stack.listening()
        assert not_passed(await run(stack, checks, EVERYTHING)) == {}
        await Control(stack.control).put(f"/control/faults/{endpoint}", fault="refuse")
        (words,) = not_passed(await run(stack, checks, EVERYTHING)).values()
    assert "the backend says up, but" in words


def config(
    postgres: PostgresServer,
    redis: RedisServer,
    prometheus: PrometheusServer,
    alertmanager: AlertmanagerServer,
    node_exporter: NodeExporter,
) -> Config:
    return configured(
        Postgres(id="postgres", title="PostgreSQL", address=f"127.0.0.1:{postgres.port}"),
        Redis(id="redis", title="Redis", address=f"127.0.0.1:{redis.port}"),
        Prometheus(id="prometheus", title="Prometheus", source="prometheus"),
        Alertmanager(id="alertmanager", title="Alertmanager", address=alertmanager.url),
        Exporter(id="node-exporter", title="Node exporter", address=node_exporter.url, metric="node_load1"),
        sources={"prometheus": Source(url=prometheus.url)},
    )


async def test_real_servers_answer_as_themselves_and_not_as_each_other(
    locked_postgres: PostgresServer,
    locked_redis: RedisServer,
    prometheus: PrometheusServer,
    alertmanager: AlertmanagerServer,
    node_exporter: NodeExporter,
) -> None:
    servers = (prometheus, alertmanager, node_exporter)
    ids = ("postgres", "redis", "prometheus", "alertmanager", "node-exporter")
    checks = [check for check in CATEGORY.checks if check.id.split(".")[1] in ids and len(check.needs) == 1]
    checks = [check for check in checks if check.id.endswith(".itself")]
    assert len(checks) == len(ids)
    assert troubled(await ask(config(locked_postgres, locked_redis, *servers), checks)) == {}
    # Their ports exchanged: each is told apart.
    swapped = configured(
        Postgres(id="postgres", title="PostgreSQL", address=f"127.0.0.1:{locked_redis.port}"),
        Redis(id="redis", title="Redis", address=f"127.0.0.1:{locked_postgres.port}"),
        Prometheus(id="prometheus", title="Prometheus", source="prometheus"),
        Alertmanager(id="alertmanager", title="Alertmanager", address=node_exporter.url),
        Exporter(id="node-exporter", title="Node exporter", address=prometheus.url, metric="node_load1"),
        sources={"prometheus": Source(url=alertmanager.url)},
    )
    found = await ask(swapped, checks, longest=2.0)
    assert outcomes(found) <= {Outcome.FAIL, Outcome.ERROR}
