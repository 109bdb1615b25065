"""The table of recipes: how what has no kind of its own is asked, by its image or by the word somebody wrote for it."""

import re
import shlex
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from sutaz_tui.config.kinds import KINDS

FILE = Path(__file__).with_name("recipes.yaml")
_REFERENCE = re.compile(r"(?:[^/]*[.:][^/]*/|localhost/)?(?P<name>[^:@]+)(?::[^@]*)?(?:@.*)?")
_ASKED = re.compile(
    r"(?:http://)?(?P<host>\[::1\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^\s'\"$]*)?"
)
_LOCAL = ("localhost", "127.0.0.1", "0.0.0.0", "[::1]")  # noqa: S104 - read, not bound
_MORE = re.compile(r"[$`|&<>;]|^-[A-Za-z]*[XHudI]|^--(?:header|user|data|request|post|method)|^https:")
_ALIASES = {"docker-container": "container", "compose": "container", "cmd": "command", "exec": "command"}
"""What others call our kinds."""


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one thing is asked; see the head of the file. `path` is "" for a kind that wants none."""

    images: list[str]
    kind: str
    source: str
    words: list[str] = []
    port: int = 0
    path: str = ""
    keys: dict[str, Any] = {}
    needs: str = ""
    when: list[str] = []
    unless: list[str] = []
    roles: list[str] = []
    well: str | None = None

    @property
    def title(self) -> str:
        """What it is called where somebody asked for it."""
        return (self.words or self.images)[0].rpartition("/")[2]

    @property
    def is_any_page(self) -> bool:
        """Whether it asks for no more than that a page is answered, at whatever port."""
        return self.kind == "http" and self.path == "/" and self.keys.get("status") == "200-499"

    def fits(self, command: Sequence[str], variables: Sequence[str]) -> bool:
        """Whether a container that runs this command with these variables answers so, as far as they tell."""
        words = [*command, *variables]
        if self.roles and command and not _any_in(self.roles, command):
            return False
        if self.unless and _any_in(self.unless, words):
            return False
        if self.when:
            return _any_in(self.when, words)
        return not self.needs or bool(self.unless) or self.kind not in ("http", "tcp")

    def entry(self, host: str = "HOST", port: int = 0) -> dict[str, Any]:
        """The keys of a service that is asked so at a host; `port` where it is not its usual one."""
        at = f"{host}:{port or self.port}"
        is_url = bool(self.path) or KINDS[self.kind].address.startswith("url")
        address = {"address": f"http://{at}{self.path}" if is_url else at} if self.port else {}
        return {"kind": self.kind, **address, **self.keys}


def _any_in(sought: Sequence[str], words: Sequence[str]) -> bool:
    return any(one in word for one in sought for word in words)


@cache
def recipes() -> tuple[Recipe, ...]:
    """All of the table."""
    return tuple(msgspec.convert(yaml.safe_load(FILE.read_bytes()), list[Recipe]))


def for_image(image: str) -> Recipe | None:
    """The recipe of what an image runs, whatever its registry and tag; None where there is none."""
    match = _REFERENCE.fullmatch(image.lower())
    name = match["name"] if match is not None else ""
    last = name.rpartition("/")[2]
    named = {one: recipe for recipe in reversed(recipes()) for one in recipe.images}
    return next((named[one] for one in ("/".join(name.split("/")[-2:]), last) if one in named), None)


def for_word(word: str) -> Recipe | None:
    """The recipe that is meant by a word, None where there is none."""
    word = word.lower()
    for recipe in recipes():
        if word in recipe.words or word in (image.rpartition("/")[2] for image in recipe.images):
            return recipe
    return None


def advice(word: str) -> str:
    """What to write instead of a kind that is none, "" where nobody knows."""
    if word.lower() in _ALIASES:
        return f'"{_ALIASES[word.lower()]}"'
    recipe = for_word(word)
    if recipe is None:
        return ""
    keys = ", ".join(f"{name}: {_yaml(value)}" for name, value in recipe.entry().items())
    needs = f" (needs {recipe.needs})" if recipe.needs else ""
    return f"{{{keys}}}{needs}"


def _yaml(value: object) -> str:
    """A value as YAML writes it on one line."""
    written = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=False)
    return str(written).removesuffix("\n...\n").strip()


def of_health_check(test: Sequence[str], names: Sequence[str] = ()) -> tuple[int, str] | None:
    """Port and path that a container's own check asks by curl or wget, None where it asks otherwise.

    `names` are what the container is called in its network.

    `test` is Docker's `Healthcheck.Test` or compose's: [CMD, word, …] or [CMD-SHELL, line]. What checks more than that a
    page answers (a login, a method, what grep finds) is left to the container.
    """
    if len(test) < 2 or test[0] not in ("CMD", "CMD-SHELL"):
        return None
    try:
        words = shlex.split(test[1]) if test[0] == "CMD-SHELL" else [*test[1:]]
    except ValueError:
        return None
    words = words[: words.index("||")] if "||" in words else words
    if not words or words[0].rpartition("/")[2] not in ("curl", "wget") or any(map(_MORE.search, words)):
        return None
    urls = [
        match
        for word in words[1:]
        if (match := _ASKED.fullmatch(word)) and match["host"] in (*_LOCAL, *names)
    ]
    if len(urls) != 1:
        return None
    return int(urls[0]["port"] or 80), urls[0]["path"] or "/"
