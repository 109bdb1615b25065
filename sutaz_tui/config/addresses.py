"""What an address may look like; each check returns what was expected, "" when all is well."""

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]")
_PORT = re.compile(r"(.*):([0-9]{1,5})")


def url_fault(text: str, *, unix: bool = False) -> str:
    """A URL of http or https; with `unix` also unix:///path/of/the.sock."""
    example = "a URL such as http://127.0.0.1:8080" + (" or unix:///var/run/docker.sock" if unix else "")
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        return f"{example}, without blanks"
    if unix and text.startswith("unix://"):
        return "" if text.startswith("unix:///") and len(text) > 8 else "unix:/// and an absolute path"
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        return f"{example}, with a port from 1 to 65535"
    if parts.scheme not in ("http", "https") or not host:
        return example
    if port == 0:
        return f"{example}, with a port from 1 to 65535"
    netloc = parts.netloc.rpartition("@")[2]
    bare = netloc[: -len(f":{port}")] if port is not None else netloc.removesuffix(":")
    if not _HOST.fullmatch(bare):
        return f"{example}, with a host name or address"
    if parts.fragment:
        return f"{example}, without #…"
    return ""


def port_fault(text: str) -> str:
    """`host:port`; IPv6 as [::1]:5432."""
    match = _PORT.fullmatch(text)
    if match is None or not _HOST.fullmatch(match[1]):
        return "host:port such as 127.0.0.1:5432"
    return "" if 1 <= int(match[2]) <= 65535 else "a port from 1 to 65535"


def without_login(address: str) -> str:
    """A URL as a person would dial it: without user:password@."""
    return re.sub(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", r"\1", address, flags=re.IGNORECASE)
