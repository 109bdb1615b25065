"""What is news, when it is told, and how much of it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from sutaz_tui.engine.news.disk import Disks
from sutaz_tui.engine.news.items import Items, items_of, items_of_checks, not_well
from sutaz_tui.engine.news.telling import Message, Rationed, State, Teller
from sutaz_tui.model import (
    Alert,
    Cause,
    Change,
    ChangeKind,
    CheckClass,
    CheckResult,
    Failure,
    Outcome,
    Snapshot,
    Status,
)
from sutaz_tui.sources.notify.item import OURS, Item
from tests.notify.hooks import NOON, down, picture, seconds, state

ALL = ("down", "degraded", "unknown", "alerts", "checks")


def stack_of_a_cause() -> Snapshot:
    """PostgreSQL is down, one that needs it fails with it, one is still up."""
    cause = Cause("db", "PostgreSQL", NOON, "PostgreSQL down", ("api",), ("api", "web"))
    api = state("api", Status.DEGRADED, because=("db",), needs=("db",))
    return picture(down("db", title="PostgreSQL"), api, state("web", needs=("db",)), causes=(cause,))


def test_a_cause_and_what_hangs_on_it_are_one_item() -> None:
    found = items_of(stack_of_a_cause(), ALL)
    assert [item.title for item in found.values()] == ["PostgreSQL DOWN"]
    (item,) = found.values()
    assert item.words == "refused; failing with it: Api; 1 more need it"
    assert (item.key, item.services) == ("service:db", ("db", "api"))


def test_what_fails_by_itself_is_an_item_of_its_own() -> None:
    found = items_of(picture(state("a", Status.DEGRADED), down("b"), state("c")), ALL)
    assert [*found] == ["service:a", "service:b"]
    assert [*items_of(picture(state("a", Status.DEGRADED), down("b")), ["down"])] == ["service:b"]


@pytest.mark.parametrize(
    "one",
    [
        state("a", Status.DEGRADED, asks=1),
        down("a", is_remembered=True),
        state("a", Status.UNKNOWN, asked=None),
    ],
    ids=["asked again", "remembered", "not asked yet"],
)
def test_what_is_not_sure_yet_is_no_news_and_no_recovery(one: object) -> None:
    shown = picture(one)  # type: ignore[arg-type]
    assert items_of(shown, ALL) == {}
    assert not_well(shown) == {"a"}


def test_only_the_services_that_are_wanted() -> None:
    shown = stack_of_a_cause()
    assert [*items_of(shown, ALL, {"api"})] == ["service:db"], "its cause is what is wrong with it"
    assert items_of(shown, ALL, {"web"}) == {}


def away(id: str, host: str, **more: object) -> object:
    return down(id, address=f"http://{host}:80/", failure=Failure.SILENT, **more)


def test_a_monitor_that_lost_its_network_is_one_item() -> None:
    shown = picture(
        away("a", "one.example"), away("b", "two.example"), away("c", "[2001:db8::1]"),
        state("near", Status.DEGRADED, because=("a",)), state("here"),
        causes=(Cause("host:one.example", "one.example", NOON, "silent", ("a",)),),
    )  # fmt: skip
    found = items_of(shown, ALL)
    assert [item.title for item in found.values()] == ["this monitor lost its network"]
    assert found["network"].services == ("a", "b", "c", "near")


def test_a_monitor_whose_link_is_down_says_so_once() -> None:
    """Nothing could be sent: it told each service of every host as unknown."""
    one, two = (
        state(id, Status.UNKNOWN, address=f"http://{id}.example:80/", failure=Failure.NETWORK) for id in "ab"
    )
    assert [*items_of(picture(one, two, state("here")), ALL)] == ["network"]
    assert [*items_of(picture(one, away("b", "two.example")), ALL)] == ["network"]


def test_hosts_that_refuse_are_there() -> None:
    refused = (down(id, address=f"{id}.example:5432") for id in "ab")
    assert [*items_of(picture(*refused), ALL)] == ["service:a", "service:b"]


def test_one_host_that_answers_says_that_the_network_is_there() -> None:
    shown = picture(
        away("a", "one.example"), away("b", "two.example"), state("c", address="http://three.example")
    )
    assert [*items_of(shown, ALL)] == ["service:a", "service:b"]
    assert [*items_of(picture(away("a", "one.example"), away("b", "one.example")), ALL)] == [
        "service:a",
        "service:b",
    ]


def restarted(
    minutes: float, kind: ChangeKind = ChangeKind.RESTART, words: str = "container restarted"
) -> Change:
    return Change(NOON - timedelta(minutes=minutes), "a", kind, words)


def test_a_container_that_was_killed_and_is_back_is_told_of_for_ten_minutes() -> None:
    """It was never down when it was looked at, so nobody was told."""
    killed = (
        restarted(2, ChangeKind.OOM, "container OOM-killed at its limit of 512M"),
        restarted(2, words="container restarted (exit 137, OOM), restarts 1"),
    )
    shown = replace(picture(state("a"), state("b")), changes=killed)
    (item,) = items_of(shown, ["restarts"]).values()
    assert (item.title, item.severity, item.service) == ("A: container OOM-killed", "critical", "a")
    assert item.words == "container restarted (exit 137, OOM), restarts 1"
    assert item.since == NOON - timedelta(minutes=2)
    assert items_of(shown, ["down"]) == {} and items_of(shown, ["restarts"], {"b"}) == {}
    assert items_of(replace(shown, at=NOON + timedelta(minutes=9)), ["restarts"]) == {}


def test_restarts_are_counted_and_deploys_of_an_image_are_none() -> None:
    image = restarted(1, ChangeKind.IMAGE, "container recreated, image changed")
    shown = replace(picture(state("a")), changes=(restarted(30), restarted(3), restarted(1)))
    (item,) = items_of(shown, ["restarts"]).values()
    assert (item.title, item.severity) == ("A: container restarted", "warning")
    assert item.words == "container restarted; 2 restarts in 10 minutes"
    assert items_of(replace(shown, changes=(image,)), ["restarts"]) == {}


def test_alerts_are_items_but_for_silenced_ones_and_our_own() -> None:
    alerts = (
        Alert("TargetDown", "critical", "it is down", NOON, count=3),
        Alert("Quiet", "critical", "hush", NOON, silenced_by=("ann",)),
        Alert("ServiceTrouble", "critical", "told back", NOON, labels=(OURS,)),
    )
    assert [item.title for item in items_of(picture(alerts=alerts), ALL).values()] == ["alert TargetDown x3"]
    assert items_of(picture(alerts=alerts), ["down"]) == {}


def result(id: str, outcome: Outcome, **more: object) -> CheckResult:
    return CheckResult(
        id, id.partition(".")[0], id, CheckClass.READS, "api", outcome, "", "", "found 404", NOON, 0.1, **more
    )  # type: ignore[arg-type]


def test_red_checks_are_one_item_a_category_without_what_a_cause_explains() -> None:
    found = items_of_checks(
        [
            result("api.a", Outcome.FAIL), result("api.b", Outcome.ERROR), result("api.c", Outcome.PASS),
            result("jwt.a", Outcome.BLOCKED), result("mcp.a", Outcome.FAIL, cause="db"),
        ],
        {"api": "Backend"}, NOON,
    )  # fmt: skip
    assert {key: item.words for key, item in found.items()} == {
        "checks:api": "2 checks red: api.a, api.b; Backend: found 404"
    }
    assert found["checks:api"].title == "api checks failing"


def items(*ids: str, known: bool = False) -> Items:
    return {id: Item(id, f"{id} DOWN", "refused", "critical", NOON, id, (id,), is_known=known) for id in ids}


def said(messages: list[Message]) -> list[tuple[State, str]]:
    return [(message.state, message.item.key) for message in messages]


def told(teller: Teller, what: Items, first: int, last: int) -> list[tuple[State, str]]:
    return [one for now in seconds(first, last) for one in said(teller.look(what, now))]


def test_a_trouble_is_told_once_it_has_lasted_and_its_recovery_too() -> None:
    teller = Teller("x", 10)
    assert told(teller, items("a"), 0, 10) == []
    assert told(teller, items("a"), 10, 60) == [(State.FIRING, "a")]
    assert told(teller, {}, 60, 70) == []
    assert told(teller, {}, 70, 200) == [(State.RESOLVED, "a")]


def test_a_recovery_says_how_long_it_was_not_how_long_until_that_was_sure() -> None:
    teller = Teller("x", 10, told=items("a").values())
    look = [teller.look({}, NOON + timedelta(seconds=second)) for second in range(60, 71)]
    assert [one.item.words for made in look for one in made] == ["after 1m00s"]


def test_what_is_over_before_that_is_never_told() -> None:
    teller = Teller("x", 10)
    assert told(teller, items("a"), 0, 9) + told(teller, {}, 9, 100) == []


def test_a_known_trouble_is_not_told_and_marking_one_is_no_recovery() -> None:
    teller = Teller("x", 0)
    assert told(teller, items("a", known=True), 0, 5) == []
    assert told(teller, items("a"), 5, 6) == [(State.FIRING, "a")]
    assert told(teller, items("a", known=True), 6, 60) == []
    assert told(teller, {}, 60, 61) == [(State.RESOLVED, "a")]


def test_what_cannot_be_asked_is_no_recovery() -> None:
    teller = Teller("x", 0)
    what = items_of(picture(down("a")), ALL)
    assert said(teller.look(what, NOON)) == [(State.FIRING, "service:a")]
    assert said(teller.look({}, NOON + timedelta(seconds=50), ["a"])) == []
    assert said(teller.look({}, NOON + timedelta(seconds=51))) == [(State.RESOLVED, "service:a")]


def test_what_is_only_told_with_its_cause_by_now_has_not_recovered() -> None:
    teller = Teller("x", 0)
    api = state("api", Status.DEGRADED)
    first = picture(api, state("db"))
    assert said(teller.look(items_of(first, ALL), NOON, not_well(first))) == [(State.FIRING, "service:api")]
    then = stack_of_a_cause()
    later = NOON + timedelta(seconds=20)
    assert said(teller.look(items_of(then, ALL), later, not_well(then))) == [(State.FIRING, "service:db")]
    well = picture(state("api"), state("db"), state("web"))
    last = NOON + timedelta(seconds=40)
    assert {*said(teller.look(items_of(well, ALL), last, not_well(well)))} == {
        (State.RESOLVED, "service:api"), (State.RESOLVED, "service:db"),
    }  # fmt: skip


def test_services_that_were_told_before_the_network_went_have_not_recovered_by_that() -> None:
    teller = Teller("x", 0)
    before = picture(away("a", "one.example"), state("b", address="two.example"))
    assert said(teller.look(items_of(before, ALL), NOON, not_well(before))) == [(State.FIRING, "service:a")]
    lost = picture(away("a", "one.example"), away("b", "two.example"))
    later = NOON + timedelta(seconds=20)
    assert said(teller.look(items_of(lost, ALL), later, not_well(lost))) == [(State.FIRING, "network")]


def test_what_gets_worse_is_told_again() -> None:
    teller = Teller("x", 10)
    slow = items_of(picture(state("a", Status.DEGRADED)), ALL)
    gone = items_of(picture(down("a", since=NOON)), ALL)
    assert told(teller, slow, 0, 20) == [(State.FIRING, "service:a")]
    assert told(teller, gone, 20, 29) == []
    assert told(teller, gone, 29, 60) == [(State.FIRING, "service:a")]
    assert told(teller, slow, 60, 100) == [], "better is not yet well"


def test_what_was_told_by_an_earlier_run_is_not_told_again_and_its_recovery_is() -> None:
    teller = Teller("x", 0, told=items("a").values())
    assert told(teller, items("a"), 0, 30) == []
    assert told(teller, {}, 30, 31) == [(State.RESOLVED, "a")]


def test_what_flaps_is_told_once_then_only_once_it_holds() -> None:
    teller = Teller("x", 0)
    heard = [
        message
        for second in range(600)
        for message in teller.look(items("a") if second // 10 % 2 else {}, NOON + timedelta(seconds=second))
    ]
    assert [one.title for one in heard] == ["a DOWN", "RECOVERED: a DOWN", "a DOWN", "FLAPPING: a DOWN"]
    assert heard[-1].item.words == "changed 4 times within 30s; told again once it holds"
    steady = [one for now in seconds(600, 1300) for one in teller.look(items("a"), now)]
    assert [(one.title, one.item.words) for one in steady] == [
        ("a DOWN", "no longer flapping: so for 10 minutes")
    ]
    assert told(teller, {}, 1300, 1302) == [(State.RESOLVED, "a")], "and then as ever"


def test_a_recovery_that_nobody_wants_is_not_told() -> None:
    teller = Teller("x", 0, recovery=False)
    assert told(teller, items("a"), 0, 5) + told(teller, {}, 5, 50) == [(State.FIRING, "a")]


def test_five_go_out_within_ten_minutes_and_the_last_says_all_that_waits() -> None:
    teller, ration = Teller("x", 0), Rationed("x")
    messages = teller.look(items(*"abcdefgh"), NOON)
    passed = ration.pass_on(messages, NOON)
    assert [message.state for message in passed] == [State.FIRING] * 4 + [State.DIGEST]
    assert passed[-1].item.title == "4 more messages: 4 wrong"
    assert passed[-1].lines == tuple(f"{name} DOWN: refused" for name in "efgh")
    assert ration.pass_on(teller.look({}, NOON + timedelta(seconds=1)), NOON + timedelta(seconds=1)) == []
    assert len(ration.held) == 8, "nothing is lost"
    later = ration.pass_on([], NOON + timedelta(seconds=601))
    assert len(later) == 5 and later[-1].state is State.DIGEST
    assert ration.held == []
    assert len(later[-1].lines) == 4
    assert later[-1].item.title == "4 more messages: 4 well again"


def test_a_clock_that_steps_back_a_day_holds_up_nothing_for_a_day() -> None:
    teller, ration, day = Teller("x", 0), Rationed("x"), timedelta(days=1)
    assert len(ration.pass_on(teller.look(items(*"abcdefgh"), NOON), NOON)) == 5
    held = teller.look({}, NOON + timedelta(seconds=1))
    assert ration.pass_on(held, NOON + timedelta(seconds=1)) == []
    ration.move(-day)
    assert ration.pass_on([], NOON - day + timedelta(seconds=599)) == []
    assert len(ration.pass_on([], NOON - day + timedelta(seconds=601))) == 5


def test_a_disk_that_fills_is_told_before_it_is_full_whatever_is_mounted_there() -> None:
    """Only `/` was looked at: a disk of data or of containers filled unseen."""
    disks = Disks()
    for minute in range(31):
        at = NOON + timedelta(minutes=minute)
        # /tmp is emptied again and again.
        facts = {"disk": 80 + minute / 3, "disk /var": 70 + minute / 2, "disk /tmp": 40 + 3 * (minute % 16)}
        shown = picture(
            state("host", facts=facts, asked=at),
            state("other", facts={"disk": 50.0, "disk read": minute}, asked=at),
        )
        disks.see(replace(shown, at=at))
    left = disks.full_in("host")
    assert left is not None and 29 * 60 < left < 31 * 60
    assert disks.full_in("other") is None
    states = {one.service.id: one for one in shown.services}
    assert [item.title for item in disks.items(states, 3600, NOON).values()] == [
        "Host: disk / full in 30m", "Host: disk /var full in 30m",
    ]  # fmt: skip
    assert disks.items(states, 600, NOON) == {}
    gone = {"host": state("host", facts={"disk": 90.0})}
    assert [*disks.items(gone, 3600, NOON)] == ["disk:host:/"], "nothing is mounted there any more"
    assert len(disks.items({"host": down("host")}, 3600, NOON)) == 2, "it is not known to be well"
