"""The places, references and targets that CONTRIBUTING and README name are there."""

import re
from pathlib import Path

import pytest

from sutaz_tui.checks import registry
from sutaz_tui.config import KINDS
from sutaz_tui.tui.keymap import ACTIONS
from sutaz_tui.views.registry import BY_ID

ROOT = Path(__file__).parent.parent
PATH = re.compile(r"(?:sutaz_tui|widgets|tests|docs|scripts)/[\w./-]*|[\w.-]+\.(?:md|toml|txt|example\.yaml)")


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "README.md"])
def test_every_place_that_is_named_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    quoted = [path for quote in re.findall(r"`([^`\n]+)`", text) for path in PATH.findall(quote)]
    named = [*quoted, *re.findall(r"\]\(((?!https?:)[^)#]+)", text)]
    assert len(named) > 4
    missing = [path for path in named if not (ROOT / path).exists() and not re.search("[A-Z]{3}", path)]
    assert not missing


def test_the_references_of_the_recipes_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert "Reference: `cadvisor`" in text and "cadvisor" in KINDS
    assert "Reference: `grafana.database`" in text
    assert "monitoring.grafana.database" in {check.id for check in registry.load(["monitoring"])}
    assert "Reference: `queues`" in text and "queues" in BY_ID
    assert "Reference: `checks.again`" in text and "checks.again" in ACTIONS


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("CONTRIBUTING.md", "README.md"):
        assert set(re.findall(r"`make ([a-z-]+)`", (ROOT / name).read_text())) <= targets, name
