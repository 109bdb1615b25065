"""Which configs of a folder their owner has looked at and trusts as they are: hashes in a file of the state folder.

`./sutaz-tui.yaml` is used where nobody named it, so any repository that was cloned could bring one. What is named by -c,
$SUTAZ_TUI_CONFIG or stands in the user's config folder is trusted by that.
"""

import json
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sutaz_tui.config.brought import brought_files, digest
from sutaz_tui.config.effects import effects
from sutaz_tui.config.files import owner_fault, state_folder, state_folder_if_any
from sutaz_tui.errors import ConfigError, Problem
from sutaz_tui.private_files import locked, write_private
from sutaz_tui.text.sanitise import one_line

if TYPE_CHECKING:
    from sutaz_tui.config.traced import Traced

NAME = "trusted.json"
MOST = 1000
LARGEST = 1 << 20
WAIT = 5.0
"""Seconds to wait for another run that changes the file."""


class Untrusted(ConfigError):
    """A config of this folder that is not trusted as it is; `hash` is what trusts it, str() says all it would do."""

    def __init__(self, traced: "Traced", hash: str) -> None:
        words = "found in this folder and not trusted yet; nothing of it was asked or run"
        super().__init__([Problem(traced.found.name, 0, "", words)])
        self.traced = traced
        self.hash = hash

    def __str__(self) -> str:
        how = f"sutaz-tui config trust {self.hash}"
        if state_folder_if_any() is None:
            how = f"no home folder to remember it in; name it each time: -c {self.traced.found.name}"
        return "\n".join([self.shown, f"To trust it as it is: {how}"])

    @property
    def shown(self) -> str:
        """What it is and would do."""
        return "\n".join([str(self.problems[0]), *effects(self.traced)])


def require_trust(traced: "Traced") -> None:
    """Untrusted where nobody trusts this config as it is; ConfigError where others have a say in what it runs."""
    problems = []
    for brought in brought_files(traced):
        try:
            fault = owner_fault(brought.path.stat())
        except OSError:
            continue  # told where it is used
        if fault:
            words = f"found a file ({brought.what}) that {fault}, expected one of your own"
            problems.append(Problem(one_line(str(brought.path)), 0, "", words))
    if problems:
        raise ConfigError(problems)
    # Not `traced.is_trusted`: one that is named, as to be trusted by `config trust FILE`, always is.
    if not is_trusted(hash := digest(traced)):
        raise Untrusted(traced, hash)


def is_trusted(hash: str) -> bool:
    """Whether this hash was trusted."""
    folder = state_folder_if_any()
    return folder is not None and any(entry["hash"] == hash for entry in _read(folder))


def trust(hash: str, config: Path) -> None:
    """Remember that this hash, of the config at a place, is trusted; OSError when it cannot be kept."""
    _change(lambda entries: [
        *(entry for entry in entries if entry["hash"] != hash),
        {"hash": hash, "config": str(config.resolve()), "at": datetime.now(UTC).isoformat(timespec="seconds")},
    ])  # fmt: skip


def untrust(config: Path) -> int:
    """Forget all that is trusted at a place: how many hashes those were; OSError when that cannot be kept."""
    place, gone = str(config.resolve()), 0

    def without(entries: list[dict[str, str]]) -> list[dict[str, str]]:
        nonlocal gone
        kept = [entry for entry in entries if entry.get("config") != place]
        gone = len(entries) - len(kept)
        return kept

    _change(without)
    return gone


def _change(change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    folder = state_folder()
    with locked(folder, NAME, WAIT):
        entries = change(_read(folder))[-MOST:]
        write_private(folder, NAME, json.dumps({"trusted": entries}, indent=1) + "\n")


def _read(folder: Path) -> list[dict[str, str]]:
    """The entries; none where the file is damaged, or others than we could have written it."""
    try:
        with os.fdopen(os.open(folder / NAME, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or owner_fault(status):
                return []
            entries = json.loads(file.read(LARGEST))["trusted"]
        return [
            {str(key): str(value) for key, value in entry.items()} for entry in entries if "hash" in entry
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
