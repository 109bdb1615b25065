"""Drift: the config, Docker, Consul, Kong and Prometheus side by side."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sutaz_tui.config.kinds import Agent, Http
from sutaz_tui.sources.docker import Container
from sutaz_tui.sources.prometheus import Target
from sutaz_tui.text.table import TableRow
from sutaz_tui.views.drift_rows import Comparison, Told
from tests.loopback import configured
from tests.running import Simulated, simulated
from tests.test_show import show


@pytest.fixture
def stack() -> Iterator[Simulated]:
    with simulated() as made:
        yield made


def told(stack: Simulated) -> dict[str, dict[str, Any]]:
    code, printed, errors = show(stack, "drift", "--format", "json")
    assert code == 0, errors
    return {row["service"]: row for row in json.loads(printed)["rows"]}


def test_a_stack_in_order_agrees_with_itself(stack: Simulated) -> None:
    rows = told(stack)
    assert not [row for row in rows.values() if "differs" in row]
    backend = rows["Backend"]
    assert backend["kong"] == "backend-upstream" and backend["prometheus"] == "up" and backend["consul"]
    assert "all agree" in show(stack, "drift")[1]


def test_what_ended_is_unhealthy_or_silent_is_named_and_first(stack: Simulated) -> None:
    stack.fault("letta", "refuse")
    stack.control("PUT", "/traits/kong_target_healthy", {"value": False})
    rows = told(stack)
    assert rows["Letta"]["differs"].startswith("its container is exited")
    assert "Kong's target" in rows["Backend"]["differs"]
    assert {*list(rows)[:2]} == {"Letta", "Backend"}
    stack.fault("consul", "refuse")
    code, printed, _ = show(stack, "drift")
    assert code == 0 and "Consul: " in printed and "refused" in printed


def container(name: str, *published: str, state: str = "running", ports: tuple[int, ...] = ()) -> Container:
    return Container("c" + name, (name,), "image", "sha", state, ports=frozenset(ports), published=published)


def target(url: str, health: str = "up") -> Target:
    return Target("pool", url, f"http://{url}/metrics", health, "refused" * (health == "down"), 1.0, 15.0)


WEB = Http(id="web", title="Web", address="http://127.0.0.1:8080/health", container="shop-web", docker="d")
TILL = Http(id="till", title="Till", address="http://127.0.0.1:9000", container="shop-till", docker="d")
BOT = Agent(id="bot", title="Bot", address="http://127.0.0.1:11401", container="shop-bot", docker="d")


def rows(*services: Any, **seen: Any) -> dict[str, TableRow]:
    from sutaz_tui.config.schema import Source

    config = configured(*services, sources={"d": Source(url="unix:///run/docker.sock")})
    return {row.key: row for row in Comparison(config, Told(**seen)).rows()}


def test_a_port_that_docker_publishes_elsewhere_comes_with_the_line_that_mends_it() -> None:
    found = rows(WEB, containers=[("d", container("shop-web", ":11080->80", ports=(11080,)))])["web"]
    assert found.values["differs"] == "Docker publishes it at :11080, not :8080"
    assert found.copied == "address: http://127.0.0.1:11080/health"


def test_a_registration_at_a_port_that_is_none_of_its_own_is_told() -> None:
    runs = [("d", container("shop-web", ":8080->80", ports=(8080,)))]
    for place, differs in (
        (("172.20.0.3", 80), None),
        (("127.0.0.1", 8080), None),
        (("172.20.0.3", 8000), "Consul has it at 172.20.0.3:8000, which is no port of it"),
    ):
        found = rows(WEB, containers=runs, registered={"web-1": place})["web"]
        assert found.values.get("differs") == differs, place


def test_what_ended_but_is_registered_and_what_is_gone_are_told() -> None:
    ended = [("d", container("shop-web", state="exited"))]
    found = rows(WEB, TILL, containers=ended, registered={"web": ("127.0.0.1", 8080)})
    assert found["web"].values["differs"] == (
        "its container is exited; Consul has it at 127.0.0.1:8080 all the same"
    )
    assert found["till"].values["differs"] == "no container shop-till"


def test_routed_but_not_registered_and_running_but_not_scraped() -> None:
    runs = [("d", container(f"shop-{name}")) for name in ("web", "till", "bot")]
    found = rows(
        WEB,
        TILL,
        BOT,
        containers=runs,
        registered={"till": ("shop-till", 9000)},
        routed=[("up", ("shop-web", 80), True)],
        targets=[target("shop-till:9000")],
    )
    assert found["web"].values["differs"] == (
        "Kong leads to it, Consul does not know it; not scraped, others of its kind are"
    )
    assert "differs" not in found["till"].values
    assert "differs" not in found["bot"].values, "no agent is scraped: nobody means to"


def test_what_the_config_does_not_know_is_listed_last_by_who_knows_it() -> None:
    found = rows(
        WEB,
        registered={"billing-7": ("10.0.0.9", 80)},
        routed=[("up", ("10.0.0.8", 81), True)],
        targets=[target("10.0.0.8:81", "down")],
    )
    assert found["- billing-7"].values["differs"] == "Consul alone: not in the config"
    assert found["- 10.0.0.8:81"].values["differs"] == "Kong and Prometheus alone: not in the config"
    assert list(found)[-1].startswith("- ")


def test_a_target_whose_address_is_garbage_does_not_take_the_view_from_all_others() -> None:
    found = rows(
        WEB, targets=[target("[red"), target("shop[red]x[/red]:80"), target("127.0.0.1:8080", "down")]
    )
    assert found["web"].values["prometheus"] == "down"
    assert {"- [red", "- shop[red]x[/red]:80"} <= set(found)


def test_nobody_differs_where_nobody_was_asked() -> None:
    assert "differs" not in rows(WEB)["web"].values
