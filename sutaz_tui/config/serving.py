"""The `serve` section: where `sutaz-tui serve` listens, by which names it is asked, and by what it knows who asks."""

import ipaddress
import re
from typing import Any

import msgspec

from sutaz_tui.config.document import Document
from sutaz_tui.config.schema import Secret, Struct
from sutaz_tui.config.words import quoted

SHORTEST_TOKEN = 20
"""Characters that a token of the config has at least: whoever may ask may guess."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_PLACE = re.compile(r"(localhost|[0-9.]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
EXPECTED = "an address of this machine and a port, such as 127.0.0.1:9849 or [::1]:9849"


class ServingTls(Struct, frozen=True, kw_only=True):
    """The certificate that `serve` shows, and its key; whoever shows one that `clients_file` has issued needs no token."""

    cert_file: str = ""
    key_file: str = ""
    clients_file: str = ""


class Serving(Struct, frozen=True, kw_only=True):
    """How `sutaz-tui serve` is asked.

    `hosts` are names that it is asked by besides the address that it listens at. `token` is what is wanted of whoever
    asks, "" for the one that is made in the state folder.
    """

    listen: str = "127.0.0.1:9849"
    hosts: list[str] = msgspec.field(default_factory=list)
    token: Secret = ""
    tls: ServingTls | None = None


def place_of(listen: str) -> tuple[str, int] | None:
    """Address and port of HOST:PORT, None where it is none."""
    found = _PLACE.fullmatch(listen)
    if found is None or int(found[2]) > 65535:
        return None
    host = "127.0.0.1" if found[1] == "localhost" else found[1].strip("[]")
    try:
        return str(ipaddress.ip_address(host)), int(found[2])
    except ValueError:
        return None


def listen_fault(listen: str, has_tls: bool, hosts: list[str]) -> str:
    """What is wrong with listening there, as a config's fault says it; "" for nothing."""
    place = place_of(listen)
    if place is None:
        return f"found {quoted(listen)}, expected {EXPECTED}"
    address = ipaddress.ip_address(place[0])
    if not address.is_loopback and not has_tls:
        return (
            f"found {quoted(listen)} without serve.tls, expected a loopback address or a certificate: elsewhere "
            "a token would cross the network in clear"
        )
    if address.is_unspecified and not hosts:
        return f"found {quoted(listen)} and no serve.hosts, expected the names that it is asked by"
    return ""


def names_of(listen: str, hosts: list[str]) -> list[str]:
    """The names that are asked for there."""
    place = place_of(listen)
    assert place is not None
    address = ipaddress.ip_address(place[0])
    own = [f"[{address}]" if address.version == 6 else str(address)]
    return [*hosts, *(["localhost", "127.0.0.1", "[::1]"] if address.is_loopback else []), *own]


def serve(document: Document) -> None:
    """It listens where it may, by names that are some, its token is no short one, its certificate has a key."""
    section = document.values.get("serve")
    if not isinstance(section, dict):
        return
    tls: dict[str, Any] = section.get("tls") or {}
    hosts = section.get("hosts") or []
    if words := listen_fault(section.get("listen") or Serving().listen, bool(tls.get("cert_file")), hosts):
        document.fault(("serve", "listen"), words)
    for index, host in enumerate(hosts):
        if not _NAME.fullmatch(host):
            document.fault(
                ("serve", "hosts", index), f"found {quoted(host)}, expected a name or address without a port"
            )
    if 0 < len(section.get("token") or "") < SHORTEST_TOKEN:
        document.fault(("serve", "token"), f"found a short one, expected {SHORTEST_TOKEN} characters or more")
    for key in ("key_file", "clients_file"):
        if tls.get(key) and not tls.get("cert_file"):
            document.fault(("serve", "tls", key), "found no cert_file beside it, expected both")
    if tls.get("cert_file") and not tls.get("key_file"):
        document.fault(("serve", "tls", "cert_file"), "found no key_file beside it, expected both")
