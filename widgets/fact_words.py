"""Facts with their units: what a probe tells as plain numbers is shown as operators write it."""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from sutaz_tui.model import Fact
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import ago, bytes_size, memory_size

MEMORY = frozenset({"memory", "memory_limit", "max_memory"})
BYTES = frozenset({"bytes"})
SECONDS = frozenset(
    {"oldest_transaction", "lag", "newest_line_age", "clock_behind", "oldest_scrape", "uptime"}
)
RATIOS = frozenset({"hit_ratio"})
DAYS = frozenset({"days_left", "certificate_days"})
PERCENT = frozenset({"cpu", "memory", "disk"})
CORES = frozenset({"cpu_limit"})
MOMENTS = frozenset({"started", "container_started", "container_finished", "image_built", "expires"})
"""ISO moments with their zone; on the screen they stand beside local times."""


def fact_words(name: str, value: Fact) -> tuple[str, str]:
    """A fact's name and value as they are read: `memory limit`, `256M`."""
    title, text = name.replace("_", " "), _text(name, value)
    if name.endswith("_ms") and isinstance(value, int | float) and not isinstance(value, bool):
        return title.removesuffix(" ms"), f"{value:,} ms"
    return title, text


def _text(name: str, value: Fact) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        with suppress(ValueError):
            if name in MOMENTS and (at := datetime.fromisoformat(value)).tzinfo is not None:
                return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
        return one_line(value, 80)
    if not math.isfinite(value):
        return str(value)
    if name in PERCENT and isinstance(value, float):
        return f"{value:.1f} %"
    if name in MEMORY:
        return memory_size(value)
    if name in BYTES:
        return bytes_size(int(value))
    if name in SECONDS:
        return f"{value:.1f} s" if 0 <= value < 60 else ago(value)
    if name in RATIOS:
        return f"{100 * value:.1f} %"
    if name in DAYS:
        return f"{value:,.0f} days"
    if name in CORES:
        return f"{value:g} core{'s' * (value != 1)}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")


def facts_words(facts: Mapping[str, Fact]) -> str:
    """Facts as `name value`, in their order."""
    return "  ".join(" ".join(fact_words(name, value)) for name, value in facts.items())
