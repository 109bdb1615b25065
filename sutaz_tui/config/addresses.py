"""What an address may look like; each check returns what was expected, "" when all is well."""

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+(?:%[\w.-]+)?\]")
# A password with one of @ / ? # in it could stand anywhere in what follows, so then nothing is told of it.
_CONNECTION = re.compile(
    r"(?:jdbc:)?([a-z][a-z0-9.-]*)(?:\+[a-z0-9_]+)?://(?:([^:@/?#]*)(?::([^@/?#]*))?@)?"
    r"([^@/?#]+)(?:/([^@?#]*))?(?:\?([^@#]*))?",
    re.IGNORECASE,
)
# Neither user nor host begins with -, which ssh would take for an option.
_SSH = re.compile(
    r"ssh://(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,63}@)?(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._/-]*)?"
)
_REFERENCE = re.compile(r"\$\{\w+\}")
_PORTS = {
    **dict.fromkeys(("postgres", "postgresql", "pgsql"), "5432"),
    **dict.fromkeys(("redis", "rediss", "valkey", "valkeys"), "6379"),
    "amqp": "5672",
    "amqps": "5671",
    "mysql": "3306",
    "mariadb": "3306",
    "bolt": "7687",
    "neo4j": "7687",
    "http": "80",
    "https": "443",
}
_PORT = re.compile(r"(.*):([0-9]{1,5})")


DOCKER = "docker://"
"""What an address inside Docker begins with: docker://NAME:PORT, for a URL with its path behind it."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
"""This host, as addresses name it."""

OTHER_PORTS = ("proxy", "bolt", "grpc")
"""Keys of services that hold an address besides `address`."""

_INSIDE = re.compile(r"docker://([A-Za-z0-9][A-Za-z0-9_.-]{0,127}):([0-9]{1,5})(/[^\s#\\\x00-\x1f\x7f]*)?")


def container_of(address: str) -> str:
    """The container that an address inside Docker names, "" for any other address."""
    match = _INSIDE.fullmatch(address)
    return match[1] if match is not None else ""


def inside_fault(text: str, *, is_url: bool) -> str:
    """`docker://NAME:PORT`, of a URL also with a path."""
    match = _INSIDE.fullmatch(text)
    path = "/path" if is_url else ""
    if match is None or (match[3] and not is_url):
        return f"docker://CONTAINER:PORT{path}, the port inside the container"
    return "" if 1 <= int(match[2]) <= 65535 else "a port from 1 to 65535"


def inside(address: str, source: str, scheme: str) -> str:
    """The address that is dialled for one inside Docker: its host is a name that this program looks up there."""
    match = _INSIDE.fullmatch(address)
    if match is None:
        return address
    return f"{scheme}{inside_host(match[1], source)}:{match[2]}{match[3] or ''}"


def inside_host(container: str, source: str) -> str:
    """The host that stands for a container of a Docker."""
    return f"{container}.{source}.docker"


def url_fault(text: str, *, unix: bool = False) -> str:
    """A URL of http or https; with `unix` also unix:///path/of/the.sock, tcp:// and ssh://."""
    example = "a URL such as http://127.0.0.1:8080" + (" or unix:///var/run/docker.sock" if unix else "")
    if re.search(r"[\s\x00-\x1f\x7f\\]", text):
        return f"{example}, without blanks"
    if unix and text.startswith("ssh://"):
        return (
            "" if _SSH.fullmatch(text) else "ssh://[USER@]HOST[:PORT][/path/of/the.sock], without a password"
        )
    if unix and text.startswith("tcp://"):
        text = text.replace("tcp://", "http://", 1)  # as DOCKER_HOST has it; with `tls` it is https
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


def host_fault(text: str) -> str:
    """A host alone: a name or an address; IPv6 may stand in brackets."""
    return "" if _HOST.fullmatch(text) or _is_ipv6(text) else "the name or address of a host, without a port"


def port_fault(text: str) -> str:
    """`host:port`; IPv6 as [::1]:5432."""
    match = _PORT.fullmatch(text)
    if match is None or not _HOST.fullmatch(match[1]):
        for bare, port in ((match[1], match[2]) if match else ("", ""), (text, "PORT")):
            if _is_ipv6(bare):
                return f"an IPv6 address in brackets: [{bare}]:{port}"
        return "host:port such as 127.0.0.1:5432"
    return "" if 1 <= int(match[2]) <= 65535 else "a port from 1 to 65535"


def _is_ipv6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False


def as_keys(text: str) -> str:
    """The keys of an entry that say what a connection string says, "" where the text is none.

    Its password is written as the variable that it refers to, never itself.
    """
    match = _CONNECTION.fullmatch(text)
    if match is None:
        return ""
    scheme, user, password, host, path, query = (part or "" for part in match.groups())
    scheme, asked = scheme.lower(), dict(part.partition("=")[::2] for part in query.split("&"))
    if "," in host:
        return "one host of it; each server is an entry of its own"
    port = _PORTS.get(scheme, "PORT")
    words = ["address: " + (host if _PORT.fullmatch(host) and not _is_ipv6(host) else f"{host}:{port}")]
    user, password = user or asked.get("user", ""), password or asked.get("password", "")
    if user and not user.startswith("$"):
        words.append(f"user: {unquote(user)}")
    if password or user.startswith("$"):
        words.append(f"password: {password if _REFERENCE.fullmatch(password) else '${NAME}'}")
    if path and scheme in ("amqp", "amqps"):
        words.append(f"vhost: {unquote(path)}")
    elif path and scheme in ("postgres", "postgresql", "pgsql", "mysql", "mariadb"):
        words.append(f"database: {unquote(path)}")
    mode = asked.get("sslmode", "")
    if mode == "require":
        words.append("tls: {verify: insecure}")
    elif scheme in ("rediss", "valkeys", "amqps", "tls", "ssl") or mode.startswith("verify"):
        words.append("tls: {}")
    return ", ".join(words)


def without_login(address: str) -> str:
    """A URL as a person would dial it: without user:password@."""
    return re.sub(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", r"\1", address, flags=re.IGNORECASE)


def port_here(address: str) -> int:
    """The port of this host that an address names, 0 for one elsewhere or without a port."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        return (parts.port or 0) if parts.hostname in LOOPBACK else 0
    except ValueError:
        return 0
