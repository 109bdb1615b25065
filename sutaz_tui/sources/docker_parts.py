"""Parts of what Docker tells of a container, in words: its ports, addresses, mounts, variables and health checks.

Whatever has another shape is left out: nothing hangs on it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sutaz_tui.text.sanitise import one_line

MOST = 20
"""Parts of a kind that are told of one container."""
CHECKS = 3
OUTPUT = 160


def published(found: Any) -> tuple[str, ...]:
    """`:10001->6379` for a port of the host, `6379` for one that is exposed alone; each once for both families."""
    words: dict[str, bool] = {}
    for entry in _dicts(found):
        inside, outside = entry.get("PrivatePort"), entry.get("PublicPort")
        kind = "" if entry.get("Type") in ("tcp", None) else f"/{one_line(str(entry['Type']), 8)}"
        if isinstance(inside, int):
            is_published = isinstance(outside, int) and outside > 0
            words[f":{outside}->{inside}{kind}" if is_published else f"{inside}{kind}"] = is_published
    return tuple(sorted(words, key=lambda word: not words[word]))[:MOST]


def addresses(found: Any) -> Mapping[str, str]:
    """The address that it has in each network, "" for none."""
    networks = found.get("Networks") if isinstance(found, dict) else None
    each = networks.items() if isinstance(networks, dict) else ()
    return {
        one_line(str(name), 60): one_line(str(one.get("IPAddress") or one.get("GlobalIPv6Address") or ""), 45)
        for name, one in [*each][:MOST]
        if isinstance(one, dict)
    }


def mounts(found: Any) -> tuple[str, ...]:
    """`/data from volume redis-data`, `/etc/x from /opt/x read-only`."""
    words = []
    for entry in _dicts(found):
        name, source = entry.get("Name"), entry.get("Source") or entry.get("Type")
        source = f"volume {name}" if entry.get("Type") == "volume" and name else source
        mode = " read-only" if entry.get("RW") is False else ""
        words.append(one_line(f"{entry.get('Destination') or '?'} from {source}{mode}", OUTPUT))
    return tuple(words[:MOST])


def environment(found: Any) -> tuple[str, ...]:
    """The names of its variables; their values are nobody's business here."""
    lines = found if isinstance(found, list) else []
    return tuple(sorted({one_line(str(line).partition("=")[0], 60) for line in lines}))[:60]


def health_checks(found: Any) -> tuple[str, ...]:
    """What its last health checks said, the newest first: `exit 1: connection refused`."""
    log = _dicts(found.get("Log")) if isinstance(found, dict) else []
    last = [one for one in log if isinstance(one.get("ExitCode"), int)][-CHECKS:]
    said = ((one["ExitCode"], one_line(str(one.get("Output") or ""), OUTPUT)) for one in reversed(last))
    return tuple(f"exit {code}" + (f": {words}" if words else "") for code, words in said)


def _dicts(found: Any) -> Iterable[dict[str, Any]]:
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
