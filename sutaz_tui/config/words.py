"""The words of a problem: what was found, as far as it may be shown, and the valid word that is nearest."""

import difflib
import re
from collections.abc import Iterable

import yaml

from sutaz_tui.config.nodes import is_plain
from sutaz_tui.config.outside import looks_secret
from sutaz_tui.text.sanitise import mask, mask_url, one_line

Path = tuple[str | int, ...]
"""Where a value stands in the file: ("services", 3, "auth", "password")."""

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What an id of a service, source or group looks like."""

_SHOWN = 60


def quoted(text: str) -> str:
    """A text of the file as a problem may show it: one line, short, masked."""
    if looks_secret(text):
        return "***"
    shown = one_line(text, _SHOWN)
    return f'"{mask_url(shown) if "://" in shown else mask(shown)}"'


def found(node: yaml.Node, key: str) -> str:
    """What stands at a node. A variable shows its name, never its value; a key that looks secret nothing."""
    if isinstance(node, yaml.MappingNode):
        return "a mapping"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if node.tag == "tag:yaml.org,2002:null":
        return "nothing"
    shown = "***" if looks_secret(key) else quoted(node.value)
    plain = is_plain(node) and "${" not in node.value
    if plain and node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        return f"the number {one_line(node.value, _SHOWN) if shown != '***' else shown}"
    if plain and node.tag == "tag:yaml.org,2002:bool":
        return f"the word {node.value} (which YAML reads as true or false)"
    return shown


def nearest(word: str, valid: Iterable[str]) -> str:
    """The valid word that was probably meant, else all of them (at most forty), else "none"."""
    words = list(valid)
    close = difflib.get_close_matches(word[:80], words, 1, 0.6)
    if close:
        return f'"{one_line(close[0], _SHOWN)}"'
    if not words:
        return "none (there are none)"
    more = f" … ({len(words)} in all)" if len(words) > 40 else ""
    return "one of " + ", ".join(one_line(word, _SHOWN) for word in words[:40]) + more


def step(part: str | int) -> str:
    """One part of a key as it is shown."""
    if isinstance(part, int):
        return f"[{part}]"
    return (
        part if re.fullmatch(r"[\w$][\w.$/-]{0,59}", part, re.ASCII) else mask(one_line(part, _SHOWN)) or '""'
    )


def label(path: Path, names: dict[Path, str]) -> str:
    """A path as `services.postgres.timeout`; a list's item by its id where it has one (`names`), else by its index."""
    text = ""
    for end, part in enumerate(path, 1):
        name = names.get(path[:end])
        shown = name if name is not None else step(part)
        text += shown if shown.startswith("[") or not text else f".{shown}"
    return text
