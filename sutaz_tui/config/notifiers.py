"""Who is told what: the entries of `notify`."""

import msgspec

from sutaz_tui.config.schema import Auth, Seconds, Secret, Struct, Tls, Wire

WHATS = ("down", "degraded", "unknown", "restarts", "alerts", "checks")
"""What can be told besides the rules of an entry's own: logs and disk."""

PLACES = (
    "id", "state", "title", "words", "severity", "service", "services", "since", "at", "owner", "runbook", "env",
)  # fmt: skip
"""What a template may name, and a program gets as variables."""


class LogRule(Struct, frozen=True, kw_only=True):
    """What is told of a log: a pattern that `count` lines hold within `within`, or that nothing is written for `silent`."""

    service: str
    pattern: str = ""
    count: int = 1
    within: Seconds = 300.0
    silent: Seconds = 0.0


class NotifierConfig(Struct, tag_field="to", frozen=True, kw_only=True):
    """What every way to tell people has; `to` adds its own keys.

    `on` is what is told (of `services` and `groups`, where these are given), once a trouble has lasted `after`; its
    recovery too, unless `recovery` is false. `disk`: a disk that will be full within so long. `sender` is who sends:
    a recorder, or each board.
    """

    name: str
    on: list[str] = msgspec.field(default_factory=lambda: ["down", "unknown", "alerts", "checks"])
    services: list[str] = msgspec.field(default_factory=list)
    groups: list[str] = msgspec.field(default_factory=list)
    logs: list[LogRule] = msgspec.field(default_factory=list)
    disk: Seconds = 0.0
    after: Seconds = 10.0
    recovery: bool = True
    sender: str = msgspec.field(name="from", default="recorder")
    timeout: Seconds = 10.0


class ToAlertmanager(NotifierConfig, tag="alertmanager", frozen=True, kw_only=True):
    """An Alertmanager: it routes, silences and groups; `labels` are added to each alert."""

    url: str
    auth: Auth | None = None
    tls: Tls | None = None
    labels: dict[str, str] = msgspec.field(default_factory=dict)


class ToCommand(NotifierConfig, tag="command", frozen=True, kw_only=True):
    """A program, run without a shell; what is told stands in its environment as SUTAZ_TITLE and the like."""

    argv: list[Wire]
    env: dict[str, str] = msgspec.field(default_factory=dict)


class ToWebhook(NotifierConfig, tag="webhook", frozen=True, kw_only=True):
    """A POST: of JSON with all that is told, or of `body` with {title} and the like in it; signed where there is a key."""

    url: str
    auth: Auth | None = None
    tls: Tls | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: Wire = ""
    sign: Secret = ""


class ToTerminal(NotifierConfig, tag="terminal", frozen=True, kw_only=True):
    """The terminal of each board: its bell, and what shows a desktop notification where it knows how (osc: 9 or 777)."""

    bell: bool = True
    osc: list[int] = msgspec.field(default_factory=lambda: [9])


class ToApprise(NotifierConfig, tag="apprise", frozen=True, kw_only=True):
    """What Apprise knows (the extra `notify`): mail, Matrix, ntfy, Slack and a hundred others, by their URLs."""

    urls: list[Secret]


AnyNotifier = ToAlertmanager | ToCommand | ToWebhook | ToTerminal | ToApprise


def is_of_board(notifier: NotifierConfig) -> bool:
    """Whether each board sends it, not a recorder."""
    return notifier.sender == "board" or isinstance(notifier, ToTerminal)
