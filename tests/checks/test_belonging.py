"""Checks belong to the config: none for services that are not in it, nor for namesakes of another kind."""

from dataclasses import replace
from pathlib import Path

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.config import Config, kind_of, load
from sutaz_tui.wiring.checks import NoSuchCheck, choose, load_checks
from tests.engine.scripted import config as of_services
from tests.engine.scripted import tcp
from tests.running import ROOT, command

SHOP = """\
services:
  - {id: shop, kind: tcp, address: "127.0.0.1:1"}
  - {id: redis, kind: tcp, address: "127.0.0.1:1"}
"""
OWN = """\
checks:
  own:
    - {id: own.home, kind: tcp, address: "127.0.0.1:1", needs: [shop]}
"""


def built_in() -> Config:
    return load(None, ROOT / "config.example.yaml", {})


def only(config: Config, *ids: str) -> Config:
    return replace(config, services=tuple(s for s in config.services if s.id in ids))


def test_the_built_in_stack_has_every_check() -> None:
    config = built_in()
    assert [check.id for check in load_checks(config)] == [check.id for check in registry.load()]
    assert {s.id: registry.kind_needed(s.id) for s in config.services} == {
        s.id: kind_of(s) for s in config.services
    }


def test_a_config_of_other_services_has_no_foreign_checks() -> None:
    """One http service once listed 437 checks of SutazAI, and skipped all of them."""
    assert load_checks(of_services(tcp("shop"))) == []


def test_a_namesake_of_another_kind_gets_no_check_of_the_real_one() -> None:
    """A tcp service that is called redis got Redis' checks."""
    assert load_checks(of_services(tcp("redis"), tcp("shop"))) == []
    real = load_checks(only(built_in(), "redis"))
    assert real and {check.service for check in real} == {"redis"}
    assert not any("backend" in check.needs for check in load_checks(of_services(tcp("backend"))))


def test_a_category_is_there_for_the_services_that_it_is_about() -> None:
    checks = load_checks(only(built_in(), "mcp-bridge", "grafana"))
    assert {check.category for check in checks} == {"infrastructure", "mcp", "monitoring"}
    with pytest.raises(NoSuchCheck, match=r"'vectors' for the services of this config; categories are "):
        choose(load_checks(only(built_in(), "mcp-bridge"), ["vectors"]), ["vectors"])


def test_a_config_without_checks_says_how_to_add_some(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP, "utf-8")
    for words in (("check",), ("check", "--list")):
        done = command(*words, "-c", str(file))
        assert done.stderr.startswith("no checks for the services of this config: "), done.stderr
        assert done.returncode == (0 if "--list" in words else 3)
    done = command("check", "mcp", "-c", str(file))
    assert (
        done.returncode == 2 and "no category or check 'mcp' for the services of this config" in done.stderr
    )


def test_an_own_check_that_names_its_category_bears_it_once(tmp_path: Path) -> None:
    """`own.home` of the config was `own.own.home`, and could not be run by the name that it was given."""
    file = tmp_path / "own.yaml"
    file.write_text(SHOP + OWN, "utf-8")
    assert command("check", "--list", "-c", str(file)).stdout.split()[0] == "own.home"
    done = command("check", "own.home", "-c", str(file))
    assert done.returncode == 1 and "own.home" in done.stdout
