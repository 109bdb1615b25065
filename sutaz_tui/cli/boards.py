"""Boards of several configs at once: which file each name means, and what is read of it."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sutaz_tui.cli.offering import Offer
    from sutaz_tui.config import Config
    from sutaz_tui.tui.opened import Opened
    from sutaz_tui.tui.terminal.capabilities import Terminal


def place_of(word: str | None) -> tuple[str | None, Path | None]:
    """The name in the config folder, or the file, that a word of `board` means."""
    if word is not None and ("/" in word or word.endswith((".yaml", ".yml"))):
        return None, Path(word)
    return word, None


def meant(words: Sequence[str], file: Path | None, demo: bool) -> tuple[str | None, Path | None]:
    """The name or file of the first of these words, else the file of `-c`; a usage error where that is unclear."""
    if words[1:] and (demo or file is not None):
        raise click.UsageError("several configs are named alone: leave out -c and --demo.")
    name, named = place_of(words[0] if words else None)
    if named is not None and file is not None:
        raise click.UsageError("name one file: leave out -c, or the other.")
    return name, file or named


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


def open_offered(offer: "Offer", terminal: "Terminal") -> int:
    """Open the board of an offer; its texts are files of a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="sutaz-tui-") as folder:
        opened = offer.opened(Path(folder))
        from sutaz_tui.tui.app import run_board

        return run_board([opened], None, terminal)
