"""The question whether a config of this folder is trusted, and the commands `config trust` and `config untrust`."""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from sutaz_tui.config import Config, trace
from sutaz_tui.config.brought import DIGITS, digest
from sutaz_tui.config.files import HERE
from sutaz_tui.config.traced import Traced
from sutaz_tui.config.trust import Untrusted, require_trust, trust, untrust
from sutaz_tui.errors import ConfigError, Problem
from sutaz_tui.text.sanitise import one_line

_HASH = re.compile(rf"[0-9a-f]{{{DIGITS}}}")
_DEFAULT = Path("sutaz-tui.yaml")


def ask(error: ConfigError) -> Config:
    """The config of an Untrusted when a person at a terminal trusts it; every other error, and without one, is raised."""
    if not isinstance(error, Untrusted) or not _is_person_there():
        raise error
    _ask(error)
    return error.traced.config


def trusted(file: Path | None, environ: Mapping[str, str]) -> Traced:
    """As `trace`, of a config that may be obeyed: one of this folder is asked about as `ask` does."""
    traced = trace(None, file, environ)
    if traced.found.why == HERE:
        try:
            require_trust(traced)
        except Untrusted as error:
            ask(error)
    return traced


def trust_words(what: str | None, file: Path | None, environ: Mapping[str, str]) -> str:
    """Trust the config of this folder (asked about at a terminal), a file, or the hash that was told; what to say."""
    if what is not None and file is not None:
        raise click.UsageError("config trust takes FILE or HASH, or -c FILE, not both.")
    if what is not None and _HASH.fullmatch(what):
        traced = trace(None, None, environ)
        if traced.found.why != HERE or digest(traced) != what:
            found = (
                f"{traced.found.name} as it is has the hash {digest(traced)}"
                if traced.found.path
                else "none here"
            )
            raise _error(
                traced.found.name, f"found another config than the one of {what} ({found}): look at it again"
            )
        return _trusted(traced, what)
    if what is not None or file is not None:
        path = Path(what) if what is not None else file
        assert path is not None
        traced = trace(None, path, environ)
        if path.name != _DEFAULT.name:
            raise _error(
                one_line(str(path)),
                f"found no config called {_DEFAULT}: any other needs no trust, -c names it",
            )
        return _trusted(traced, digest(traced), shows=True)
    traced = trace(None, None, environ)
    if traced.found.why != HERE:
        return f"{traced.found.name} ({traced.found.why}) needs no trust: only ./{_DEFAULT} does"
    try:
        require_trust(traced)
    except Untrusted as untrusted:
        if not _is_person_there():
            raise
        _ask(untrusted)
        return f"trusted: {traced.found.name} ({untrusted.hash})"
    return f"{traced.found.name} is trusted already"


def untrust_words(what: str | None, file: Path | None) -> str:
    """Forget that a config was trusted, in all its versions; what to say."""
    path = Path(what) if what is not None else file or _DEFAULT
    try:
        gone = untrust(path)
    except OSError as error:
        raise _not_kept(error) from None
    shown = one_line(str(path))
    return f"no longer trusted: {shown}" if gone else f"{shown} was not trusted"


def _trusted(traced: Traced, hash: str, shows: bool = False) -> str:
    try:
        require_trust(traced)
    except Untrusted as untrusted:
        assert traced.found.path is not None
        try:
            trust(hash, traced.found.path)
        except OSError as error:
            raise _not_kept(error) from None
        lines = untrusted.shown.splitlines()[1:] if shows else []
        return "\n".join([*lines, f"trusted: {traced.found.name} ({hash})"])
    return f"{traced.found.name} is trusted already"


def _ask(untrusted: Untrusted) -> None:
    """Show it, ask, and remember the yes; ConfigError for any other answer."""
    click.echo(untrusted.shown, err=True)
    _forget_typed()
    if not click.confirm("Trust it as it is?", default=False, err=True):
        raise _error(untrusted.traced.found.name, "not trusted; nothing of it was asked or run")
    if digest(untrusted.traced) != untrusted.hash:
        raise _error(
            untrusted.traced.found.name, "a file that it brings in has changed since it was shown: look again"
        )
    path = untrusted.traced.found.path
    assert path is not None
    try:
        trust(untrusted.hash, path)
    except OSError as error:
        click.echo(f"{_reason(error)}: it will be asked again", err=True)


def _is_person_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _forget_typed() -> None:
    """What was typed before the question was seen is no answer to it."""
    import contextlib
    import termios

    with contextlib.suppress(termios.error):
        termios.tcflush(sys.stdin, termios.TCIFLUSH)


def _not_kept(error: OSError) -> ConfigError:
    return _error(str(_DEFAULT), f"{_reason(error)}; name it each time: -c FILE")


def _reason(error: OSError) -> str:
    return f"what is trusted could not be kept ({(error.strerror or 'unknown reason').lower()})"


def _error(file: str, words: str) -> ConfigError:
    return ConfigError([Problem(file, 0, "", words)])
