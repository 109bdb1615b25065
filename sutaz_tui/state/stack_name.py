"""What stands for a stack in the state folder: a keyed hash, for the addresses of its services may hold logins."""

import hmac
import secrets
from contextlib import suppress
from pathlib import Path

from sutaz_tui.private_files import locked, private_folder, write_private

KEY = "key"
DAMAGED = "key.damaged"
_WITHIN = 2.0
_BYTES = 32


def stack_name(folder: Path, stack: str) -> str:
    """64 hex digits for the words that tell one stack from another: alike in every run, and without the key of this
    folder no help in guessing what they hash; OSError when there is no key and none can be kept."""
    return hmac.digest(_key(folder), stack.encode("utf-8", "surrogatepass"), "sha256").hex()


def _key(folder: Path) -> bytes:
    """The key of this folder, made by the first who needs it (0600)."""
    kept = _kept(folder)
    if kept is None:
        with locked(private_folder(folder), KEY, _WITHIN):
            kept = _kept(folder)
            if kept is None:
                with suppress(FileNotFoundError):
                    # What was kept under its names is not found any more, which is told as long as this file lies there.
                    (folder / KEY).rename(folder / DAMAGED)
                kept = secrets.token_bytes(_BYTES)
                write_private(folder, KEY, kept.hex())
    return kept


def damage(folder: Path) -> str:
    """What to say where the key was damaged once: what was remembered before that is not found; "" where it was not."""
    if not (folder / DAMAGED).exists():
        return ""
    return f"the key of {folder} was damaged: what was remembered before is not found; remove {DAMAGED} when you know"


def _kept(folder: Path) -> bytes | None:
    with suppress(FileNotFoundError, ValueError):
        key = bytes.fromhex((folder / KEY).read_text("ascii"))
        return key if len(key) == _BYTES else None
    return None
