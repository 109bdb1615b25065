"""What one fault reddens stands together, and nothing else does."""

from sutaz_tui.checks import registry
from sutaz_tui.checks.faults import faults
from sutaz_tui.model import CheckResult, Outcome, Step
from tests.checks.scripted import result


def red(id: str, outcome: Outcome = Outcome.FAIL, asked: str = "", **more: object) -> CheckResult:
    steps = (Step("x", asked, "500", 0.1),) if asked else ()
    return result(id, outcome, **{"service": "redis", "found": id, "steps": steps, **more})


def grouped(*results: CheckResult) -> dict[str, list[str]]:
    return {fault.head.check_id: [one.check_id for one in fault.others] for fault in faults(results)}


def test_what_waits_for_a_dead_service_stands_below_the_check_that_says_so() -> None:
    itself = red("infrastructure.redis.itself", cause="redis", is_down=True)
    waits = red("caching.kept", Outcome.BLOCKED, cause="redis")
    assert grouped(waits, itself) == {itself.check_id: [waits.check_id]}


def test_a_wrong_answer_of_a_service_in_trouble_is_a_fault_of_its_own() -> None:
    assert grouped(red("a.one", cause="redis"), red("a.two", cause="redis")) == {"a.one": [], "a.two": []}
    # Unless the trouble is another service's.
    assert grouped(red("a.one", cause="kong"), red("a.two", cause="kong")) == {"a.one": ["a.two"]}


def test_the_same_answer_to_the_same_question_is_one_fault() -> None:
    alike = [red(f"a.{n}", asked="GET /me", found="500") for n in range(3)]
    assert grouped(*alike, red("a.other", asked="GET /me", found="404")) == {
        "a.0": ["a.1", "a.2"],
        "a.other": [],
    }
    assert grouped(red("a.one", found="500"), red("a.two", found="500")) == {"a.one": [], "a.two": []}


def test_a_check_that_follows_another_stands_below_it_where_both_are_red() -> None:
    root, next, last = red("a.root"), red("a.next", follows="a.root"), red("a.last", follows="a.next")
    assert grouped(last, next, root) == {"a.root": ["a.last", "a.next"]}
    assert grouped(last, result("a.next"), root) == {"a.last": [], "a.root": []}


def test_each_check_follows_one_that_exists_and_none_itself() -> None:
    every = {check.id: check for check in registry.load()}
    for check in every.values():
        seen = []
        while check.follows:
            assert check.follows in every, check.id
            assert check.id not in seen, seen
            seen.append(check.id)
            check = every[check.follows]


def test_each_service_has_a_check_that_says_when_it_is_down() -> None:
    services = {check.service for check in registry.load()}
    told = {check.service for check in registry.load() if check.is_identity}
    assert services - told <= {"host", "promtail"}
