"""What all tests share: the real servers, and an environment without the user's own config and secrets."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["tests.servers.plugin"]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Config and state folders of this test alone."""
    for name in list(os.environ):
        if name.startswith("SUTAZ_TUI") or name in (
            "POSTGRES_PASSWORD",
            "RABBITMQ_PASSWORD",
            "REDIS_PASSWORD",
            "NO_COLOR",
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path
