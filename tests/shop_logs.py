"""Log files with moments, and configs of services that have them, for the command `logs`."""

import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.running import command


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def log_file(folder: Path, name: str, texts: Sequence[str], begin: float = 600.0, step: float = 0.01) -> Path:
    """A log whose lines begin so many seconds ago, each with its own time."""
    first = time.time() - begin
    file = folder / f"{name}.log"
    file.write_text("".join(f"{stamp(first + step * n)} {text}\n" for n, text in enumerate(texts)), "utf-8")
    return file


def config(folder: Path, **logs: str) -> Path:
    """A config of services with these logs, each in YAML's own words."""
    lines = [
        f"  - {{id: {id}, title: {id.capitalize()}, kind: http, address: 'http://127.0.0.1:1', logs: {place}}}\n"
        for id, place in logs.items()
    ]
    file = folder / "stack.yaml"
    file.write_text("services:\n" + "".join(lines), "utf-8")
    return file


def logs(file: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return command("logs", "-c", str(file), *words)
