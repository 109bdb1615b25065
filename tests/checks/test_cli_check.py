"""`sutaz-tui check` and `report` as commands: what they print, where, and how they end."""

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Simulated, begun, command, environment, simulated
from tests.servers.waiting import Deadline, patient

ALL = "writes,heavy,leaves,attack"


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as stack:
        yield stack


@pytest.fixture(autouse=True)
def healthy(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test broke is mended."""
    yield
    if "stack" in request.fixturenames:
        request.getfixturevalue("stack").control("DELETE", "/faults")


def check(stack: Simulated, *words: str) -> subprocess.CompletedProcess[str]:
    return command("check", "-c", str(stack.demo.path), *words, env=stack.demo.environ)


def test_a_demo_with_everything_allowed_is_green() -> None:
    done = command("check", "--demo", "--scenario", "healthy", "--allow", ALL, "mcp")
    assert done.returncode == 0, done.stdout
    [last] = done.stdout.splitlines()
    assert re.fullmatch(r"\d+ pass in \d+\.\d s", last)
    assert done.stderr == ""


def test_without_allow_only_what_reads_runs(stack: Simulated) -> None:
    stack.control("POST", "/counts/reset")
    done = check(stack, "caching", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert {entry["outcome"] for entry in found["results"] if entry["class"] == "reads"} == {"pass"}
    rest = [entry for entry in found["results"] if entry["class"] != "reads"]
    assert rest and {entry["outcome"] for entry in rest} == {"skip"}
    assert all(entry["message"].startswith("not allowed: ") for entry in rest)
    assert sum(found["summary"][key] for key in ("pass", "fail", "error", "blocked", "skip")) == len(
        found["results"]
    )


def test_what_is_named_is_what_runs(stack: Simulated) -> None:
    found = json.loads(check(stack, "mcp", "agents.all.healthy", "--format", "json").stdout)
    assert [category["id"] for category in found["categories"]] == ["agents", "mcp"]
    assert [one["id"] for one in found["results"] if one["category"] == "agents"] == ["agents.all.healthy"]
    stars = json.loads(check(stack, "agents.all.*", "--format", "json").stdout)
    assert {one["id"].rpartition(".")[0] for one in stars["results"]} == {"agents.all"}
    narrowed = json.loads(check(stack, "agents", "-k", "LETTA", "--format", "json").stdout)
    assert narrowed["results"]
    assert all("letta" in f"{one['id']} {one['title']}".casefold() for one in narrowed["results"])


def test_the_list_runs_nothing(stack: Simulated) -> None:
    stack.control("POST", "/counts/reset")
    done = check(stack, "--list")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) >= 254
    does = r"(reads|logins|(writes|heavy|leaves|attack)(,logins)?)"
    assert all(re.match(rf"[a-z0-9]+\.\S+ +{does} +\S", line) for line in lines)
    told = json.loads(check(stack, "--list", "--format", "json").stdout)
    assert [one["id"] for one in told] == [line.split()[0] for line in lines]
    assert [one["logs_in"] for one in told] == ["logins" in line.split()[1] for line in lines]
    assert stack.control("GET", "/requests") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("no-such",),
            "no category or check 'no-such' for the services of this config; categories are agents, api",
        ),
        (("dtabases",), "for the services of this config; did you mean databases?"),
        (("mcp.helth",), "did you mean mcp.health?"),
        (("--allow", "harm", "mcp"), "no class harm; classes are logins, reads, writes"),
        (("--format", "yaml"), "yaml"),
        (("--repeat", "0"), "0"),
        (("-c", "/no/such/file.yaml"), "/no/such/file.yaml"),
    ],
)
def test_wrong_words_are_told_on_stderr(words: tuple[str, ...], said: str) -> None:
    done = command("check", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr


def test_a_down_service_blocks_its_checks_and_ignoring_asks_it(stack: Simulated) -> None:
    stack.fault("redis", "refuse")
    done = check(stack, "caching", "--format", "json")
    assert done.returncode == 1
    blocked = [one for one in json.loads(done.stdout)["results"] if one["outcome"] == "blocked"]
    assert blocked
    assert all("Redis is down: " in one["message"] and one["steps"] == [] for one in blocked)
    asked = json.loads(check(stack, "caching", "--ignore-needs", "--format", "json").stdout)
    assert asked["summary"]["blocked"] == 0
    reds = [one for one in asked["results"] if one["outcome"] == "error"]
    assert reds and all("refused" in one["found"] for one in reds)


def test_only_what_failed_runs_again_and_results_are_private(stack: Simulated, own_folders: Path) -> None:
    stack.fault("redis", "refuse")
    red = {
        one["id"]
        for one in json.loads(check(stack, "caching", "mcp", "--format", "json").stdout)["results"]
        if one["outcome"] in ("fail", "error", "blocked")
    }
    assert red
    stack.fault("redis", None)
    again = check(stack, "--failed", "--format", "json")
    assert {one["id"] for one in json.loads(again.stdout)["results"]} == red
    assert again.returncode == 0
    none = check(stack, "--failed")
    assert (none.returncode, none.stdout) == (0, "none run in 0.0 s\n"), (
        "a pipeline goes on when all is green"
    )
    assert none.stderr == "nothing failed in the last run\n"
    [file] = own_folders.rglob("*.sqlite3")
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_report_keeps_what_it_found(stack: Simulated, own_folders: Path) -> None:
    stack.fault("redis", "refuse")
    assert command("report", "-c", str(stack.demo.path), env=stack.demo.environ).returncode == 1
    stack.fault("redis", None)
    assert "infrastructure.redis.itself" in {
        one["id"] for one in json.loads(check(stack, "--failed", "--format", "json").stdout)["results"]
    }


def test_a_pipeline_ends_within_the_seconds_that_it_gives(stack: Simulated) -> None:
    """A stack that keeps silent took minutes; what has not ended is no pass."""
    for name in ("letta", "crewai"):
        stack.fault(name, "hang")
    done = check(stack, "agents", "--within", "1", "--ignore-needs", "--format", "json")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    late = {one["id"] for one in found["results"] if "the time of the run was over" in one["message"]}
    assert {"agents.letta.healthy", "agents.all.healthy"} <= late
    # What ran meanwhile is told, and the seconds are those of the clock on the wall.
    assert found["summary"]["pass"] and 1 <= found["summary"]["elapsed"] < patient(8)


def test_until_green_asks_red_ones_again(stack: Simulated) -> None:
    patch = {"endpoint": "letta", "path": "/health", "set": {"status": "degraded"}}
    stack.control("PUT", "/patches", {"patches": [patch]})
    words = ("agents.letta.healthy", "agents.crewai.healthy", "--until-green", "20")
    arguments = ("check", "-c", str(stack.demo.path), *words, "--format", "json")
    with begun(*arguments, env=stack.demo.environ) as process:
        try:
            # The probe and the check, and then at least the one again.
            _until_asked(stack, "letta", 3)
        finally:
            stack.control("PUT", "/patches", {"patches": []})
        out, _ = process.communicate(timeout=patient(30))
    found = {one["id"]: one["outcome"] for one in json.loads(out)["results"]}
    assert found == {"agents.letta.healthy": "pass", "agents.crewai.healthy": "pass"}
    assert process.returncode == 0


def _until_asked(stack: Simulated, endpoint: str, times: int, what: str = "requests") -> None:
    stack.control("POST", "/counts/reset")
    deadline = Deadline(20)
    while not deadline.is_over():
        if stack.control("GET", "/counts").get(endpoint, {}).get(what, 0) >= times:
            return
    raise AssertionError(f"{endpoint} was not asked {times} times")


def test_repeat_keeps_the_worst(stack: Simulated) -> None:
    stack.control("POST", "/counts/reset")
    done = check(stack, "agents.letta.healthy", "--repeat", "3", "--format", "json")
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["results"]) == 1
    asked = [one for one in stack.control("GET", "/requests") if one["endpoint"] == "letta"]
    assert len([one for one in asked if one["path"] == "/health"]) >= 3


def test_o_writes_the_results_and_words_go_to_stderr(stack: Simulated, tmp_path: Path) -> None:
    file = tmp_path / "out.xml"
    done = check(stack, "mcp", "--format", "junit", "-o", str(file))
    assert done.stdout == ""
    assert re.search(r"\d+ pass, \d+ skip in \d+\.\d s", done.stderr)
    assert ET.parse(file).getroot().tag == "testsuites"


def test_a_file_that_can_not_be_written_is_told(stack: Simulated, tmp_path: Path) -> None:
    done = check(stack, "agents.letta.healthy", "-o", str(tmp_path / "no" / "out.txt"))
    assert done.returncode == 2
    assert "could not write" in done.stderr and "no/out.txt: No such file" in done.stderr
    assert done.stdout.startswith("1 pass in ")


def test_fail_fast_starts_nothing_more(stack: Simulated) -> None:
    stack.fault("letta", "500")
    done = check(stack, "agents", "--fail-fast", "--ignore-needs", "--format", "json")
    assert done.returncode == 1
    found = json.loads(done.stdout)["results"]
    assert any(one["message"] == "not run: an earlier check failed" for one in found)


def test_an_interrupt_ends_with_130_and_no_traceback(stack: Simulated) -> None:
    stack.fault("backend", "hang")
    stack.control("POST", "/counts/reset")
    words = ("check", "-c", str(stack.demo.path), "api", "--ignore-needs")
    with begun(*words, env=stack.demo.environ) as process:
        _until_asked(stack, "backend", 1, "connections")
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=patient(20))
    assert process.returncode == 130
    assert "Traceback" not in err


def test_textual_is_never_loaded(stack: Simulated) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-m",
            "sutaz_tui",
            "check",
            "-c",
            str(stack.demo.path),
            "agents",
        ],
        cwd=ROOT,
        env=environment(stack.demo.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patient(60),
    )
    loaded = {name.partition(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.M)}
    assert done.returncode == 0
    assert "httpx2" in loaded
    assert not loaded & {"textual", "rich", "uvicorn", "starlette"}


def test_the_report_is_markdown_of_a_live_run(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    done = command("report", "--demo", "--scenario", "report", "-o", str(file))
    text = file.read_text("utf-8")
    assert done.returncode == 1
    assert done.stdout == ""
    for head in (
        "# State of the stack (test)",
        "## By category",
        "## By system",
        "## Failures",
        "## Not run",
    ):
        assert head in text
    assert "jwt.me.own_user" in text and "found: 500" in text
    assert "score" not in text.casefold()
