"""What must hold of the section `workers` besides types."""

from urllib.parse import urlsplit

from sutaz_tui.config.addresses import port_fault
from sutaz_tui.config.document import Document
from sutaz_tui.config.words import ID, Path, quoted
from sutaz_tui.config.workers import ALL, ANY, PORTS

KEY = 16
"""Characters that a key has at least."""
DEADLINE = (5, 3600)


def workers(document: Document) -> None:
    """Both servers can be dialled, the key is one, and places are words of their own."""
    section = document.values.get("workers")
    if not isinstance(section, dict):
        return
    for key, schemes in (("broker", ("amqp", "amqps")), ("results", ("redis", "rediss"))):
        if isinstance(url := section.get(key), str):
            _server(document, ("workers", key), url, schemes)
    if isinstance(secret := section.get("key"), str) and len(secret) < KEY:
        words = f"found {len(secret)} characters, expected {KEY} or more, such as openssl rand -hex 32 writes"
        document.fault(("workers", "key"), words)
    deadline = section.get("deadline")
    if isinstance(deadline, int | float) and not DEADLINE[0] <= deadline <= DEADLINE[1]:
        document.fault(("workers", "deadline"), f"found {deadline:g} s, expected 5s to 1h")
    if not section.get("vhost", "sutaz"):
        document.fault(("workers", "vhost"), "found nothing, expected the name of a vhost, such as sutaz")
    seen: set[str] = set()
    for index, name in enumerate(section.get("vantages") or ()):
        if isinstance(name, str) and (fault := place_fault(name)):
            document.fault(("workers", "vantages", index), f"found {quoted(name)}, expected {fault}")
        elif name in seen:
            document.fault(("workers", "vantages", index), f"found {quoted(name)} twice, expected it once")
        seen.add(name)


def place_fault(name: str) -> str:
    """What was expected where this names no place, "" where it does."""
    if name in (ALL, ANY) or name.startswith(f"{ANY}."):
        return f"another word: {name} has a meaning of its own"
    return "" if ID.fullmatch(name) else "letters, digits, . _ or -, at most 64"


def _server(document: Document, path: Path, url: str, schemes: tuple[str, ...]) -> None:
    plain, secure = schemes
    expected = f"{plain}://USER:${{PASSWORD}}@HOST:PORT, or {secure}:// for TLS"
    try:
        parts = urlsplit(url)
        place = f"{parts.netloc.rpartition('@')[2]}"
        fault = port_fault(place if parts.port else f"{place.removesuffix(':')}:{PORTS.get(parts.scheme, 1)}")
        is_whole = parts.scheme in schemes and bool(parts.hostname) and not fault
    except ValueError:
        is_whole = False
    if not is_whole or any(char <= " " for char in url):
        document.fault(path, f"found {quoted(url.rpartition('@')[2])}, expected {expected}")
    elif parts.path not in ("", "/") or parts.query or parts.fragment:
        more = "; the vhost has a key of its own" if plain == "amqp" else ": it is database 0"
        document.fault(path, f"found something behind the port, expected {expected}{more}")
