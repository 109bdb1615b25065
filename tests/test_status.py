"""`sutaz-tui status`: the words and numbers that scripts rely on."""

import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from sutaz_tui.config import load
from sutaz_tui.model import Known, Service, ServiceState, Snapshot, Status
from sutaz_tui.output.status import as_json, as_text, exit_code
from sutaz_tui.state.folder import StateFolder
from sutaz_tui.state.known_file import MarkChange
from tests.loopback import speaking, until
from tests.running import LEAK, Simulated, begun, command, simulated
from tests.servers.waiting import patient

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STATUSES = ["up", "degraded", "down", "unknown", "absent"]
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


@pytest.fixture
def healthy(stack: Simulated) -> Iterator[Simulated]:
    """The healthy stack; faults are taken back afterwards."""
    yield stack
    stack.control("DELETE", "/faults")


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def assert_is_a_status(whole: Any, ids: list[str]) -> None:
    """The JSON has exactly the promised keys, with the promised types, services in this order."""
    assert list(whole) == ["at", "summary", "causes", "alerts", "services"]
    assert TIME.fullmatch(whole["at"])
    assert list(whole["summary"]) == STATUSES
    assert sum(whole["summary"].values()) == len(whole["services"])
    for cause in whole["causes"]:
        assert list(cause) == ["id", "title", "since", "words", "again", "affected", "needed_by"]
        assert all(isinstance(cause[name], str) and cause[name] for name in ("id", "title", "words"))
        assert TIME.fullmatch(cause["since"])
        assert set(cause["affected"]) <= set(cause["needed_by"])
    for alert in whole["alerts"]:
        assert list(alert) == [
            *("name", "severity", "summary", "since", "labels"),
            *("count", "instances", "silenced_by", "by"),
        ]
        assert alert["since"] is None or TIME.fullmatch(alert["since"])
        assert alert["count"] >= 1 and alert["by"]
    assert [service["id"] for service in whole["services"]] == ids
    for service in whole["services"]:
        assert list(service) == [
            *("id", "title", "group", "kind", "status", "summary"),
            *("word", "because", "disagreements", "known"),
            *("latency", "since", "since_at_least", "age", "facts", "error"),
        ]
        for name in ("id", "title", "group", "kind", "summary"):
            assert isinstance(service[name], str)
            assert service[name]
        assert service["status"] in STATUSES
        assert service["latency"] is None or isinstance(service["latency"], float)
        assert service["age"] is None or isinstance(service["age"], float)
        assert service["since"] is None or TIME.fullmatch(service["since"])
        assert isinstance(service["since_at_least"], bool)
        assert isinstance(service["word"], str) and len(service["word"]) <= 8
        assert all(id in ids for id in service["because"])
        assert all(isinstance(words, str) for words in service["disagreements"])
        assert service["known"] is None or service["known"]
        assert all(isinstance(value, str | bool) or is_number(value) for value in service["facts"].values())
        assert service["error"] is None or len(service["error"]) > 10
        if service["status"] in ("up", "absent"):
            assert service["error"] is None
        else:
            assert service["error"]
            assert not LEAK.search(service["error"]), service["error"]


def test_json_has_the_promised_shape_in_the_configs_order(healthy: Simulated) -> None:
    done = healthy.status("--format", "json")
    ids = [service.id for service in healthy.config.services]
    whole = json.loads(done.stdout)
    assert_is_a_status(whole, ids)
    assert (done.returncode, done.stderr) == (0, "")
    assert whole["summary"] == {"up": len(ids), "degraded": 0, "down": 0, "unknown": 0, "absent": 0}
    assert whole["causes"] == []
    for service in whole["services"]:
        assert service["age"] is not None
        assert service["since"] is not None


def test_json_of_a_stack_in_trouble_names_the_cause_and_who_hangs_on_it(healthy: Simulated) -> None:
    healthy.fault("postgres", "refuse")
    healthy.fault("letta", "503")
    healthy.fault("crewai", "redirect")
    healthy.fault("alertmanager", "refuse")
    done = healthy.status("--format", "json")
    whole = json.loads(done.stdout)
    assert_is_a_status(whole, [service.id for service in healthy.config.services])
    assert (done.returncode, done.stderr) == (1, "")
    found = {service["id"]: service for service in whole["services"]}
    assert [found[id]["status"] for id in ("postgres", "letta", "crewai", "alertmanager")] == [
        *("down", "down", "degraded", "absent")
    ]
    assert found["postgres"]["latency"] is None
    assert (found["crewai"]["word"], found["letta"]["word"]) == ("307", "503")
    causes = {cause["id"]: cause["affected"] for cause in whole["causes"]}
    assert set(causes) == {"postgres", "letta"}
    assert "postgres-exporter" in causes["postgres"]


def test_alerts_of_both_who_tell_them_are_told_once_with_their_age_and_who_silenced_them(
    healthy: Simulated,
) -> None:
    down = ("TargetDown",) * 30
    healthy.control("PUT", "/traits/firing_alerts", {"value": ["HighLatency", "DiskAlmostFull", *down]})
    try:
        urls = {service.id: service.address for service in healthy.config.services}
        moment = datetime.now(UTC)
        silence = {
            "matchers": [{"name": "alertname", "value": "Disk.*", "isRegex": True}], "createdBy": "ann", "comment": "known",
            "startsAt": (moment - timedelta(hours=1)).isoformat(), "endsAt": (moment + timedelta(hours=1)).isoformat(),
        }  # fmt: skip
        assert httpx2.post(f"{urls['alertmanager']}/api/v2/silences", json=silence).status_code == 200
        whole = json.loads(healthy.status("--format", "json").stdout)
        told = {alert["name"]: alert for alert in whole["alerts"]}
        assert {name: alert["count"] for name, alert in told.items()} == {
            "HighLatency": 1, "DiskAlmostFull": 1, "TargetDown": 30,
        }  # fmt: skip
        assert {tuple(sorted(alert["by"])) for alert in told.values()} == {("alertmanager", "prometheus")}
        assert told["HighLatency"]["labels"]["severity"] == told["HighLatency"]["severity"] == "warning"
        assert len(told["TargetDown"]["instances"]) == 30 and "instance" not in told["TargetDown"]["labels"]
        assert told["DiskAlmostFull"]["silenced_by"][0].startswith("silenced by ann until ")
        lines = [line for line in healthy.status().stdout.splitlines() if line.startswith("alert ")]
        assert len(lines) == 3
        assert re.match(
            r"alert TargetDown x30 firing \d+s \(warning\): .*instance shop-\d+:80, .* and 27 more$", lines[0]
        )
        assert lines[2].startswith("alert DiskAlmostFull") and "; silenced by ann until " in lines[2]
    finally:
        healthy.control("PUT", "/state", {"scenario": "healthy"})


def test_a_trouble_that_a_board_marked_as_known_is_told_so_and_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("services:\n  - {id: gone, kind: tcp, address: '127.0.0.1:1'}\n", "utf-8")
    config = load(None, path, {})
    now = datetime.now(UTC)
    mark = Known("gone", "moves on Monday", now + timedelta(hours=1), "ann", now - timedelta(minutes=1))
    StateFolder(config).known.merge([MarkChange("gone", None, mark)], now)
    done = command("status", "-c", str(path), "--format", "json")
    whole = json.loads(done.stdout)
    assert whole["services"][0]["known"] == "moves on Monday"
    assert (whole["summary"]["down"], done.returncode) == (1, 1)
    text = command("status", "-c", str(path)).stdout
    assert "1 known" in text.splitlines()[0] and "known: moves on Monday" in text


def test_text_tells_every_service_and_ends_in_the_same_exit_code(healthy: Simulated) -> None:
    healthy.fault("redis", "refuse")
    done = healthy.status()
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("TEST ")
    assert "1 DOWN" in lines[0] and "0 off" in lines[0]
    assert any(line.startswith("Redis DOWN") for line in lines)
    for service in healthy.config.services:
        assert [line for line in lines if line[2:].startswith(service.title)], service.title
    assert [
        line for line in lines if line in ("AGENTS", "DATABASES", "GATEWAY", "PLATFORM", "MONITORING")
    ] == [*("AGENTS", "DATABASES", "GATEWAY", "PLATFORM", "MONITORING")]
    assert "\x1b" not in done.stdout


def test_only_the_named_services_are_asked_and_told(healthy: Simulated) -> None:
    healthy.control("POST", "/counts/reset")
    healthy.fault("postgres", "refuse")
    done = healthy.status("redis", "letta", "--format", "json")
    assert done.returncode == 0, "what was not named does not count"
    assert_is_a_status(json.loads(done.stdout), ["letta", "redis"])
    assert set(healthy.control("GET", "/counts")) == {"letta", "redis"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("status", "--demo", "leta"), ("'leta'", "letta")),
        (("status", "--demo", "-c", "x.yaml"), ("--demo", "-c")),
        (("status", "--scenario", "real"), ("--scenario", "--demo")),
        (("status", "--demo", "--scenario", "rosy"), ("rosy", "healthy")),
        (("status", "--format", "xml"), ("xml", "json")),
        (("status", "-c", "no-such.yaml"), ("no-such.yaml",)),
        (("--demo", "-c", "x.yaml"), ("--demo", "-c")),
        (("nosuchstack",), ("nosuchstack",)),
        (("simulate", "--fault", "postgres"), ("SERVICE=FAULT",)),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_exit_2_with_words_on_stderr_and_nothing_on_stdout(
    words: tuple[str, ...], said: tuple[str, ...]
) -> None:
    done = command(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(word in done.stderr for word in said), done.stderr
    assert not LEAK.search(done.stderr), done.stderr


def test_a_wrong_config_is_exit_2_and_every_fault_is_told(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "services:\n"
        "  - {id: a, kind: redis, address: '127.0.0.1:1', intervall: 5}\n"
        "  - {id: a, kind: redis, address: '127.0.0.1:1', interval: 0.5}\n",
        "utf-8",
    )
    done = command("status", "-c", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    faults = done.stderr.splitlines()
    assert len([line for line in faults if line.startswith(f"{path}:")]) >= 3
    assert "interval" in done.stderr
    assert not LEAK.search(done.stderr)


def test_a_secret_is_in_no_output(tmp_path: Path, healthy: Simulated) -> None:
    healthy.fault("redis", "garbage")
    healthy.fault("rabbitmq-management", "401")
    secrets = list(healthy.demo.environ.values())
    for form in ("json", "text"):
        done = healthy.status("--format", form)
        assert done.stdout
        assert not [secret for secret in secrets if secret in done.stdout + done.stderr]


async def test_an_interrupt_ends_a_hanging_round_with_130(tmp_path: Path) -> None:
    async with speaking(b"", hangs_up=False) as silent:
        path = tmp_path / "silent.yaml"
        path.write_text(
            f"services:\n  - {{id: mute, kind: redis, address: '{silent.address}', interval: 60, timeout: 50}}\n",
            "utf-8",
        )
        with begun("status", "-c", str(path), "--format", "json") as process:
            await until(silent.busy.is_set)
            process.send_signal(signal.SIGINT)
            await until(lambda: process.poll() is not None)
            out, words = process.communicate()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in words


def test_a_reader_that_leaves_early_is_no_fault(healthy: Simulated) -> None:
    with begun("status", "-c", str(healthy.demo.path), env=healthy.demo.environ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        words = process.stderr.read()
        process.wait(patient(30))
    assert "Traceback" not in words
    assert process.returncode in (0, 1)


def snapshot(*states: ServiceState) -> Snapshot:
    return Snapshot(1, NOW, states)


def service(id: str = "letta") -> Service:
    return Service(id, "Letta", "agent", "agents")


def test_what_was_never_asked_is_null() -> None:
    [told] = json.loads(as_json(snapshot(ServiceState(service(), Status.UNKNOWN, "asking"))))["services"]
    assert (told["latency"], told["since"], told["age"], told["facts"]) == (None, None, None, {})


def test_what_only_runs_is_told_apart_and_is_no_trouble() -> None:
    well = ServiceState(service(), Status.UP, "well", asked=NOW, facts={"checked": True})
    running = ServiceState(
        service("db"), Status.UP, "running", word="running", asked=NOW, facts={"checked": False}
    )
    whole = snapshot(well, running, replace(running, status=Status.DOWN))
    head, *_, row, _ = as_text(whole, {}, "test").splitlines()
    assert "✓ 1 up" in head and "o 1 running, unchecked" in head and "✗ 1 DOWN" in head
    assert row.startswith("o Letta")
    told = json.loads(as_json(snapshot(well, running)))
    assert (told["summary"]["up"], told["services"][1]["facts"]["checked"]) == (2, False)
    assert exit_code(snapshot(well, running)) == 0


def test_times_are_utc_whatever_zone_they_came_in() -> None:
    since = NOW.astimezone(tz=None) - timedelta(hours=1)
    state = ServiceState(
        service(), Status.UP, "well", latency=0.25, since=since, asked=NOW - timedelta(seconds=2.5),
        facts={"model": "tinyllama", "models": 2, "share": 0.5, "is_loaded": True},
    )  # fmt: skip
    [told] = json.loads(as_json(snapshot(state)))["services"]
    assert told["since"] == "2026-11-23T13:00:00.000Z"
    assert (told["latency"], told["age"]) == (0.25, 2.5)
    assert told["facts"] == {"model": "tinyllama", "models": 2, "share": 0.5, "is_loaded": True}


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_line_of_text_is_wider_than_the_terminal(width: int) -> None:
    long = ServiceState(
        service(), Status.DOWN, "refused " * 60, since=NOW, asked=NOW, disagreements=("says " * 60,)
    )
    text = as_text(snapshot(long), {"agents": "Agents"}, "production", width)
    assert max(len(line) for line in text.splitlines()[2:]) == width


def test_a_terminal_without_utf_8_gets_ascii_glyphs(healthy: Simulated) -> None:
    healthy.fault("redis", "refuse")
    done = command(
        *("status", "-c", str(healthy.demo.path), "redis", "letta"),
        env={**healthy.demo.environ, "PYTHONIOENCODING": "ascii:strict"},
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.isascii()
    assert "X Redis" in done.stdout
    assert "+ Letta" in done.stdout


def test_one_round_tells_a_restart_loop_and_a_killed_container() -> None:
    with simulated("healthy") as stack:
        stack.control("PUT", "/traits/restarting_containers", {"value": ["sutazai-letta"]})
        stack.control("PUT", "/traits/oom_killed_containers", {"value": ["sutazai-crewai"]})
        stack.fault("crewai", "refuse")
        told = json.loads(stack.status("--format", "json").stdout)
    assert next(row["word"] for row in told["services"] if row["id"] == "letta").startswith("loop")
    assert "container exited 137 (OOM)" in json.dumps(told["causes"])


def test_a_first_round_that_knows_no_beginning_shows_none() -> None:
    service = Service("a", "A", "tcp", "all")
    now = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    first = ServiceState(
        service, Status.UP, "well", since=now, since_at_least=True, asked=now + timedelta(seconds=1)
    )
    longer = replace(first, since=now - timedelta(minutes=12))
    for state, words in ((first, ""), (longer, "≥12m")):
        row = as_text(Snapshot(1, now, (state,)), {}, "test").splitlines()[-1]
        assert row.removesuffix("well").split()[3:] == ([words] if words else []), row
