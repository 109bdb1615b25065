"""The checks that any stack has for nothing: those of the kinds of its services."""

import ssl
from pathlib import Path

import pytest

from sutaz_tui.checks.by_kind import KIND_CHECKS
from sutaz_tui.checks.by_kind.http import leads_to_https
from sutaz_tui.checks.by_kind.prometheus import metrics
from sutaz_tui.checks.registry import BY_KIND, kind_needed
from sutaz_tui.config import Config, load
from sutaz_tui.demo.prove import prove
from sutaz_tui.model import CheckResult, Outcome
from sutaz_tui.wiring.checks import Checking, load_checks
from tests.certificates import certificate
from tests.checks.scripted import EVERYTHING, check
from tests.config.faults import read
from tests.running import ROOT, command
from tests.web import Reply, web_server

PAGE = ("headers", "unknown", "head", "latency")
POSTGRES = ["answers", "durable", "connections", "transactions", "idle", "locks", "wraparound", "replication"]
REDIS = ["answers", "persistence", "limit", "room", "clients", "round-trip", "policy"]
SHOP = """\
services:
  - {id: shop, kind: http, title: Shop, address: "http://127.0.0.1:1/health"}
  - {id: door, kind: http, title: Door, address: "https://127.0.0.1:1/"}
  - {id: postgres, kind: postgres, title: Orders, address: "127.0.0.1:1"}
  - {id: cache, kind: redis, address: "127.0.0.1:1"}
  - {id: files, kind: tcp, address: "127.0.0.1:1"}
"""


def test_a_stack_of_ones_own_has_checks_by_the_kinds_of_its_services(tmp_path: Path) -> None:
    """`postgres` and `redis` got the checks of another stack, and an http service none."""
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, "utf-8")
    listed = command("check", "--list", "-c", str(file))
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [
        *(f"http.shop.{name}" for name in ("answers", *PAGE)),
        *(f"http.door.{name}" for name in ("answers", "certificate", "https", "headers", "hsts", *PAGE[1:])),
        *(f"postgres.postgres.{name}" for name in POSTGRES),
        *(f"redis.cache.{name}" for name in REDIS),
    ]
    one = command("check", "redis", "--list", "-c", str(file))
    assert [line.split()[0].rpartition(".")[0] for line in one.stdout.splitlines()] == ["redis.cache"] * 7
    assert "Orders: commits are crash-safe" in listed.stdout


def test_the_stack_that_has_its_own_checks_gets_none_twice() -> None:
    built_in = load(None, ROOT / "config.example.yaml", {})
    assert {check.made_by for check in load_checks(built_in)} == {None}


def test_a_service_that_is_added_to_it_gets_those_of_its_kind(tmp_path: Path) -> None:
    text = (ROOT / "config.example.yaml").read_text("utf-8")
    shop = "services:\n  - {id: shop, kind: http, address: 'http://127.0.0.1:1', group: agents}\n"
    added = load_checks(read(tmp_path, text.replace("\nservices:\n", f"\n{shop}", 1)))
    assert {check.service for check in added if check.made_by is not None} == {"shop"}


def test_each_is_of_a_category_that_is_called_as_its_kind_is() -> None:
    assert {one.kind for one in KIND_CHECKS} == {heading.id for heading in BY_KIND}
    # The prover asks the simulated service that is called so.
    assert all(kind_needed(one.kind) == one.kind for one in KIND_CHECKS)


async def test_each_is_shown_to_fail() -> None:
    checks = [one.of("some", "Some") for one in KIND_CHECKS]
    assert [str(one) for one in await prove(checks)] == []


def test_where_a_service_is_down_one_check_fails_and_the_others_wait(tmp_path: Path) -> None:
    """A dead service of another stack was only BLOCKED, and no check said that it is down."""
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, "utf-8")
    done = command("check", "redis", "-c", str(file))
    assert done.returncode == 1
    heads = [line for line in done.stdout.splitlines() if line.startswith(("FAIL", "BLOCKED"))]
    assert len(heads) == 1 and heads[0].startswith("FAIL    redis.cache.answers "), done.stdout
    assert "5 BLOCKED: redis.cache.persistence" in done.stdout


async def ended(config: Config, *ids: str) -> dict[str, CheckResult]:
    checking = Checking(config)
    try:
        chosen = [check for check in load_checks(config) if check.id in ids]
        run = await checking.run(chosen, allow=EVERYTHING, ignore_needs=True)
    finally:
        await checking.aclose()
    return {result.check_id: result for result in run.results}


@pytest.mark.parametrize(("days", "outcome"), [(30, Outcome.PASS), (5, Outcome.FAIL)])
async def test_a_certificate_that_soon_ends_is_seen(tmp_path: Path, days: int, outcome: Outcome) -> None:
    """By the client's own eyes, and of a port whose authority nobody named."""
    file = certificate(tmp_path / "own.pem", days)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    async with web_server(context) as web:
        web.routes["/"] = Reply(200, b"ok")
        port, trusted = web.url.rpartition(":")[2], f"tls: {{ca_file: {file}}}"
        config = read(
            tmp_path,
            "services:\n"
            f"  - {{id: page, kind: http, address: 'https://127.0.0.1:{port}/', {trusted}}}\n"
            f"  - {{id: door, kind: tls, address: '127.0.0.1:{port}', {trusted}}}\n"
            f"  - {{id: strange, kind: tls, address: '127.0.0.1:{port}'}}\n",
        )
        ids = ("http.page.certificate", "tls.door.certificate", "tls.strange.certificate")
        found = await ended(config, *ids)
    assert [found[id].outcome for id in ids] == [outcome, outcome, Outcome.FAIL], [
        found[id].message for id in ids
    ]
    assert "self-signed" in found["tls.strange.certificate"].message


@pytest.mark.parametrize(
    ("status", "to", "words"),
    [
        (301, "https://127.0.0.1/", "301 to https"),
        (302, "http://127.0.0.1/login", "expected a redirect to https; found 302 http://127.0.0.1/login"),
        (200, "", "expected a redirect to https; found 200"),
    ],
)
async def test_plain_http_that_does_not_lead_to_https_is_seen(
    tmp_path: Path, status: int, to: str, words: str
) -> None:
    async with web_server() as web:
        web.routes["/"] = Reply(status, b"", {"Location": to} if to else {})
        checking = Checking(read(tmp_path, SHOP))
        try:
            run = await checking.run([check("x", lambda ask: leads_to_https(ask, f"{web.url}/"))])
            closed = await checking.run([check("x", lambda ask: leads_to_https(ask, "http://127.0.0.1:1/"))])
        finally:
            await checking.aclose()
    assert run.results[0].message == words
    assert closed.results[0].message == "closed"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("up == 0", {"up"}),
        ('sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) > 0.5', {"http_requests_total"}),
        (
            "a:b:rate5m / on(instance) group_left(zone) node_x unless c offset 5m",
            {"a:b:rate5m", "node_x", "c"},
        ),
        ('label_replace(x, "up", "$1", "y", "z") > 1e3', {"x"}),
        ("time() - last_run_seconds > 3600 and hour() < bool 5", {"last_run_seconds"}),
    ],
)
def test_the_metrics_of_a_rule_are_found(query: str, names: set[str]) -> None:
    assert metrics(query) == names
