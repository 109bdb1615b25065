"""Charts as a config or the built-in table writes them, and their queries filled in for a service."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import yaml
from msgspec import UNSET, UnsetType

from sutaz_tui.config.schema import ServiceConfig, Struct

FILE = Path(__file__).with_name("charts.yaml")
UNITS = ("", "s", "B", "%", "/s")
PLACES = ("at", "container", "id", "range")
PLACE = re.compile(rf"\{{\{{({'|'.join(PLACES)})\}}\}}")
DEFAULT = "default"
_PORTS = {"http": 80, "https": 443}


class ChartConfig(Struct, frozen=True, kw_only=True):
    """One chart: PromQL by the name of its line, a unit (one of UNITS), and a value that is drawn as a line across.

    `source` is the Prometheus that is asked, "" for that of the first service of kind prometheus.
    """

    title: str
    lines: dict[str, str]
    unit: str = ""
    warn: float | UnsetType = UNSET
    source: str = ""

    @property
    def threshold(self) -> float | None:
        """`warn`, None where there is none."""
        return self.warn if isinstance(self.warn, float | int) else None


@cache
def built_in() -> Mapping[str, list[ChartConfig]]:
    """The sets of the table, by kind."""
    found = yaml.safe_load(FILE.read_bytes())
    known = {name: value for name, value in found.items() if not name.startswith("x-")}
    return msgspec.convert(known, dict[str, list[ChartConfig]])


def set_of(own: Mapping[str, list[ChartConfig]], service_id: str, kind: str) -> Sequence[ChartConfig]:
    """The charts of a service: its own, those of its kind, else the default."""
    for sets, name in (
        (own, service_id),
        (own, kind),
        (built_in(), kind),
        (own, DEFAULT),
        (built_in(), DEFAULT),
    ):
        if name in sets:
            return sets[name]
    return ()


def filled(query: str, service: ServiceConfig | None, seconds: int) -> str | None:
    """A query with its places filled in; None where it needs what the service has not. `seconds` is what a rate spans."""
    places = {"range": f"{seconds}s"}
    if service is not None:
        places |= {"id": service.id, "at": _at(service), "container": _quoted(service.container)}
    is_whole = True

    def put(match: re.Match[str]) -> str:
        nonlocal is_whole
        found = places.get(match[1], "")
        is_whole = is_whole and bool(found)
        return found

    text = PLACE.sub(put, query)
    return text if is_whole else None


def _at(service: ServiceConfig) -> str:
    """The matcher of a service's target: its container at any port, or its own address."""
    ways = [f"{_plain(service.container)}(:[0-9]+)?"] if service.container else []
    if address := _host_port(service.address):
        ways.append(_plain(address))
    return f'instance=~"{"|".join(ways)}"' if ways else ""


def _host_port(address: str) -> str:
    """`host:port` of an address, "" where it has none."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.hostname and port else ""


def _plain(text: str) -> str:
    """A text as a regular expression of RE2 that means just it, without a backslash: PromQL's strings have their own."""
    return "".join(
        one if one.isalnum() or one in "_-:/@ " else f"[{one}]" for one in text if one not in '"\\^'
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
