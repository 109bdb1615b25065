"""What `doctor` tells besides addresses: clocks, logins, proxies, logs, rights, and who listens at all."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.setup.diagnosis import Diagnosis, diagnosed
from sutaz_tui.setup.notes import notes
from sutaz_tui.setup.seen import Seen
from sutaz_tui.setup.surroundings import surroundings, unheard
from tests.setup.test_doctor import told
from tests.web import Reply, web_server


def config_of(folder: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    file = folder / "mine.yaml"
    file.write_text(text)
    return load(None, file, environ or {})


@pytest.mark.parametrize(("late", "words"), [(7290, "2h01m behind"), (-7290, "2h01m ahead of"), (1, "")])
def test_a_clock_that_differs_is_told_by_the_date_of_an_answer(folder: Path, late: float, words: str) -> None:
    async def ask() -> Diagnosis:
        async with web_server() as web:
            date = format_datetime(datetime.now(UTC) - timedelta(seconds=late), usegmt=True)
            health = {"database": "ok", "version": "11.0.0"}
            web.routes = {"/api/health": Reply(body=health)}
            web.other = Reply(404, "", {"Date": date})
            text = f"services: [{{id: grafana, kind: grafana, address: '{web.url}'}}]"
            found = await diagnosed(config_of(folder, text), {}, True, [web.port])
            assert all("authorization" not in headers for headers in web.headers)
            return found

    said = [one for one in asyncio.run(ask()).notes if "clock" in one]
    assert bool(said) == bool(words)
    if words:
        assert words in said[0] and "by the Date that grafana answers" in said[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a compose file, to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_login_that_is_empty_and_a_proxy_that_nobody_uses_are_told(tmp_path: Path) -> None:
    text = (
        "sources: {p: {url: 'http://127.0.0.1:9', auth: {type: basic, user: me, password: '${PROM:-}'}}}\n"
        "services:\n"
        "  db: {kind: postgres, address: '127.0.0.1:1', password: '${DB_PASSWORD:-}'}\n"
        "  prometheus: {kind: prometheus, source: p}\n"
    )
    said = list(surroundings(config_of(tmp_path, text), {"HTTPS_PROXY": "http://me:secret-word@proxy:3128"}))
    assert "db: its password is empty: DB_PASSWORD is not set" in said
    assert "source p: its login is empty: PROM is not set" in said
    assert "HTTPS_PROXY is set: services are asked directly, never through a proxy" in said
    assert "secret-word" not in " ".join(said)
    both = config_of(tmp_path, text, {"DB_PASSWORD": "x", "PROM": "y"})
    assert list(surroundings(both, {})) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_config_that_cannot_be_written_is_told_before_it_is_tried(tmp_path: Path) -> None:
    config = config_of(tmp_path, "services: [{id: a, kind: tcp, address: '127.0.0.1:1'}]")
    (tmp_path / "mine.yaml").chmod(0o400)
    assert any("cannot be written by you" in words for words in surroundings(config, {}))


def test_where_nobody_listens_is_told_and_where_somebody_does_is_not(tmp_path: Path) -> None:
    ended = told(
        tmp_path,
        "services: [{id: cache, kind: redis, address: '127.0.0.1:1'}, "
        "{id: spare, kind: redis, address: '127.0.0.1:2', optional: true}]\n",
    )
    assert "spare" not in ended.stderr
    assert "cache: nobody listens at 127.0.0.1:1 on this host" in ended.stderr
    config = config_of(tmp_path, "services: [{id: a, kind: tcp, address: '127.0.0.1:7'}]")
    assert list(unheard(config, {}, (), {7})) == []


def test_a_container_whose_log_goes_nowhere_is_told_unless_the_config_has_its_log(tmp_path: Path) -> None:
    text = (
        "services:\n  a: {kind: tcp, address: '127.0.0.1:1', container: a}\n"
        "  b: {kind: tcp, address: '127.0.0.1:2', logs: {file: /var/log/b.log}}\n"
    )
    config = config_of(tmp_path, text)
    a, b = (
        Seen(id=name, image="own", container=name, test=("true",), log_driver="none") for name in ("a", "b")
    )
    said = notes(config, {"a": a, "b": b}, [a, b])
    assert said == ["1 container keeps no log (logging driver none): a"]
