"""What is in force: every key with its value, masked, and where that came from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sutaz_tui.config.files import NoHome, is_there, places, state_folder
from sutaz_tui.config.nodes import Line
from sutaz_tui.config.outside import looks_secret
from sutaz_tui.config.schema import Struct
from sutaz_tui.config.traced import Traced
from sutaz_tui.config.words import Path as Key
from sutaz_tui.config.words import label
from sutaz_tui.errors import ConfigError
from sutaz_tui.text.sanitise import MASKED, mask_url, one_line
from sutaz_tui.text.units import plural

_SECRET = frozenset({"password", "token", "value"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One key in force: its value as it may be shown, and where it came from."""

    key: str
    value: str
    came: str


def show(traced: Traced) -> list[Shown]:
    """Every key that is in force, in the order of the program, secrets as `***`."""
    config = traced.config
    shown: list[Shown] = []
    for name in (
        "env",
        "theme",
        "keymap",
        "pace",
        "limits",
        "logs",
        "history",
        "record",
        "serve",
        "sources",
        "groups",
        "services",
    ):
        shown += _leaves(traced, getattr(config, name), (name,), "")
    return shown


def check_text(traced: Traced) -> str:
    """What `sutaz-tui config check` prints when there is no fault (those are a ConfigError's words): a line, and warnings."""
    config = traced.config
    counted = ((config.services, "service"), (config.groups, "group"), (config.sources, "source"))
    services, groups, sources = (plural(len(many), word) for many, word in counted)
    lines = [f"{traced.found.name}: {services} in {groups}, {sources}, no fault"]
    lines += [f"warning: {warning}" for warning in config.warnings]
    if not traced.is_trusted:
        lines.append("not trusted yet: sutaz-tui config trust shows what it would run and send")
    return "\n".join(lines)


def show_text(traced: Traced) -> str:
    """The lines that `sutaz-tui config show` prints: `key: value  # where it came from`."""
    rows = show(traced)
    width = min(72, max(len(f"{row.key}: {row.value}") for row in rows))
    lines = [f"# {traced.found.name} ({traced.found.why})"]
    lines += [f"{f'{row.key}: {row.value}':{width}}  # {row.came}" for row in rows]
    return "\n".join(lines)


def paths_text(name: str | None, file: Path | None, environ: Mapping[str, str]) -> str:
    """The lines that `sutaz-tui config path` prints: where a config is looked for, which is used, where we write."""
    lines = []
    used = False
    for place in places(name, file, environ):
        try:
            there = is_there(place)
        except ConfigError:
            # The search ends here: what comes after it is not used.
            mark, used = "closed", True
        else:
            mark = "used  " if there and not used else "there " if there else "      "
            used = used or there
        lines.append(
            f"{mark}  {one_line(str(place.path)) if place.path else 'the built-in default'}  ({place.why})"
        )
    try:
        state = str(state_folder())
    except NoHome as error:
        state = f"none: {error.strerror}"
    return "\n".join([*lines, f"state   {one_line(state)}"])


def _leaves(traced: Traced, value: Any, key: Key, kind: str) -> Iterator[Shown]:
    """The keys below one value; an empty mapping or list is a key itself, what nobody set and nobody needs is none."""
    if isinstance(value, Struct):
        tag = value.__struct_config__.tag
        if tag is not None and value.__struct_config__.tag_field is not None:
            yield _shown(traced, str(tag), (*key, value.__struct_config__.tag_field), kind)
            kind = str(tag) if key[0] == "services" and len(key) == 2 else kind
        for name in value.__struct_fields__:
            entry = getattr(value, name)
            if name == "auth" and entry is None:  # taken out because it is empty: what the file says of it
                entry = _written(traced, (*key, name))
            if entry in ("", None) and (*key, name) not in traced.document.origins:
                continue
            yield from _leaves(traced, entry, (*key, name), kind)
    elif isinstance(value, (dict, list, tuple)) and value and not _is_flat(value):
        for part, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(traced, entry, (*key, part), kind)
    elif value not in ([], {}) or key in traced.document.origins:
        yield _shown(traced, value, key, kind)


def _written(traced: Traced, key: Key) -> Any:
    value: Any = traced.document.values
    for part in key:
        value = value.get(part) if isinstance(value, dict) else value[int(part)]
    return value


def _is_flat(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(entry, Struct) for entry in value)


def _shown(traced: Traced, value: Any, key: Key, kind: str) -> Shown:
    document = traced.document
    origin = document.origins.get(key)
    if not traced.is_trusted:
        value = _as_written(traced, value, key)
    secret = key[-1] in _SECRET and isinstance(value, str)
    if len(key) > 1 and key[-2] in ("headers", "env"):
        secret = looks_secret(str(key[-1])) or bool(origin and origin.came)
    if secret and value:
        text = MASKED
    elif isinstance(value, str) and "://" in value:
        text = mask_url(one_line(value))
    else:
        text = one_line(
            json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or not value else value
        )
    return Shown(label(key, document.names), traced.config.secrets.mask(text), _came(traced, key, kind))


def _as_written(traced: Traced, value: Any, key: Key) -> Any:
    """A value as it stands in the file: what variables and files hold nobody gave to a config that is not trusted."""
    if isinstance(value, list):
        return [_as_written(traced, entry, (*key, place)) for place, entry in enumerate(value)]
    taken = traced.document.taken.get(key)
    return value if taken is None else taken.raw


def _came(traced: Traced, key: Key, kind: str) -> str:
    origin = traced.document.origins.get(key)
    if origin is not None:
        line = origin.line
        where = f"{line.file if isinstance(line, Line) else traced.found.name}:{line}"
        return f"{where}, {origin.came}" if origin.came else where
    if kind and key[-1] in ("interval", "timeout", "warn"):
        return f"default of kind {kind}"
    if key[-1] == "group" and key[0] == "services":
        return "default: the first group"
    if key in (("logs", "loki"), ("logs", "docker")):
        return "default: of the first service of its kind"
    if key[-1] == "title":
        return "default: the id"
    return "default"
