"""`sutaz-tui serve`: what Prometheus, scripts and status pages are told, by whom, and what that costs the stack."""

import asyncio
import gc
import json
import os
import signal
import sqlite3
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaz_tui.config import load
from sutaz_tui.config.files import state_folder
from sutaz_tui.errors import ConfigError
from sutaz_tui.model import Snapshot
from sutaz_tui.output.served import STALE_AFTER, Kept, Served, staleness
from sutaz_tui.sources.serving.messages import Answer, Asked
from sutaz_tui.state.history.account import Account, account
from sutaz_tui.state.history.file import HistoryFile
from sutaz_tui.text.masking import Secrets
from tests.certificates import certificate
from tests.recorders import NEVER, recording, settled
from tests.running import LEAK, ROOT, command, environment, hurried, simulated
from tests.servers.waiting import eventually, patient
from tests.serving import PAGES, serving

ONE = "env: test\nservices:\n  - {id: till, kind: tcp, address: '127.0.0.1:1'}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """One service, which refuses."""
    file = tmp_path / "till.yaml"
    file.write_text(ONE)
    return file


def refused(config: Path, *words: str) -> str:
    """What is said where it does not start."""
    done = command("serve", "-c", str(config), *words)
    assert done.returncode == 2 and not done.stdout, done
    assert not LEAK.search(done.stderr)
    return done.stderr


async def test_scrapes_of_an_attached_one_ask_the_stack_nothing_and_tell_the_recorders_picture(
    tmp_path: Path,
) -> None:
    with simulated() as stack:
        config = hurried(stack.config, interval=NEVER)
        async with recording(config, tmp_path) as recorder:
            before = await settled(stack, recorder)
            states = {one.service.id: one for one in recorder.engine.snapshot().services}

            def scrape() -> dict[str, str]:
                with serving("-c", str(stack.demo.path), env=stack.demo.environ) as served:
                    served.until(" DOWN, ")
                    for _ in range(10):
                        for page in PAGES:
                            served.ask(page)
                    return {page: served.ask(page).text for page in PAGES}

            told = await asyncio.to_thread(scrape)
            assert await settled(stack, recorder) == before
    services = json.loads(told["/status.json"])["services"]
    assert {one["id"]: (one["status"], one["summary"], one["latency"]) for one in services} == {
        id: (one.status.label, one.summary, round(one.latency, 6) if one.latency else one.latency)
        for id, one in states.items()
    }
    samples = dict(line.rsplit(" ", 1) for line in told["/metrics"].splitlines() if line[0] != "#")
    for id, one in states.items():
        assert float(samples[f'sutaz_tui_service_status{{service="{id}"}}']) == int(one.status)
        since = samples.get(f'sutaz_tui_service_since_timestamp_seconds{{service="{id}"}}')
        assert (float(since) if since else None) == (one.since.timestamp() if one.since else None)
    assert samples["sutaz_tui_attached"] == "1.0" and samples["sutaz_tui_asks_total"] == "0.0"
    assert float(samples["process_resident_memory_bytes"]) > 1e7
    assert told["/healthz"] == "ok\n" and "34 up" in told["/status"]


async def test_a_recorder_that_asks_nobody_makes_it_unhealthy(config: Path, tmp_path: Path) -> None:
    read = load(None, config, os.environ)
    async with recording(read, tmp_path, polls=False) as recorder:
        with serving("-c", str(config)) as served:
            for page in ("/healthz", "/status"):
                reply = await asyncio.to_thread(served.ask, page)
                assert reply.code == 503 and "no service has been asked yet" in reply.text
            await recorder.engine.start()
            # The picture is there; what it shows is another thing.
            await asyncio.to_thread(served.until, "till DOWN")
            told = [(await asyncio.to_thread(served.ask, page)).code for page in ("/healthz", "/status")]
            assert told == [200, 503]


def test_a_picture_is_stale_once_nobody_was_asked_for_three_intervals() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)

    def after(seconds: float) -> str:
        return staleness(Snapshot(1, now, round_at=now - timedelta(seconds=seconds)), 15.0)

    assert not after(45 + STALE_AFTER) and "no service was asked for 56 s" in after(46 + STALE_AFTER)


def test_without_a_recorder_it_polls_keeps_the_history_and_ends_at_once(config: Path) -> None:
    with serving("-c", str(config)) as served:
        served.until("till DOWN")
        assert served.ask("/status").code == 503
        assert json.loads(served.ask("/status.json").text)["summary"]["down"] == 1
        assert 'service="till"} 4.0' in served.ask("/metrics").text
        # It is written behind; who looks as often as this is told to wait in between.
        eventually(lambda: '"cause": "till"' in served.ask("/history.json").text, "the incident", 30)
        served.process.send_signal(signal.SIGTERM)
        _, told = served.process.communicate()
        assert served.process.returncode == 128 + signal.SIGTERM and not told
    assert "till" in command("history", "-c", str(config)).stdout


def _endless(database: sqlite3.Connection) -> None:
    """A history that no reader ever comes to the end of."""
    now = int(time.time() * 1000)
    database.execute("INSERT INTO spans VALUES (1, ?, NULL, 'up', '', '', ?, 1, NULL)", (now - 1, now - 1))
    database.execute("DROP TABLE subjects")
    database.execute(
        "CREATE VIEW subjects AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
        " SELECT -i AS no, 'service' AS kind, '' AS id FROM n"
    )


HISTORY = Asked("GET", "/history.json", "", ("localhost",), (), False, "127.0.0.1")


def _serving_history(kept: Kept) -> Served:
    async def metrics() -> Answer:
        raise AssertionError

    return Served(lambda: Snapshot(1, datetime.now(UTC)), 15, Secrets([]), [], metrics, kept, within=0.3)


async def test_a_history_that_takes_too_long_is_not_read_on_when_nobody_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, ended = HistoryFile(tmp_path / "endless.sqlite3"), list[bool]()
    file.change(_endless)
    file.close()

    def kept(begin: datetime, end: datetime, is_given_up: Callable[[], bool]) -> Account:
        try:
            return file.read(lambda database: account(database, begin, end, lambda _: ()), is_given_up)
        finally:
            ended.append(is_given_up())

    served = _serving_history(kept)
    for times in (1, 2):
        told = await served.answer(HISTORY)
        assert told.code == 503 and b"within 0.3 s: ask for a shorter span" in told.body
        eventually(lambda times=times: ended == [True] * times, "its thread has ended", 20)
    await asyncio.sleep(0)
    del served
    gc.collect()
    assert not caplog.text


async def test_a_reader_that_cannot_be_stopped_has_no_second_one_beside_it() -> None:
    begun, goes_on = list[datetime](), threading.Event()

    def kept(begin: datetime, end: datetime, is_given_up: Callable[[], bool]) -> Account:
        begun.append(begin)
        if len(begun) == 1:
            goes_on.wait(patient(60))
        return Account(begin, end, (), (), ())

    served = _serving_history(kept)
    assert [(await served.answer(HISTORY)).code for _ in range(3)] == [503] * 3 and len(begun) == 1
    goes_on.set()
    while (told := await served.answer(HISTORY)).code == 503:
        assert len(begun) == 1
    assert told.code == 200


def test_of_the_demo_it_tells_too_but_no_history(tmp_path: Path) -> None:
    with serving("--demo", "--scenario", "healthy") as served:
        served.until(" DOWN, ")
        assert served.ask("/status").code == 200 and served.ask("/history.json").code == 404
        assert 'service="postgres"} 1.0' in served.ask("/metrics").text
    assert not list((tmp_path / "state").rglob("*.sqlite3"))


def test_the_token_is_made_once_for_its_owner_alone(config: Path) -> None:
    with serving("-c", str(config)) as first:
        file = state_folder() / "serve.token"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(first.token) >= 40
    with serving("-c", str(config)) as second:
        assert second.token == first.token and second.ask("/healthz").code in (200, 503)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: file.write_text("x" * 43) and file.chmod(0o640), "can be read by others (mode 0640)"),
        (lambda file: file.symlink_to(ROOT / "README.md"), "too many levels of symbolic links: remove it, and a new one is made"),
        (lambda file: file.write_bytes(b"") or file.chmod(0o600), "holds no token"),
        # As of CVE-2026-46607: a pickle that would run a program.
        (lambda file: file.write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.") and file.chmod(0o600), "holds no token"),
        (lambda file: os.mkfifo(file, 0o600), "is no file of this user"),
        (lambda file: file.mkdir(), "is a directory"),
    ],
)  # fmt: skip
def test_a_token_file_that_is_none_is_not_used(config: Path, make: object, said: str) -> None:
    state_folder().mkdir(parents=True, mode=0o700)
    assert callable(make)
    make(state_folder() / "serve.token")
    told = refused(config, "--listen", "127.0.0.1:0")
    assert said in told and "serve.token" in told


def test_a_state_folder_in_which_others_may_write_is_not_used(config: Path) -> None:
    folder = state_folder()
    folder.mkdir(parents=True, mode=0o700)
    folder.chmod(0o777)
    told = refused(config, "--listen", "127.0.0.1:0")
    assert f"{folder} is a state folder that others can write" in told and "chmod 700" in told
    assert not list(folder.iterdir()) and stat.S_IMODE(folder.stat().st_mode) == 0o777
    if os.getuid() == 0:
        folder.chmod(0o700)
        os.chown(folder, 65534, -1)
        assert "that belongs to somebody else" in refused(config, "--listen", "127.0.0.1:0")


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("0.0.0.0:9849", "a token would cross the network in clear"),
        ("[::]:9849", "a token would cross the network in clear"),
        ("192.0.2.1:9849", "a token would cross the network in clear"),
        ("127.0.0.1", "expected an address of this machine and a port"),
        ("example.org:80", "expected an address of this machine and a port"),
        ("127.0.0.1:70000", "expected an address of this machine and a port"),
        ("127.0.0.1:९८४९", "expected an address of this machine and a port"),
    ],
)
def test_elsewhere_than_on_loopback_it_does_not_listen_in_clear(config: Path, listen: str, said: str) -> None:
    config.write_text(f"{ONE}serve: {{listen: '{listen}'}}\n")
    with pytest.raises(ConfigError) as raised:
        load(None, config, os.environ)
    assert "serve.listen: found" in str(raised.value) and said in str(raised.value)


def test_where_it_is_told_to_listen_by_an_option_the_same_holds(config: Path) -> None:
    assert "a token would cross the network in clear" in refused(config, "--listen", "0.0.0.0:9849")


def test_a_port_that_another_has_is_told_with_whom_to_ask(config: Path) -> None:
    with serving("-c", str(config)) as served:
        told = refused(config, "--listen", f"127.0.0.1:{served.port}")
        assert f"ss -ltnp 'sport = :{served.port}'" in told


def _trusting(file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=file)
    context.check_hostname = False
    return context


def test_with_a_certificate_it_listens_elsewhere_and_wants_the_token(config: Path, tmp_path: Path) -> None:
    ours = certificate(tmp_path / "serve.pem")
    tls = "{cert_file: serve.pem, key_file: serve.pem}"
    config.write_text(f"{ONE}serve: {{listen: '0.0.0.0:0', hosts: [127.0.0.1], tls: {tls}}}\n")
    with serving("-c", str(config), "--listen", "0.0.0.0:0", context=_trusting(ours)) as served:
        assert served.ask("/status.json").code == 200 and served.ask("/status.json", {}).code == 401
        in_clear = (
            f"GET /status.json HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.token}\r\n\r\n"
        )
        assert b"services" not in served.sent(in_clear.encode())


def test_who_shows_a_certificate_of_the_authority_needs_no_token_and_nobody_else_is_let_in(
    config: Path, tmp_path: Path
) -> None:
    ours, theirs, strangers = (certificate(tmp_path / f"{name}.pem") for name in ("serve", "them", "who"))
    config.write_text(
        f"{ONE}serve: {{tls: {{cert_file: {ours}, key_file: {ours}, clients_file: {theirs}}}}}\n"
    )
    with serving("-c", str(config), context=_trusting(ours)) as served:
        assert served.context is not None and not (state_folder() / "serve.token").exists()
        for file in (None, strangers):
            served.context = _trusting(ours)
            if file is not None:
                served.context.load_cert_chain(file)
            with pytest.raises(OSError, match=r"(?i)alert|reset|eof|closed"):
                served.ask("/status.json", {})
        served.context.load_cert_chain(theirs)
        assert served.ask("/status.json", {}).code == 200


def test_a_token_of_the_config_is_taken_and_a_short_one_is_not(config: Path) -> None:
    config.write_text(f"{ONE}serve: {{token: '${{SERVE_TOKEN}}'}}\n")
    long = {"SERVE_TOKEN": "a-token-of-thirty-characters-x"}
    with serving("-c", str(config), env=long) as served:
        served.token = long["SERVE_TOKEN"]
        assert served.ask("/status.json").code == 200 and not (state_folder() / "serve.token").exists()
    with pytest.raises(ConfigError, match="found a short one, expected 20") as raised:
        load(None, config, {"SERVE_TOKEN": "short-one"})
    assert "short-one" not in str(raised.value)


def test_without_its_libraries_it_says_how_to_install_them(config: Path) -> None:
    program = (
        "import sys; sys.modules['prometheus_client'] = None; "
        "from sutaz_tui.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "serve", "-c", str(config)],
        capture_output=True, text=True, env=environment(), cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "serve needs libraries of its own: pip install 'sutaz-tui[serve]'\n"
