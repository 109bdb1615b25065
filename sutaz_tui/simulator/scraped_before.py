"""What the simulated Prometheus scraped before the simulation began: a past that leads to the first values it has."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from sutaz_tui.simulator.container_use import AGE_AT_BIRTH

LIFE, NODE_LIFE = 9_000.0, 400_000.0
"""Seconds that the services of the stack, and its host, had run before: as their counters say."""

WAVE, PERIOD = 0.35, 1_700.0
COUNTER = re.compile(r".*_(total|count|sum|bucket|commit)")
STEADY = re.compile(
    r".*(max|limit|Total|size|settings|_info|_time_seconds|last_|_duration_seconds$|uptime|up$|dimension|memtotal).*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Past:
    """How a series came to its first value: since when, and how it moved."""

    life: float
    phase: float
    is_counter: bool
    is_steady: bool

    @classmethod
    def of(cls, labels: Mapping[str, str], value: float) -> "Past":
        """The past of one series, by its name."""
        name = labels.get("__name__", "")
        # All series of a histogram move alike.
        base = re.sub(r"_(count|sum|bucket)$", "", name)
        return cls(
            NODE_LIFE
            if name.startswith("node_")
            else AGE_AT_BIRTH
            if name.startswith("container_")
            else LIFE,
            crc32(f"{base} {labels.get('instance', '')}".encode()) % 628 / 100,
            COUNTER.fullmatch(name) is not None,
            value in (0.0, 1.0) or STEADY.fullmatch(name) is not None,
        )

    def value(self, first: float, age: float, lived: float) -> float | None:
        """The value `age` seconds before the first one, None before its service began; counters only ever grew.

        `lived`: seconds that the simulation had run at the first one.
        """
        life = self.life + lived
        if age > life:
            return None
        if self.is_steady and not self.is_counter:
            return first
        moved = math.sin(2 * math.pi * age / PERIOD + self.phase) - math.sin(self.phase)
        if self.is_counter:
            return max(0.0, first - first / life * (age + WAVE * PERIOD / (2 * math.pi) * moved))
        value = first * (1 + 0.12 * moved)
        return float(round(value)) if first == int(first) else value
