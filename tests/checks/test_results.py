"""Results kept between runs: privately, masked, for so many days, and what they say of each check."""

import dataclasses
import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from sutaz_tui.config import Checks, Config, History
from sutaz_tui.model import CheckResult, CheckRun, Outcome, SeenFrom, Step
from sutaz_tui.state.history.file import name_of
from sutaz_tui.state.results import LAST, Past, Results
from sutaz_tui.state.stack_name import stack_name
from sutaz_tui.text.sanitise import Secrets
from tests.checks.scripted import check, passes, result, run_of, stack

SECRET = "hunter2-hunter2"
NOW = datetime.now(UTC).replace(microsecond=0)


def at(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def ended(id: str, outcome: Outcome, minutes: float) -> CheckRun:
    return run_of(result(id, outcome, started=at(minutes)))


def kept(folder: Path, config: Config | None = None) -> Results:
    return Results(config or stack(), folder)


def test_the_file_is_the_users_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept(tmp_path / "state").keep(ended("a.x", Outcome.PASS, 1))
    finally:
        os.umask(before)
    files = [*(tmp_path / "state").iterdir()]
    assert name_of(None) in {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_what_failed_last_is_known_to_the_next_run(tmp_path: Path) -> None:
    first = kept(tmp_path)
    for outcome in Outcome:
        first.keep(ended(f"a.{outcome}", outcome, 5))
    first.keep(ended("a.fixed", Outcome.FAIL, 4))
    first.keep(ended("a.fixed", Outcome.PASS, 3))
    first.keep(ended("a.broke", Outcome.PASS, 4))
    first.keep(ended("a.broke", Outcome.FAIL, 3))
    assert kept(tmp_path).failed() == {"a.fail", "a.error", "a.blocked", "a.broke"}


def test_a_skip_changes_nothing(tmp_path: Path) -> None:
    results = kept(tmp_path)
    results.keep(ended("a.x", Outcome.FAIL, 5))
    results.keep(ended("a.x", Outcome.SKIP, 4))
    assert results.failed() == {"a.x"}
    assert results.past(["a.x"])["a.x"].outcomes == (Outcome.FAIL,)


def test_the_last_twenty_and_since_when_it_fails(tmp_path: Path) -> None:
    results = kept(tmp_path)
    outcomes = [Outcome.PASS] * 25 + [Outcome.FAIL, Outcome.ERROR, Outcome.FAIL]
    for minutes, outcome in zip(range(len(outcomes), 0, -1), outcomes, strict=True):
        results.keep(ended("a.x", outcome, minutes))
    past = results.past(["a.x", "a.never"])
    assert past["a.never"] == Past()
    assert past["a.x"].outcomes == tuple(outcomes[-LAST:])
    assert past["a.x"].failing_since == at(3)
    assert past["a.x"].last_pass == at(4)
    assert "6 agents" in past["a.x"].message
    results.keep(ended("a.x", Outcome.PASS, 0))
    healed = results.past(["a.x"])["a.x"]
    assert (healed.failing_since, healed.last_pass) == (None, at(0))


def test_a_check_that_was_never_green_has_no_last_pass(tmp_path: Path) -> None:
    results = kept(tmp_path)
    results.keep(ended("a.x", Outcome.FAIL, 2))
    assert results.past(["a.x"])["a.x"].last_pass is None


@pytest.mark.parametrize("days", [1.0, 7.0])
def test_what_is_older_than_the_config_says_is_forgotten(tmp_path: Path, days: float) -> None:
    results = kept(tmp_path, dataclasses.replace(stack(), history=History(days=days)))
    for name, hours in (("young", -1), ("old", +1)):
        results.keep(ended(f"a.{name}", Outcome.FAIL, days * 24 * 60 + hours * 60))
    assert results.failed() == {"a.young"}


def test_another_config_has_results_of_its_own(tmp_path: Path) -> None:
    kept(tmp_path).keep(ended("a.x", Outcome.FAIL, 1))
    other = dataclasses.replace(stack(), path=tmp_path / "other.yaml")
    assert kept(tmp_path, other).failed() == set()
    same = dataclasses.replace(stack(), services=stack().services[:1], checks=Checks(concurrency=2))
    assert kept(tmp_path, same).failed() == {"a.x"}, "a service more or less loses nothing"


def test_secrets_are_not_kept(tmp_path: Path) -> None:
    config = dataclasses.replace(stack(), secrets=Secrets([SECRET]))
    step = Step("login", f"POST /login {SECRET}", f"200 {SECRET} " + "x" * 5000, 0.1, f"curl -u {SECRET}")
    kept(tmp_path, config).keep(run_of(result("a.x", Outcome.FAIL, started=NOW, steps=(step,))))
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"POST /login ***" in stored
    assert SECRET.encode() not in stored
    assert b"x" * 500 not in stored, "only the head of an answer is kept"


def with_logins() -> Config:
    """A stack whose first service has a password in its address."""
    config = stack()
    first = replace(config.services[0], address=f"http://admin:{SECRET}@127.0.0.1:39999/x?api_key={SECRET}")
    return dataclasses.replace(config, services=(first, *config.services[1:]), secrets=Secrets([SECRET]))


def test_addresses_with_passwords_are_not_in_the_file(tmp_path: Path) -> None:
    config = with_logins()
    kept(tmp_path, config).keep(ended("a.x", Outcome.FAIL, 1))
    for file in tmp_path.iterdir():
        stored = file.read_bytes()
        assert SECRET.encode() not in stored and b"39999" not in stored, file.name
    assert kept(tmp_path, config).failed() == {"a.x"}


OLD = """
CREATE TABLE results (
    stack TEXT NOT NULL, check_id TEXT NOT NULL, at TEXT NOT NULL, outcome TEXT NOT NULL, elapsed REAL NOT NULL,
    message TEXT NOT NULL, steps TEXT NOT NULL
)
"""


@pytest.mark.parametrize("journal", ["delete", "wal"])
@pytest.mark.parametrize("is_named_by_key", [True, False])
def test_results_of_an_older_version_are_taken_over_and_their_addresses_go(
    tmp_path: Path, journal: str, is_named_by_key: bool
) -> None:
    config = with_logins()
    plain = "\n".join(f"{service.id} {service.address}" for service in config.services)
    (tmp_path / "key").write_text("07" * 32)
    stack_of = stack_name(tmp_path, plain) if is_named_by_key else plain
    old = tmp_path / "results.sqlite3"
    with closing(sqlite3.connect(old)) as database:
        database.execute(f"PRAGMA journal_mode = {journal}")
        database.execute(OLD)
        said = f"vault said no to {SECRET[:-2]}…"
        with database:
            for stack_word, id in ((stack_of, "a.x"), ("another", "b.y")):
                database.execute(
                    "INSERT INTO results VALUES (?, ?, ?, 'fail', 0.1, ?, '[]')",
                    (stack_word, id, at(5).isoformat(), said),
                )
    for _ in range(2):
        results = kept(tmp_path, config)
        assert results.failed() == {"a.x"}
        past = results.past(["a.x"])["a.x"]
        assert (past.outcomes, past.failing_since, past.message) == (
            (Outcome.FAIL,),
            at(5),
            "vault said no to ***…",
        )
    with closing(sqlite3.connect(old)) as database:
        assert database.execute("SELECT DISTINCT check_id FROM results").fetchall() == [("b.y",)], (
            "another's stay"
        )
        with database:
            database.execute("UPDATE results SET stack = ?", (plain,))
    assert kept(tmp_path, config).failed() == {"a.x", "b.y"}
    assert not old.exists()
    for file in tmp_path.iterdir():
        assert b"39999" not in file.read_bytes(), file.name


def test_a_damaged_file_of_an_older_version_is_kept_aside(tmp_path: Path) -> None:
    (tmp_path / "results.sqlite3").write_bytes(b"no database " * 500)
    results = kept(tmp_path)
    results.keep(ended("a.x", Outcome.FAIL, 1))
    assert results.failed() == {"a.x"}
    assert (tmp_path / "results.damaged").read_bytes().startswith(b"no database")


def test_an_old_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    kept(tmp_path).keep(ended("a.x", Outcome.PASS, 1))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_folder_that_can_not_be_used_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        kept(tmp_path / "file").keep(ended("a.x", Outcome.PASS, 1))


def test_results_keep_their_check(tmp_path: Path) -> None:
    """Two checks of one run do not speak for each other."""
    results = kept(tmp_path)
    pair: tuple[CheckResult, ...] = (
        result("a.x", Outcome.FAIL, started=NOW),
        result("a.y", Outcome.PASS, started=NOW),
    )
    results.keep(run_of(*pair))
    past = results.past(["a.x", "a.y"])
    assert (past["a.x"].outcomes, past["a.y"].outcomes) == ((Outcome.FAIL,), (Outcome.PASS,))


def test_the_next_board_knows_how_each_check_ended_last(tmp_path: Path) -> None:
    """After 600 results that were kept a new board said that none ran yet, and `f` had nothing to repeat."""
    first = kept(tmp_path)
    first.keep(ended("agents.x", Outcome.PASS, 9))
    first.keep(
        run_of(result("agents.x", Outcome.FAIL, started=at(3), steps=(Step("redis", "PING", "no", 0.1),)))
    )
    first.keep(ended("agents.gone", Outcome.PASS, 2))
    known = kept(tmp_path).last([check("x", passes, "redis"), check("new", passes)])
    assert set(known) == {"agents.x"}
    last = known["agents.x"]
    assert (last.outcome, last.started, last.is_kept) == (Outcome.FAIL, at(3), True)
    assert (last.title, last.service, last.message) == (
        "x is well",
        "redis",
        "expected 8 agents; found 6 agents",
    )
    assert [step.request for step in last.steps] == ["PING"]


def test_what_other_places_found_is_kept_beside_what_was_found_here_and_never_taken_for_it(
    tmp_path: Path,
) -> None:
    """`a.x` passes here and in paris, and fails in berlin, whose clock is wrong; nobody answered for `a.y` at all."""
    results = kept(tmp_path, dataclasses.replace(stack(), secrets=Secrets([SECRET])))
    results.keep(ended("a.x", Outcome.PASS, 9))
    results.keep(run_from(8, result("a.x@berlin", Outcome.PASS, started=at(8), seen_from="berlin")))
    wrong = result(
        "a.x@berlin", Outcome.FAIL, started=at(-900), seen_from="berlin", message="502",
        steps=(Step("login", f"POST {SECRET}", "", 0.1),),
    )  # fmt: skip
    nobody = result("a.y", Outcome.ERROR, started=at(4), seen_from="any")
    results.keep(run_from(5, wrong, result("a.x", started=at(5), seen_from="paris"), nobody))
    assert results.failed() == set() and [one[0] for one in results.ended()] == ["a.x"]
    assert results.past(["a.x"])["a.x"].outcomes == (Outcome.PASS,)
    assert results.last([check("x", passes, category="a")])["a.x"].started == at(9)
    berlin = SeenFrom("berlin", at(4), Outcome.FAIL, "502")
    paris = SeenFrom("paris", at(5), Outcome.PASS, "expected 8 agents; found 6 agents")
    assert results.seen_from(NOW) == {"a.x": (berlin, paris)}
    then = results.seen_from(at(6))["a.x"]
    assert [(one.place, one.outcome) for one in then] == [("berlin", Outcome.PASS)], "as it was known then"
    assert results.seen_from(NOW + timedelta(hours=24)) == {}, "what is old says nothing of now"
    assert SECRET.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def run_from(minutes: float, *results: CheckResult) -> CheckRun:
    """A run of a minute in other places."""
    return replace(run_of(*results), started=at(minutes), finished=at(minutes - 1))
