"""What a service's container is and uses, in few cells: `98%`, `212/512M`."""

from collections.abc import Mapping

from sutaz_tui.model import Fact, ServiceState
from sutaz_tui.text.exits import exit_words
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.text.units import memory_size

STATE = "container_state"
Usage = tuple[str, float | None, float | None]


def usage_of(state: ServiceState) -> Usage:
    """CPU as the source words it, bytes of memory and of its limit; "" and None for what is not known."""
    for facts in (state.facts, *(claim.facts for claim in state.claims)):
        # A database's own figure of its memory is not that of its container.
        if STATE in facts:
            return _usage(facts)
    return "", None, None


def _usage(facts: Mapping[str, Fact]) -> Usage:
    cpu = facts.get("cpu")
    memory, limit = _number(facts.get("memory")), _number(facts.get("memory_limit"))
    return cpu if isinstance(cpu, str) else "", memory, limit


def container_words(facts: Mapping[str, Fact]) -> str:
    """What is told of a container, the weightiest first: `exited 137 (killed), restarts 2, limit 256M, image …`."""
    state, code = facts.get(STATE), facts.get("exit_code")
    if state is None:
        return ""
    cpu, memory, limit = _usage(facts)
    health, restarts, image = (facts.get(name) for name in ("health", "restarts", "image"))
    has_ended = state != "running" and isinstance(code, int)
    ended = f" {exit_words(int(code or 0), facts.get('oom') is True)}" if has_ended else ""
    parts = [
        f"{one_line(str(state), 20)}{ended}" + (f" ({one_line(str(health), 20)})" if health else ""),
        f"restarts {restarts}" if restarts else "",
        "was out of memory" if facts.get("oom") is True and not has_ended else "",
        f"cpu {cpu}" if cpu else "",
        f"memory {memory_words(memory, limit)}" if memory is not None else "",
        f"limit {memory_size(limit)}" if limit and memory is None else "",
        f"image {one_line(str(image), 80)}" if image else "",
    ]
    return ", ".join(part for part in parts if part)


def cpu_words(cpu: str) -> str:
    """A percentage of one core in four cells."""
    return cpu if len(cpu) <= 4 else f"{cpu[:-3]}k%"


def memory_words(memory: float | None, limit: float | None) -> str:
    """What is used of how much: `212/512M`, `900M/1.5G`, `198M` without a limit, "" where it is not known."""
    if memory is None:
        return ""
    used = memory_size(memory)
    if not limit:
        return used
    most = memory_size(limit)
    return f"{used[:-1] if used[-1] == most[-1] else used}/{most}"


def _number(fact: Fact | None) -> float | None:
    return fact if isinstance(fact, int | float) and not isinstance(fact, bool) else None
