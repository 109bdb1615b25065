"""What a service's container uses, in the few cells of a row: `98%`, `212/512M`."""

from sutaz_tui.model import Fact, ServiceState

KIB = 1024
UNITS = ("B", "K", "M", "G", "T", "P")
Usage = tuple[str, float | None, float | None]


def usage_of(state: ServiceState) -> Usage:
    """CPU as the source words it, bytes of memory and of its limit; "" and None for what is not known."""
    told = [state.facts, *(claim.facts for claim in state.claims)]
    for facts in told:
        # A database's own figure of its memory is not that of its container.
        if "container_state" in facts:
            cpu = facts.get("cpu")
            return (
                cpu if isinstance(cpu, str) else "",
                _number(facts.get("memory")),
                _number(facts.get("memory_limit")),
            )
    return "", None, None


def cpu_words(cpu: str) -> str:
    """A percentage of one core in four cells."""
    return cpu if len(cpu) <= 4 else f"{cpu[:-3]}k%"


def memory_words(memory: float | None, limit: float | None) -> str:
    """What is used of how much: `212/512M`, `900M/1.5G`, `198M` without a limit, "" where it is not known."""
    if memory is None:
        return ""
    used = size_words(memory)
    if not limit:
        return used
    most = size_words(limit)
    return f"{used[:-1] if used[-1] == most[-1] else used}/{most}"


def size_words(n: float) -> str:
    """Bytes as those who set limits write them: `512M`, `1.5G`, `2G`."""
    size, unit = float(n), 0
    while size >= KIB and unit < len(UNITS) - 1:
        size, unit = size / KIB, unit + 1
    number = f"{size:.1f}".removesuffix(".0") if unit > 2 and size < 10 else f"{size:.0f}"
    return f"{number}{UNITS[unit]}"


def _number(fact: Fact | None) -> float | None:
    return fact if isinstance(fact, int | float) and not isinstance(fact, bool) else None
