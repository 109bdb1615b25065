"""What a host did between two looks, as figures: percent, a load, bytes a second."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from sutaz_tui.text.units import bytes_size, memory_size, plural

if TYPE_CHECKING:
    # Nobody needs it before a view is opened.
    from sutaz_tui.sources.host_look import Look

IDLE = ("idle", "iowait")


class Worded(float):
    """A number with the words that stand for it on a screen."""

    words = ""


def worded(value: float, words: str) -> Worded:
    """A number, and how it is written."""
    found = Worded(value)
    found.words = words
    return found


class Figure(Struct, frozen=True):
    """One of them, its value None as long as it takes a second look; `full` is the most that it can usefully be, 0 where it has
    no end."""

    name: str
    value: float | None
    unit: str
    words: str
    full: float = 0.0


def figures_of(before: "Look", now: "Look") -> Iterator[Figure]:
    """What a host did between two looks, and what it has now."""
    passed = now.at - before.at
    spent = {core: _spent(before.cores.get(core, {}), modes) for core, modes in now.cores.items()}
    if now.cores:
        yield _busy("cpu", _summed(spent.values()))
    if now.load:
        words = " ".join(f"{value:.2f}" for value in now.load)
        about = f"{words} in 1, 5 and 15 minutes, {plural(len(now.cores), 'core')}"
        yield Figure("load", now.load[0], "", about, float(max(1, len(now.cores))))
    yield from _memory(now.memory)
    for (resource, which), total in now.pressure.items():
        if which == "some":
            name, words = f"pressure {resource}", "of the time something waited for it"
            if passed <= 0:
                yield Figure(name, None, "%", words, 100.0)
                continue
            share = 100 * max(0.0, total - before.pressure.get((resource, which), total)) / passed
            full = now.pressure.get((resource, "full"), 0.0) - before.pressure.get((resource, "full"), 0.0)
            everybody = f", everybody {100 * max(0.0, full) / passed:.0f} %" if resource != "cpu" else ""
            yield Figure(name, min(100.0, share), "%", words + everybody, 100.0)
    for name, counters in now.networks.items():
        old = before.networks.get(name, counters)
        for way, count, was in zip(("in", "out"), counters, old, strict=True):
            rate = max(0.0, count - was) / passed if passed > 0 else None
            yield Figure(f"{name} {way}", rate, "B/s", f"{bytes_size(round(count))} since it booted")
    for core, modes in sorted(spent.items(), key=lambda one: (len(one[0]), one[0])):
        yield _busy(f"core {core}", modes)


def _busy(name: str, modes: Mapping[str, float]) -> Figure:
    """How much of the time was not idle."""
    if not modes:
        return Figure(name, None, "%", "", 100.0)
    return Figure(name, 100 - _idle(modes), "%", _modes(modes), 100.0)


def _memory(sizes: Mapping[str, float]) -> Iterator[Figure]:
    total, available, swap = (sizes.get(name) for name in ("MemTotal", "MemAvailable", "SwapTotal"))
    if total and available is not None:
        used = f"{memory_size(total - available)} of {memory_size(total)}"
        caches = f", caches {memory_size(sizes['Cached'])}" if "Cached" in sizes else ""
        yield Figure("memory", 100 * (1 - available / total), "%", used + caches, 100.0)
    if swap:
        used_swap = swap - sizes.get("SwapFree", swap)
        words = f"{memory_size(used_swap)} of {memory_size(swap)}"
        yield Figure("swap", 100 * used_swap / swap, "%", words, 100.0)


def _spent(before: Mapping[str, float], now: Mapping[str, float]) -> dict[str, float]:
    """Seconds by mode since before; empty where no time passed, or counters began again."""
    spent = {mode: value - before.get(mode, 0.0) for mode, value in now.items() if "guest" not in mode}
    return spent if before and min(spent.values(), default=-1.0) >= 0 and sum(spent.values()) > 0 else {}


def _summed(each: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for modes in each:
        for mode, value in modes.items():
            found[mode] = found.get(mode, 0.0) + value
    return found


def _idle(modes: Mapping[str, float]) -> float:
    return 100 * sum(modes.get(mode, 0.0) for mode in IDLE) / sum(modes.values())


def _modes(modes: Mapping[str, float]) -> str:
    total = sum(modes.values())
    shares = {mode: 100 * value / total for mode, value in modes.items() if mode != "idle"}
    return ", ".join(f"{mode} {share:.0f} %" for mode, share in shares.items() if share >= 0.5)
