"""One own check written once for many services: `for_each: {kind: http}`, with `{{base}}` and the like in its texts."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from sutaz_tui.config.own_checks import AnyOwnCheck, kind_asked

PLACES = ("id", "title", "address", "base", "host")
PLACE = re.compile(rf"\{{\{{({'|'.join(PLACES)})\}}\}}")
"""What stands for something of the service."""


def is_meant(for_each: Mapping[str, Any], service: Mapping[str, Any]) -> bool:
    """Whether a service (id, kind, group) is one that a check is made for."""
    return all(service.get(key) == value for key, value in for_each.items() if value)


def made_for_each(entry: AnyOwnCheck, services: Iterable[Mapping[str, Any]]) -> list[AnyOwnCheck]:
    """The checks that an entry stands for: itself, or one for each service (id, title, kind, group, address) it means."""
    if entry.for_each is None:
        return [entry]
    wanted = msgspec.to_builtins(entry.for_each)
    return [_made_for(entry, service) for service in services if is_meant(wanted, service)]


def _made_for(entry: AnyOwnCheck, service: Mapping[str, Any]) -> AnyOwnCheck:
    address = str(service["address"])
    parts = urlsplit(address if "://" in address else f"//{address}")
    base = f"{parts.scheme}://{parts.netloc}" if parts.scheme else parts.netloc
    host = parts.hostname or ""
    places = {"base": base, "host": f"[{host}]" if ":" in host else host}
    places |= {name: str(service[name]) for name in ("id", "title", "address")}
    values: dict[str, Any] = _filled(msgspec.to_builtins(entry), places)
    title = values["title"] or values["id"]
    values["title"] = title if PLACE.search(entry.title) else f"{title}: {service['title']}"
    values |= {"id": f"{entry.id}.{service['id']}", "for_each": None}
    values["needs"] = [service["id"], *values["needs"]]
    if kind_asked(str(values["kind"])) == service["kind"]:
        values["service"] = service["id"]
    return msgspec.convert(values, type(entry))


def _filled(value: Any, places: Mapping[str, str]) -> Any:
    match value:
        case str():
            return PLACE.sub(lambda place: places[place[1]], value)
        case list():
            return [_filled(one, places) for one in value]
        case dict():
            return {key: _filled(one, places) for key, one in value.items()}
    return value
