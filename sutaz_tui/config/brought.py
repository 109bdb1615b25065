"""What a config brings in besides its own bytes that decides what is run and what is sent, and one hash over all of it.

A secret's value is no part of it: one that is rotated changes nothing of what is run, or where it is sent.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sutaz_tui.config.kinds import Command
from sutaz_tui.config.notifiers import ToCommand
from sutaz_tui.config.own_checks import CommandCheck
from sutaz_tui.config.words import label

if TYPE_CHECKING:
    from sutaz_tui.config.traced import Traced

DIGITS = 40
"""Hexadecimal digits of the hash: as many as a commit has, short enough to stand on one line with its command."""


class Brought(Struct, frozen=True):
    """A file that a config brings in: what it is there, and where."""

    what: str
    path: Path


def digest(traced: "Traced") -> str:
    """A hash that changes with the config, its place, and all that it brings in."""
    whole = hashlib.sha256()
    for part in _parts(traced):
        # With its length in front no part can be taken for the beginning of the next.
        whole.update(len(part).to_bytes(8) + part)
    return whole.hexdigest()[:DIGITS]


def brought_files(traced: "Traced") -> list[Brought]:
    """The Python of `checks.files` and of its suites, the authorities that servers are believed by, and what its commands
    name in its folder.

    What such a program reads itself is not known here.
    """
    config, folder = traced.config, traced.found.folder.resolve()
    files = [Brought("include", included.path) for included in traced.included]
    files += [Brought("checks.files", Path(name)) for name in config.checks.files]
    tls = [service.tls for service in config.services] + [source.tls for source in config.sources.values()]
    tls += [config.workers.tls] if config.workers is not None else []
    files += [Brought("ca_file", Path(one.ca_file)) for one in tls if one is not None and one.ca_file]
    files += [Brought("checks.pytest", path) for suite in config.checks.pytest for path in suite.files()]
    argvs = [service.argv for service in config.services if isinstance(service, Command)]
    argvs += [check.argv for check in config.checks.own if isinstance(check, CommandCheck)]
    argvs += [to.argv for to in config.notify if isinstance(to, ToCommand)]
    for argv in argvs:
        for word in argv:
            path = folder / word
            # Programs elsewhere are the system's: it renews them, and whoever can change them needs no config.
            if path.is_relative_to(folder) and _is_file(path):
                files.append(Brought("command", path))
    return list(dict.fromkeys(files))


def brought_variables(traced: "Traced") -> list[str]:
    """The variables of the env_file that are used for anything but a secret, whatever the environment says of them."""
    names = (
        name
        for taken in traced.document.taken.values()
        if not taken.is_secret
        for name in taken.expanded.names
        if name in traced.outside.from_file
    )
    return sorted(set(names))


def _parts(traced: "Traced") -> Iterator[bytes]:
    yield b"sutaz-tui trust 1"
    # Relative commands are those of its folder: a copy elsewhere may run others.
    assert traced.found.path is not None
    yield os.fsencode(traced.found.path.resolve())
    yield traced.found.data
    for included in traced.included:
        # Where it stands is the config's word; as it was read, not as it is by now.
        yield os.fsencode(included.path)
        yield included.data
    for name in brought_variables(traced):
        yield f"{name}={traced.outside.from_file[name]}".encode()
    for path, taken in sorted(traced.document.taken.items(), key=lambda item: label(item[0], {})):
        if taken.raw.startswith("file:") and not taken.is_secret:
            yield f"{label(path, {})}={taken.expanded.text}".encode()
    for brought in brought_files(traced):
        # Its name is the config's, hashed above.
        yield brought.what.encode()
        yield _content(brought.path)


def _is_file(path: Path) -> bool:
    with suppress(OSError, ValueError):
        return stat.S_ISREG(path.stat().st_mode)
    return False


def _content(path: Path) -> bytes:
    """The hash of a file's content, empty where it is none that we may read: it differs once it is."""
    if _is_file(path):
        with suppress(OSError), path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    return b""
