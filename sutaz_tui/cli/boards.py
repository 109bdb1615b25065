"""Boards of several configs at once: which file each name means, and what is read of it."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.tui.opened import Opened


def place_of(word: str | None) -> tuple[str | None, Path | None]:
    """The name in the config folder, or the file, that a word of `board` means."""
    if word is not None and ("/" in word or word.endswith((".yaml", ".yml"))):
        return None, Path(word)
    return word, None


def opened_all(words: Sequence[str]) -> "list[Opened]":
    """The configs that these words mean, one tab each; one at fault says so there, ConfigError where all are."""
    from sutaz_tui.config import load
    from sutaz_tui.errors import ConfigError, Problem
    from sutaz_tui.process.limits import allow_files
    from sutaz_tui.tui.opened import opened

    every: list[Opened] = []
    for word in words:
        name, file = place_of(word)

        def again(name: str | None = name, file: Path | None = file) -> "Config":
            read = load(name, file, os.environ)
            others = [one.config for one in every if one.config is not None]
            allow_files(len(read.services) + sum(len(config.services) for config in others))
            return read

        title = file.stem if file is not None else str(name)
        if title in [one.title for one in every]:
            raise click.UsageError(f"two configs are called {title!r}: a tab needs a name of its own.")
        every.append(opened(title, again))
    if all(one.config is None for one in every):
        raise ConfigError([Problem(one.title, 0, "", one.fault) for one in every])
    return every
