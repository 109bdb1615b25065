"""What `worker` and `check --on` say where they cannot begin, and what several places say together."""

import dataclasses
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from sutaz_tui.model import CheckClass, CheckResult, CheckRun, Outcome
from sutaz_tui.output.checks import as_markdown, as_text
from sutaz_tui.output.unit import worker_unit_text
from tests.config.faults import HTTP, read, write
from tests.running import ROOT, command, environment

WORKERS = "workers: {broker: amqp://127.0.0.1:1, results: redis://127.0.0.1:1, key: '${KEY}'}\n"
ENV = {"KEY": "0123456789abcdef"}


def test_what_does_not_go_with_other_places_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    path = write(tmp_path, HTTP + WORKERS)
    bare = write((tmp_path / "bare"), HTTP) if (tmp_path / "bare").mkdir() is None else path
    for words, file, said in (
        (("--on", "any", "--allow", "writes"), path, "--allow does not go with --on"),
        (("--on", "any", "--repeat", "2"), path, "--repeat does not go with --on"),
        (("--on", "all"), path, "--on all: workers.vantages of the config names no place"),
        (("--on", "berlin,a b"), path, "--on 'a b': expected all, any, or names of places"),
        (("--on", "any"), bare, "this config names no workers: docs/workers.md says"),
    ):
        told = command("check", *words, "-c", str(file), env=ENV)
        assert told.returncode == 2 and said in told.stderr, told
    told = command("worker", "--from", "any", "-c", str(path), env=ENV)
    assert told.returncode == 2 and "--from 'any': expected another word" in told.stderr, told


def test_without_its_library_it_says_how_to_install_it(tmp_path: Path) -> None:
    path = write(tmp_path, HTTP + WORKERS)
    program = (
        "import sys; sys.modules['dramatiq'] = None; "
        "from sutaz_tui.cli.main import run; sys.exit(run(sys.argv[1:]))"
    )
    for words in (["worker", "--from", "berlin"], ["check", "--on", "any"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *words, "-c", str(path)],
            capture_output=True, text=True, env=environment(ENV), cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr == "workers need a library of their own: pip install 'sutaz-tui[workers]'\n"


def test_its_unit_runs_it_with_the_variables_of_the_config_as_credentials(tmp_path: Path) -> None:
    config = read(tmp_path, HTTP + WORKERS, ENV)
    unit = worker_unit_text(
        dataclasses.replace(config, path=Path("/etc/sutaz-tui/shop.yaml")), "berlin", Path("/bin/true")
    )
    lines = unit.splitlines()
    assert "# /etc/systemd/system/sutaz-tui-worker.service" in lines
    assert "ExecStart=/bin/true worker --from berlin -c /etc/sutaz-tui/shop.yaml" in lines
    assert "#LoadCredential=KEY:/etc/sutaz-tui/KEY" in lines and "DynamicUser=yes" in lines
    assert "sutaz-tui-record" not in unit and ENV["KEY"] not in unit


def test_places_that_differ_are_told_in_a_line_of_their_own() -> None:
    def result(name: str, outcome: Outcome) -> CheckResult:
        place = name.partition("@")[2]
        return CheckResult(
            name, "api", "answers", CheckClass.READS, "backend", outcome, "200", "500", "500", datetime.now(UTC),
            0.1, seen_from=place,
        )  # fmt: skip

    good, bad = Outcome.PASS, Outcome.FAIL
    now = datetime.now(UTC)
    run = CheckRun("1", "", now, now, 6, (
        result("api.a@paris", good), result("api.a@berlin", bad), result("api.a@oslo", good),
        result("api.b@paris", bad), result("api.b@berlin", bad), result("api.b@oslo", bad),
    ))  # fmt: skip
    # Tests of a suite here may have such names too, and are of no place.
    suite = tuple(
        replace(result(f"suite.test[me@{host}]", how), seen_from="")
        for host, how in (("a", good), ("b", bad))
    )
    assert " places " not in as_text(replace(run, results=suite))
    words = "2 of 3 places  passes from paris and oslo, fails from berlin: api.a"
    assert [line for line in as_text(run).splitlines() if " places " in line] == [words]
    assert f"## Differs by place\n\n- {words}\n" in as_markdown(run)
