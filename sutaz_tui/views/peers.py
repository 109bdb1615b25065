"""Who is at the other end of a connection: where its row leads."""

import ipaddress
import re

from sutaz_tui.probes.directory import Directory, host_port

_NAME = re.compile(r"(?!localhost$)[A-Za-z][\w-]*")
"""A name without a domain, as containers have it."""


def container_at(address: str | None) -> str:
    """The command that goes to the container at an address, with or without a port; "" where that can be no container's."""
    host = (address or "").rpartition(":")[0] if (address or "").count(":") == 1 else (address or "")
    try:
        found = ipaddress.ip_address(host.strip("[]").partition("/")[0])
    except ValueError:
        return ""
    return "" if found.is_loopback or found.is_unspecified else f":containers {found}"


def who_is_at(place: str, directory: Directory) -> str:
    """Where a `host:port` leads that another source uses: to the config's service, else to the container of that name."""
    if (where := host_port(place)) is None:
        return ""
    host, port = where
    service = directory.by_address(host, port) or directory.by_container(host) or directory.by_name(host)
    return service or container_at(host) or (f":containers {host}" if _NAME.fullmatch(host) else "")
