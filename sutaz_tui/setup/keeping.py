"""A first config as files of this user's own: the config, and the example of what gives its secrets."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path


def files(path: Path, text: str, names: str) -> dict[Path, str]:
    """What is written for a config at a place; the example only where it names secrets."""
    return {path: text, **({path.with_name(f"{path.stem}.env.example"): names} if names else {})}


def keep(written: Mapping[Path, str]) -> None:
    """Write new files, mode 0600: all of them or none; OSError that names the one which is there already or cannot be."""
    made: list[Path] = []
    try:
        for file, content in written.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            made.append(file)
            with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
                opened.write(content)
    except OSError as error:
        for file in made:
            file.unlink(missing_ok=True)
        is_there = error.errno == errno.EEXIST
        words = (
            "is there already"
            if is_there
            else f"cannot be written: {(error.strerror or 'no reason').lower()}"
        )
        raise OSError(error.errno, words, str(file)) from None
