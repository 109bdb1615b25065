"""The configs of docs/examples: each is without a fault and is run, against stand-ins of what it names."""

import re
from pathlib import Path

import pytest

from sutaz_tui.config import load
from sutaz_tui.model import Status
from sutaz_tui.wiring.engine import build
from tests.web import Reply, web_server

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
ENVIRON = {"POSTGRES_PASSWORD": "sesame-17", "REDIS_PASSWORD": "sesame-18"}
WELL = {
    "/status.php": {"installed": True, "maintenance": False},
    "/status": {},
    "/health": {"name": "GoTrue"},
    "/api/public/health": {"status": "OK"},
    "/api/health": {"queue": {"depth": 3}, "nodes": ["a", "b"], "database": "ok"},
    "/ping": "Ok.\n",
    "/minio/health/live": "",
    "/healthz": "ok",
    "/containers/json": [],
}
NAMES = sorted(path.name for path in FOLDER.glob("*.yaml"))


def test_there_are_five_of_them_and_they_are_short() -> None:
    assert len(NAMES) == 5
    for name in NAMES:
        assert len((FOLDER / name).read_text().splitlines()) <= 40, name


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_without_a_fault(name: str) -> None:
    config = load(None, FOLDER / name, ENVIRON)
    assert len(config.services) >= 4 and not config.warnings


@pytest.mark.parametrize("name", NAMES)
async def test_an_example_is_run(name: str, tmp_path: Path) -> None:
    async with web_server() as web:
        web.routes = {path: Reply(200, body) for path, body in WELL.items()}
        text = (FOLDER / name).read_text().replace("unix:///var/run/docker.sock", web.url)
        text = re.sub(r"https?://(127\.0\.0\.1:\d+|[a-z]+\.example\.com)", web.url, text)
        text = re.sub(rf"(127\.0\.0\.1|mail\.example\.com):(?!{web.port})\d+", "127.0.0.1:1", text)
        path = tmp_path / name
        path.write_text(text)
        config = load(None, path, ENVIRON)
        engine = build(config)
        try:
            snapshot = await engine.one_round(frozenset(service.id for service in config.services))
        finally:
            await engine.stop()
    states = {state.service.id: state for state in snapshot.services}
    assert all(state.asked is not None and state.word != "fault" for state in states.values())
    # What needs no more than a page of HTTP or a Docker without containers to be judged.
    well = {"nextcloud": ["docker", "nextcloud"], "langfuse": ["web", "worker", "clickhouse", "minio"],
            "monitoring": ["docker"], "supabase": ["docker"], "website": []}[path.stem]  # fmt: skip
    assert [id for id in well if states[id].status is not Status.UP] == [], states
    assert "sesame" not in repr(snapshot)
