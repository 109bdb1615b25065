"""What stood for a stack in the state folder before histories were named by their config: a keyed hash, for the addresses
of its services may hold logins. Nothing is kept by it any more; it finds what earlier versions kept."""

import hmac
from contextlib import suppress
from pathlib import Path

KEY = "key"
_BYTES = 32


def stack_name(folder: Path, stack: str) -> str:
    """64 hex digits for the words that tell one stack from another, "" where this folder has no key, or a damaged one."""
    key = _kept(folder)
    return hmac.digest(key, stack.encode("utf-8", "surrogatepass"), "sha256").hex() if key else ""


def damage(folder: Path) -> str:
    """What to say of a key that is damaged: what was kept by it is not found; "" where it is not."""
    if not (folder / KEY).exists() or _kept(folder):
        return ""
    return f"the key of {folder} is damaged: what earlier versions kept is not found; remove it when you know"


def _kept(folder: Path) -> bytes:
    with suppress(OSError, ValueError):
        key = bytes.fromhex((folder / KEY).read_text("ascii"))
        return key if len(key) == _BYTES else b""
    return b""
