"""Facts with their units."""

import time

import pytest

from sutaz_tui.model import Fact
from widgets.fact_words import fact_words


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("memory_limit", 268_435_456, ("memory limit", "256M")),
        ("memory", 27_311_553, ("memory", "26M")),
        ("memory", 1_610_612_736, ("memory", "1.5G")),
        ("memory", 92.6, ("memory", "92.6 %")),
        ("disk", 40.0, ("disk", "40.0 %")),
        ("cpu", "98%", ("cpu", "98%")),
        ("oldest_transaction", 1.92, ("oldest transaction", "1.9 s")),
        ("lag", 3725.0, ("lag", "1h02m")),
        ("hit_ratio", 0.96, ("hit ratio", "96.0 %")),
        ("bytes", 637_000_000, ("bytes", "637 MB")),
        ("proxy_ms", 12, ("proxy", "12 ms")),
        ("days_left", 89.4, ("days left", "89 days")),
        ("cpu_limit", 1.5, ("cpu limit", "1.5 cores")),
        ("cpu_limit", 1.0, ("cpu limit", "1 core")),
        ("connections", 1204, ("connections", "1,204")),
        ("in_recovery", False, ("in recovery", "no")),
        ("load1", 0.6, ("load1", "0.6")),
        ("memory", float("nan"), ("memory", "nan")),
        ("pg_up", float("inf"), ("pg up", "inf")),
    ],
)
def test_a_fact_has_its_unit(name: str, value: Fact, shown: tuple[str, str]) -> None:
    assert fact_words(name, value) == shown


@pytest.mark.parametrize(
    "name", ["container_started", "container_finished", "started", "expires", "image_built"]
)
@pytest.mark.parametrize("end", ["+00:00", "Z"])
def test_a_moment_is_told_in_the_zone_of_the_other_times_of_the_screen(
    name: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert fact_words(name, f"2026-03-01T22:14:05{end}")[1] == "2026-03-02 03:44:05"
        assert fact_words(name, "never")[1] == "never"
    finally:
        monkeypatch.undo()
        time.tzset()
