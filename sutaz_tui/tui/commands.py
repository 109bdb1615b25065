"""What `:` understands: the words of the key table, a service or group to go to, a theme."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from msgspec import Struct

from sutaz_tui.model import Service
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.keymap import COMMANDS, RENAMED_WORDS
from sutaz_tui.views.registry import BY_ID

DRAWN = ("charts", "promql", "logql")
"""The words that draw something: a set of the config, or a query."""

OTHER_WORDS = ("go", "theme", "logs", "log-height", "at", "diff", "note", "deploy", "bundle", "env", *DRAWN)
"""The words that are no row of a key table: they take something behind them."""


GROUP_FIRST = "agents"
"""The word of a view that means the group of this name where there is one."""

WITHOUT = {
    "go": "go where? go SERVICE",
    "at": "at which moment? at 03:12, at yesterday 18:00, at 2h, at now",
    "note": "note takes a text: note raised work_mem",
    "deploy": "what was deployed? deploy api 1.5",
}
"""What is said of those that need something behind them, where nothing stands there."""
DEMO_WORDS = ("break", "mend", "scenario", "control")
"""What is done to the simulated stack."""


class Order(Struct, frozen=True):
    """What a command asks for: `run` the word of an action, open `logs`, `select` a service, a `view` at a row, `theme`,
    `find`, `filter`, show `charts` by name or a query of `promql` or `logql`, do something to the `demo`, show how all was
    `at` a moment, what differs since one (`diff`), keep a `note` or a `deploy`,
    go to the `env` of another config, or `say` what was wrong."""

    verb: str
    object: str


def command_words(
    services: Sequence[Service],
    groups: Iterable[str],
    themes: Iterable[str],
    queries: Iterable[str] = (),
    envs: Sequence[str] = (),
) -> list[str]:
    """Everything that completes after `:`."""
    return [
        *COMMANDS,
        *(service.id for service in services),
        *groups,
        *(f"theme {theme}" for theme in themes),
        "logs all",
        *(f"logs {service.id}" for service in services),
        *(f"logs {name}" for name in queries),
        *(f"env {env}" for env in envs),
        "log-height",
        "at",
        "diff",
        "note",
        "deploy",
        "bundle",
        "go",
        "charts",
        "promql",
        "logql",
    ]


OF_A_ROW = ("metrics", "slow")
"""Words that show the selected service, after which many type another's name."""


def understand(
    text: str, services: Sequence[Service], themes: Iterable[str], envs: Sequence[str] = ()
) -> Order:
    """The order that a typed line means; `envs` are the names of the configs that are open."""
    typed, text = text, " ".join(text.split())
    word, _, rest = text.partition(" ")
    word = RENAMED_WORDS.get(word, word)
    if word == "env" or not text:
        return _env(rest, envs) if text else Order("say", "")
    if word == "logs":
        return Order("logs", rest)
    if word == "log-height":
        good = rest.isdigit() and rest.isascii() and len(rest) <= 3
        return Order("log-height", rest) if good else Order("say", "log-height takes a number of lines")
    if word in DEMO_WORDS:
        return Order("demo", text)
    if word == "bundle" or (word == "diff" and rest):
        return Order(word, rest)
    if word == "go" and rest:
        return _goto(rest, services)
    if word in WITHOUT:
        return Order(word, rest) if rest else Order("say", WITHOUT[word])
    if word in DRAWN:
        # As it was typed: blanks in quotes count.
        return Order(word, typed.strip()[len(word) :].strip())
    if word in BY_ID and rest:
        return Order("view", f"{word} {rest}")
    if word in COMMANDS and not rest and not (word == GROUP_FIRST and _named(word, services)):
        return Order("run", word)
    if word in ("find", "filter") and rest:
        return Order(word, rest)
    if word == "theme":
        known = list(themes)
        return (
            Order("theme", rest)
            if rest in known
            else Order("say", f"no theme {one_line(rest, 30)!r}; there are {', '.join(known)}")
        )
    if found := _named(text, services):
        return Order("select", found)
    return _no_command(text, services)


def _goto(name: str, services: Sequence[Service]) -> Order:
    if found := _named(name, services):
        return Order("select", found)
    return _unknown(name, "service", [known for one in services for known in (one.id, one.group)])


def _no_command(text: str, services: Sequence[Service]) -> Order:
    word, _, rest = text.partition(" ")
    if word in OF_A_ROW and (found := _named(rest, services)):
        return Order("say", f"{word} shows the selected service: :{found} selects it, then :{word}")
    return _unknown(
        text,
        "command",
        [*COMMANDS, *OTHER_WORDS, *DEMO_WORDS, *(name for s in services for name in (s.id, s.group))],
    )


def _unknown(text: str, what: str, there_are: Sequence[str]) -> Order:
    word = text.partition(" ")[0]
    near = get_close_matches(text.casefold(), there_are, 1) or get_close_matches(
        word.casefold(), there_are, 1
    )
    hint = f"did you mean {near[0]}?" if near else "? lists the keys, ctrl+p the commands"
    return Order("say", f"no {what} {one_line(text, 30)}; {hint}")


def _named(text: str, services: Sequence[Service]) -> str:
    """The id of the service, or of the first of the group, that a text names; "" for none."""
    for service in services:
        if text in (service.id, service.group) or text.casefold() == service.title.casefold():
            return service.id
    return ""


def _env(typed: str, envs: Sequence[str]) -> Order:
    if len(envs) < 2:
        return Order("say", "one config is open: sutaz-tui board NAME NAME opens several")
    by_name = {env.casefold(): env for env in envs}
    if (found := by_name.get(typed.casefold())) is not None:
        return Order("env", found)
    near = get_close_matches(typed.casefold(), by_name, 1)
    hint = f"did you mean {by_name[near[0]]}?" if near else f"there are {', '.join(envs)}"
    return Order("say", f"no config {one_line(typed, 30)!r} is open; {hint}" if typed else f"which? {hint}")
