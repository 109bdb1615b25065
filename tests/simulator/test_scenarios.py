"""The scenarios differ exactly where they should: what `healthy` has right, `report` and `real` have wrong."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from sutaz_tui.simulator.agents import KINDS
from sutaz_tui.simulator.scenarios import HEALTHY, REAL, REPORT, UnknownTrait, changed
from sutaz_tui.simulator.world import SECRETS
from tests.servers.waiting import eventually
from tests.simulator.stack import Stack
from tests.simulator.test_recorded import login

BROKER = (SECRETS["RABBITMQ_USER"], SECRETS["RABBITMQ_PASSWORD"])
PASSWORD = "Example-Passw0rd!"


def scenario(stack: Stack, name: str) -> None:
    stack.control("PUT", "/scenario", {"scenario": name})


def register(stack: Stack, **more: Any) -> httpx2.Response:
    name = f"user{uuid.uuid4().hex[:8]}"
    account = {"email": f"{name}@example.com", "username": name, "password": PASSWORD, **more}
    return stack.post("backend", "/api/v1/auth/register", json=account)


def me(stack: Stack, token: str) -> httpx2.Response:
    return stack.get("backend", "/api/v1/auth/me", headers={"authorization": f"Bearer {token}"})


def at_once(stack: Stack, count: int) -> list[int]:
    form = {"username": SECRETS["SUTAZ_TUI_USER"], "password": SECRETS["SUTAZ_TUI_PASSWORD"]}

    def log_in(_: int) -> int:
        return stack.post("backend", "/api/v1/auth/login", data=form).status_code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(log_in, range(count)))


def test_me_is_a_500_in_the_report_alone(stack: Stack) -> None:
    assert me(stack, login(stack)["access_token"]).json()["username"] == SECRETS["SUTAZ_TUI_USER"]
    scenario(stack, "report")
    assert me(stack, login(stack)["access_token"]).status_code == 500
    scenario(stack, "real")
    assert me(stack, login(stack)["access_token"]).status_code == 200


def test_twenty_logins_at_once_all_fail_in_the_report_alone(stack: Stack) -> None:
    assert at_once(stack, 20) == [200] * 20
    scenario(stack, "report")
    # On a busy machine they may come one after another.
    eventually(lambda: at_once(stack, 24) == [503] * 24, "all of them fail", within=30.0)
    assert at_once(stack, 4) == [200] * 4


def test_alertmanager_is_deployed_in_the_healthy_stack_alone(stack: Stack) -> None:
    assert stack.get("alertmanager", "/-/ready").text == "OK"
    for name in ("report", "real"):
        scenario(stack, name)
        with pytest.raises(httpx2.ConnectError):
            stack.get("alertmanager", "/-/ready")


def test_report_is_healthy_but_for_three_things() -> None:
    assert changed(REPORT, {"auth_me_works": True, "postgres_pool_limit": 0, "absent": []}) == HEALTHY


def test_superusers_register_themselves_in_the_real_stack_alone(stack: Stack) -> None:
    assert register(stack, is_superuser=True).status_code == 403
    assert register(stack).json()["is_superuser"] is False
    scenario(stack, "real")
    assert register(stack, is_superuser=True).json()["is_superuser"] is True


def test_script_tags_are_kept_as_names_in_the_real_stack_alone(stack: Stack) -> None:
    tag = f"<script>{uuid.uuid4().hex}</script>"
    assert register(stack, username=tag).status_code == 422
    scenario(stack, "real")
    assert register(stack, username=tag).json()["username"] == tag


@pytest.mark.parametrize(("name", "status"), [("healthy", 401), ("report", 401), ("real", 200)])
def test_a_refresh_token_after_logout(stack: Stack, name: str, status: int) -> None:
    scenario(stack, name)
    tokens, other = login(stack), login(stack)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert stack.post("backend", "/api/v1/auth/logout", headers=headers).status_code == 200
    body = {"refresh_token": tokens["refresh_token"]}
    assert stack.post("backend", "/api/v1/auth/refresh", json=body).status_code == status
    body = {"refresh_token": other["refresh_token"]}
    assert stack.post("backend", "/api/v1/auth/refresh", json=body).status_code == 200


def test_the_fifth_wrong_password_locks(stack: Stack) -> None:
    user = register(stack).json()["username"]
    wrong = [
        stack.post("backend", "/api/v1/auth/login", data={"username": user, "password": "x"}).status_code
        for _ in range(5)
    ]
    assert wrong == [401, 401, 401, 401, 403]
    right = stack.post("backend", "/api/v1/auth/login", data={"username": user, "password": PASSWORD})
    assert right.status_code == 403


def test_a_token_of_another_key_is_refused(stack: Stack) -> None:
    head, body, signature = login(stack)["access_token"].split(".")
    forged = f"{head}.{body}.{signature[::-1]}"
    assert me(stack, forged).status_code == 401
    stack.trait("tokens_are_checked", False)
    assert me(stack, forged).status_code == 200


@pytest.mark.parametrize(
    ("name", "status"), [("healthy", "healthy"), ("report", "healthy"), ("real", "degraded")]
)
def test_agents_without_their_model_answer_200_and_degraded(stack: Stack, name: str, status: str) -> None:
    scenario(stack, name)
    found = {agent: stack.get(agent, "/health") for agent in KINDS}
    assert {answer.status_code for answer in found.values()} == {200}
    assert {answer.json()["status"] for answer in found.values()} == {status}


@pytest.mark.parametrize(("name", "consumers"), [("healthy", True), ("real", False)])
def test_queues_have_consumers_or_none(stack: Stack, name: str, consumers: bool) -> None:
    scenario(stack, name)
    stack.get("backend", "/health")
    found = stack.get(
        "rabbitmq-management", "/api/queues?page=1&page_size=50&columns=name,consumers", auth=BROKER
    )
    bound = [queue for queue in found.json()["items"] if queue["name"].startswith("agent.")]
    assert len(bound) == 12
    assert all(set(queue) == {"name", "consumers"} for queue in bound)
    assert {queue["consumers"] > 0 for queue in bound} == {consumers}


ROUTES = {"/api/v1/health/": 1, "/mcp/services": 1, "/agents/": 1, "/vectors/heartbeat": 1}


def test_kongs_four_routes_lead_somewhere_or_three_do_not(stack: Stack) -> None:
    assert [stack.get("kong", path).status_code for path in ROUTES] == [200, 200, 200, 200]
    assert stack.get("kong", "/nowhere").status_code == 404
    scenario(stack, "real")
    assert [stack.get("kong", path).status_code for path in ROUTES] == [404, 200, 404, 404]
    assert stack.get("kong", "/api/health").status_code == 200


def test_kong_says_502_when_what_is_behind_it_is_gone(stack: Stack) -> None:
    stack.fault("mcp-bridge", "refuse")
    assert stack.get("kong", "/mcp/services").status_code == 502
    target = stack.get("kong-admin", "/upstreams/backend-upstream/health").json()["data"][0]
    assert target["health"] == "HEALTHY"


def test_the_bridge_knows_every_agent_or_shows_most_offline(stack: Stack) -> None:
    known = stack.get("mcp-bridge", "/agents").json()
    assert set(KINDS) < set(known) and {agent["status"] for agent in known.values()} == {"online"}
    scenario(stack, "real")
    known = stack.get("mcp-bridge", "/agents").json()
    assert len(known) == 12
    assert [name for name, agent in known.items() if agent["status"] == "online"] == ["letta"]


@pytest.mark.parametrize(("name", "reached"), [("healthy", "CrewAI"), ("real", "Letta")])
def test_what_the_bridge_reaches_for_crewai(stack: Stack, name: str, reached: str) -> None:
    scenario(stack, name)
    message = {"id": "1", "source": "us", "target": "crewai", "type": "health.check", "payload": {}}
    found = stack.post("mcp-bridge", "/route", json=message)
    assert found.json()["response"]["agent"] == reached


def test_passwords_stand_in_services_of_the_real_stack_alone(stack: Stack) -> None:
    assert "@" not in stack.get("mcp-bridge", "/services").text
    scenario(stack, "real")
    assert SECRETS["POSTGRES_PASSWORD"] in stack.get("mcp-bridge", "/services").text


def critical(stack: Stack) -> set[str]:
    checks = stack.get("consul", "/v1/health/state/any").json()
    return {check["ServiceID"] for check in checks if check["Status"] == "critical"}


def test_consul_has_dead_entries_in_the_real_stack_alone(stack: Stack) -> None:
    assert critical(stack) == set()
    stack.fault("backend", "refuse")
    assert critical(stack) == {"sutazai-backend-stack-host"}
    stack.fault("backend", None)
    scenario(stack, "real")
    assert len(critical(stack)) == 3 and "mcp-bridge-1" in critical(stack)


def flags(stack: Stack) -> dict[str, bool]:
    found: dict[str, bool] = stack.get("backend", "/api/v1/health/").json()["services"]
    return found


def test_the_backends_flags_are_honest_or_lie_for_two(stack: Stack) -> None:
    assert flags(stack)["postgres"] and all(flags(stack).values())
    for endpoint in ("chromadb", "rabbitmq", "redis", "postgres"):
        stack.fault(endpoint, "refuse")
    down = {name for name, up in flags(stack).items() if not up}
    assert down == {"chromadb", "rabbitmq", "redis", "postgres"}
    scenario(stack, "real")
    assert len(flags(stack)) == 9
    assert {name for name, up in flags(stack).items() if not up} == {"redis"}


def test_what_needs_postgres_fails_with_it_and_health_does_not(stack: Stack) -> None:
    stack.fault("postgres", "refuse")
    form = {"username": "x", "password": "y"}
    assert stack.post("backend", "/api/v1/auth/login", data=form).status_code == 500
    assert stack.get("backend", "/health").status_code == 200
    assert "pg_up 0.0" in stack.get("postgres-exporter", "/metrics").text


def test_a_trait_takes_only_its_own_type() -> None:
    assert changed(HEALTHY, {"postgres_oldest_transaction": 2}).postgres_oldest_transaction == 2.0
    assert changed(HEALTHY, {"absent": ["letta"]}).absent == ("letta",)
    for name, value in (
        ("postgres_connections", True),
        ("absent", "letta"),
        ("redis_role", 3),
        ("nonsense", 1),
    ):
        with pytest.raises(UnknownTrait, match="expected"):
            changed(HEALTHY, {name: value})


def test_real_differs_from_healthy() -> None:
    assert REAL != HEALTHY
