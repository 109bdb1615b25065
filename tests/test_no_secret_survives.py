"""No configured secret of eight or more characters survives anywhere, however it is written and wherever a text is cut."""

import asyncio
import base64
import json
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sutaz_tui.config import Config, load
from sutaz_tui.model import CheckRun, Snapshot
from sutaz_tui.output import crash
from sutaz_tui.output.checks import FORMATS
from sutaz_tui.output.plain import PlainBoard
from sutaz_tui.output.report import as_report
from sutaz_tui.output.status import as_json, as_text
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.results import Results
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.sanitise import Secrets, hiding
from sutaz_tui.wiring.checks import Checking, load_checks
from sutaz_tui.wiring.engine import build
from tests.loopback import speaking
from tests.running import command
from tests.web import Reply, web_server

SHOWN = 8
"""So many characters of a secret in a row are not shown; fewer than that may be left of one that a server cut."""

SECRET = "Zq9-very-secret-value-0123456789"
# Without letters that the words round it are made of, so that only the secret itself looks like it.
ALPHABET = (string.ascii_letters + string.digits + "-_.!$%&/()=?+~#@:;,<>[]{}|^\"'\\ äß日").replace("z", "")
SECRETS = st.text(ALPHABET, min_size=8, max_size=60).filter(
    lambda text: text == " ".join(text.split()) and len(set(text)) > 5 and "***" not in text
)
WRITTEN = {
    "raw": str,
    "percent": lambda text: quote(text, safe=""),
    "form": quote_plus,
    "json": lambda text: json.dumps(text)[1:-1],
    "json in utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "login": lambda text: base64.b64encode(f"zz:{text}".encode()).decode(),
}
# Lengths at which something is cut, and all others.
OFFSETS = st.integers(0, 900) | st.sampled_from([60, 80, 100, 120, 160, 200, 300, 400, 2000, 4096]).flatmap(
    lambda limit: st.integers(max(0, limit - 70), limit)
)


def windows(secret: str) -> set[str]:
    """What must not be shown: every part of every form, of SHOWN characters."""
    forms = {written(secret) for written in WRITTEN.values()}
    parts = {form[at : at + SHOWN] for form in forms for at in range(max(1, len(form) - SHOWN + 1))}
    # The user's part of a login is no secret, nor are the characters that it shares with what follows.
    login = WRITTEN["login"](secret)
    return {part for part in parts if len(part) == SHOWN and part not in login[: SHOWN + 3]}


def config_text(url: str, port: int, output: Path) -> str:
    http = [("a", "http"), ("b", "backend"), ("c", "chromadb"), ("d", "qdrant"), ("e", "ollama")]
    http += [("f", "kong"), ("g", "mcp-bridge"), ("h", "faiss"), ("i", "alertmanager"), ("j", "neo4j")]
    services = "".join(
        f"  - {{id: {id}, kind: {kind}, address: '{url}/{id}', group: x}}\n" for id, kind in http
    )
    through = "".join(
        f"  - {{id: {id}, kind: {kind}, source: {kind}, group: x}}\n"
        for id, kind in (("k", "consul"), ("l", "prometheus"), ("m", "loki"))
    )
    return f"""
env: test
sources:
  consul: {{url: '{url}/consul'}}
  prometheus: {{url: '{url}/prometheus'}}
  loki: {{url: '{url}/loki'}}
services:
{services}{through}  - {{id: n, kind: redis, address: '127.0.0.1:{port}', password: '${{PW}}', group: x}}
  - {{id: o, kind: command, argv: [/bin/sh, -c, 'cat {output}; exit 2'], group: x}}
checks:
  own:
    - {{id: status, kind: http, url: '{url}/a'}}
    - {{id: regex, kind: http, url: '{url}/a', status: [200, 307, 500], regex: 'not there'}}
    - {{id: json, kind: http, url: '{url}/a', status: [200, 307, 500], json_path: said, json_value: x}}
    - {{id: header, kind: http, url: '{url}/a', status: [200, 307, 500], header: location, header_value: x}}
    - {{id: redis, kind: redis, service: n, command: [GET, x], equals: x}}
    - {{id: promql, kind: promql, service: l, query: up, min: 0}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


async def asked(config: Config) -> tuple[Snapshot, CheckRun]:
    """A round of every service, and a run of every check that this stack can be asked."""
    engine = build(config)
    try:
        snapshot = await engine.one_round()
    finally:
        await engine.stop()
    checking = Checking(config)
    try:
        run = await checking.run(load_checks(config, ["own"]), ignore_needs=True)
    finally:
        await checking.aclose()
    return snapshot, run


def outputs(config: Config, snapshot: Snapshot, run: CheckRun, state: Path) -> Iterator[tuple[str, str]]:
    """Everything that a person, a program or the state folder gets of it, by name."""
    yield "status", as_text(snapshot, {}, "test", 200, False)
    yield "status --format json", as_json(snapshot)
    yield "plain", "\n".join(PlainBoard("test").lines(snapshot))
    yield "everything known", repr([(state.summary, state.error, state.facts) for state in snapshot.services])
    yield "evidence", repr([result.steps for result in run.results])
    for name, form in FORMATS.items():
        yield f"check --format {name}", form(run)
    yield "report", as_report(run, {}, "test")
    kept = StateFolder(config, state)
    writer = Writer(print)
    kept.save_picture(snapshot, writer)
    kept.save_view(as_text(snapshot, {}, "test", 200, False), writer, lambda _: None)
    assert writer.flush(60.0) == []
    Results(config, state).keep(run)
    for file in state.rglob("*"):
        if file.is_file():
            yield file.name, file.read_bytes().decode("utf-8", "replace")


@dataclass(frozen=True)
class Quote:
    """How a server quotes the secret: in which form, behind how many characters, cut by itself after so many of it."""

    form: str
    offset: int
    cut: int | None
    how: str

    def words(self, secret: str) -> str:
        quoted = WRITTEN["percent" if self.how == "307" else self.form](secret)
        before = ("z-zz/" * 1000)[: self.offset]
        return before + (f"{quoted}/{'zz-z' * 1500}" if self.cut is None else quoted[: self.cut])

    def reply(self, secret: str) -> Reply:
        words = self.words(secret)
        if self.how == "said":
            keys = ("said", "status", "error", "message", "version", "detail", "data")
            return Reply(200, json.dumps(dict.fromkeys(keys, words)), {"Content-Type": "application/json"})
        if self.how == "307":
            return Reply(307, b"", {"Location": f"http://127.0.0.1:1/{words}"})
        return Reply(int(self.how), words)


QUOTES = st.builds(
    Quote,
    form=st.sampled_from(list(WRITTEN)),
    offset=OFFSETS,
    cut=st.none() | st.integers(1, 80),
    how=st.sampled_from(["500", "200", "said", "307"]),
)


# One example takes seconds, as a service is asked again a second after its first failure: shrinking would take minutes.
@settings(max_examples=12, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(SECRETS, st.lists(QUOTES, min_size=15, max_size=15))
@pytest.mark.timeout(600)
async def test_whatever_a_stack_says(folder: Path, secret: str, quotes: list[Quote]) -> None:
    output = folder / "output"
    output.write_text(quotes[0].words(secret))
    file = folder / "stack.yaml"
    said = f"-ERR {quotes[1].words(secret)}\r\n".encode()
    async with web_server() as web, speaking(said) as port:

        def choose(path: str) -> None:
            web.other = quotes[sum(path.split("/")[1].encode()) % len(quotes)].reply(secret)

        web.on_request = choose
        file.write_text(config_text(web.url, port.port, output))
        config = load(None, file, {"PW": secret})
        snapshot, run = await asked(config)
    hidden = windows(secret)
    for name, text in outputs(config, snapshot, run, folder / "state"):
        shown = [part for part in hidden if part in text]
        assert not shown, f"{name} shows {shown}"


@given(SECRETS, st.sampled_from(list(WRITTEN)), OFFSETS)
def test_a_crash_leaves_no_secret_in_its_report_nor_in_its_words(
    folder: Path, secret: str, form: str, offset: int
) -> None:
    said = ("z " * 5000)[:offset] + WRITTEN[form](secret) + " zz" * 20
    secrets = Secrets([secret])
    with hiding(secrets):
        try:
            raise ValueError(said)
        except ValueError as error:
            told = crash.words(error, folder / "crashes", secrets)
    reports = "".join(file.read_text("utf-8") for file in (folder / "crashes").iterdir())
    assert not [part for part in windows(secret) if part in told or part in reports]


@pytest.mark.parametrize("offset", [0, 35, 55, 4070, 4090])
async def test_every_command_hides_what_the_stack_quotes(tmp_path: Path, offset: int) -> None:
    words = ("z zz " * 1000)[:offset] + SECRET + " zzz" * 2000
    output = tmp_path / "output"
    output.write_text(words)
    env = {"PW": SECRET, "XDG_STATE_HOME": str(tmp_path / "state")}
    async with web_server() as web, speaking(f"-ERR {words}\r\n".encode()) as port:
        web.other = Reply(500, words)
        file = tmp_path / "stack.yaml"
        file.write_text(config_text(web.url, port.port, output))

        async def shown(*command_words: str) -> str:
            done = await asyncio.to_thread(command, *command_words, "-c", str(file), env=env)
            return done.stdout + done.stderr

        told = {
            "status": await shown("status", "--format", "json"),
            "check": await shown("check", "own", "--format", "json"),
            "report": await shown("report", "own"),
            "logs": await shown("logs", "a"),
            "query": await shown("logs", "--query", "{a='b'}"),
        }
    assert "answers 500" in told["status"] and "expected 200" in told["check"], "they were asked"
    told |= {
        file.name: file.read_bytes().decode("utf-8", "replace")
        for file in (tmp_path / "state").rglob("*")
        if file.is_file()
    }
    assert any(name.startswith("history-") for name in told)
    leaks = {name: [part for part in windows(SECRET) if part in text] for name, text in told.items()}
    assert not any(leaks.values()), leaks
