"""How often a cause was one before: a clock that is set makes no outage of its own."""

from datetime import UTC, datetime, timedelta

from sutaz_tui.engine.again import Outage, Outages
from sutaz_tui.model import Cause

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def cause(since: datetime) -> Cause:
    return Cause("redis", "Redis", since, ":1 refused.")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_each_outage_counts_once_and_the_last_tells_how_long_it_took() -> None:
    outages = Outages()
    outages.recall({"redis": (Outage(NOW - timedelta(days=3), 424),)})
    (first,) = outages.follow([cause(NOW)], NOW + seconds(5))
    assert first.again == "2nd time; last 20 Nov 7m04s"
    assert outages.follow([], NOW + seconds(38)) == ()
    (second,) = outages.follow([cause(NOW + seconds(60))], NOW + seconds(61))
    assert second.again == "3rd time; last 14:00 38s"


def test_what_was_noted_of_the_last_time_is_told() -> None:
    outages = Outages()
    outages.recall({"redis": (Outage(NOW - timedelta(days=3), 424, "raised work_mem"),)})
    (found,) = outages.follow([cause(NOW)], NOW + seconds(5))
    assert found.again == "2nd time; last 20 Nov 7m04s; note: raised work_mem"


def test_a_note_stays_with_later_outages_until_another_one_is_made() -> None:
    outages = Outages()
    outages.recall(
        {
            "redis": (
                Outage(NOW - timedelta(days=3), 424, "raised maxmemory"),
                Outage(NOW - timedelta(days=2), 9),
            )
        }
    )
    (found,) = outages.follow([cause(NOW)], NOW + seconds(5))
    assert found.again == "3rd time; last 21 Nov 9s; note: raised maxmemory"
    outages.noted("redis", NOW + seconds(6), "swapped the disk")
    outages.noted("kong", NOW + seconds(7), "of another service")
    (found,) = outages.follow([cause(NOW)], NOW + seconds(8))
    assert found.again.endswith("note: raised maxmemory"), "it was made of this one"
    outages.follow([], NOW + seconds(38))
    (found,) = outages.follow([cause(NOW + seconds(60))], NOW + seconds(61))
    assert found.again == "4th time; last 14:00 38s; note: swapped the disk"


def test_an_outage_that_an_earlier_run_saw_begin_and_that_goes_on_is_no_further_one() -> None:
    outages = Outages()
    outages.recall({"redis": (Outage(NOW, 424),)})
    # Its container's end bounds the beginning anew.
    (found,) = outages.follow([cause(NOW + seconds(3))], NOW + seconds(430))
    assert found.again == ""


def test_a_clock_that_is_set_makes_no_outage() -> None:
    outages = Outages()
    outages.follow([cause(NOW)], NOW)
    outages.move(timedelta(hours=1))
    (found,) = outages.follow([cause(NOW + timedelta(hours=1))], NOW + timedelta(hours=1))
    assert found.again == ""
    outages.follow([], NOW + timedelta(hours=1, seconds=9))
    later = NOW + timedelta(hours=2)
    (found,) = outages.follow([cause(later)], later)
    assert found.again == "2nd time; last 15:00 9s"
