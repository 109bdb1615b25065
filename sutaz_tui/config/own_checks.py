"""The user's own simple checks: their keys in the config's `checks.own`. What needs code stands in `checks.files`."""

from typing import Any

import msgspec

from sutaz_tui.config.schema import JsonValue, Statuses, Struct


class CheckCategory(Struct, frozen=True, kw_only=True):
    """A category of one's own: its id and title, the letter that runs it in `t`, and its digit on the board.

    Without a key or digit it gets one that is free.
    """

    id: str
    title: str = ""
    key: str = ""
    digit: int | None = None


class CheckDefaults(Struct, frozen=True, kw_only=True):
    """What an own check has that does not say otherwise; `tags` and `headers` are added to its own."""

    category: str = ""
    tags: list[str] = msgspec.field(default_factory=list)
    timeout: float | None = None
    tries: int | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class ForEach(Struct, frozen=True, kw_only=True):
    """The services that a check is made for, each one of its own: of a kind, of a group, or of both."""

    kind: str = ""
    group: str = ""


class OwnCheck(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every own check has.

    `needs` are service ids that must not be down, `does` its class, `timeout` seconds. `logs_in` marks one that sends
    a login: it is asked for first outside env test and demo, and sent no second time once it was refused. `tries` is
    how often a check that only reads is asked until it passes. `category` is one of `checks.categories`, "" for own.
    """

    id: str
    title: str = ""
    category: str = ""
    tags: list[str] = msgspec.field(default_factory=list)
    for_each: ForEach | None = None
    needs: list[str] = msgspec.field(default_factory=list)
    does: str = "reads"
    logs_in: bool = False
    timeout: float | None = None
    tries: int | None = None


class HttpCheck(OwnCheck, frozen=True, kw_only=True, tag="http"):
    """One request: status, header, JSON path (dotted), regex over the body, and the longest time in seconds."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = ""
    status: Statuses = 200
    header: str = ""
    header_value: str = ""
    json_path: str = ""
    json_value: JsonValue = None
    regex: str = ""
    within: float | None = None
    conditions: list[str] = msgspec.field(default_factory=list)


class TcpCheck(OwnCheck, frozen=True, kw_only=True, tag="tcp"):
    """A port that accepts; `expect` must come back as its first bytes."""

    address: str
    expect: str = ""


class TlsCheck(OwnCheck, frozen=True, kw_only=True, tag="tls"):
    """A certificate that is accepted and valid for at least so many days."""

    address: str
    min_days: float = 14.0


class PromqlCheck(OwnCheck, frozen=True, kw_only=True, tag="promql"):
    """Every sample of a PromQL query is within limits; an empty result fails. `service` is a Prometheus entry."""

    query: str
    service: str = "prometheus"
    min: float | None = None
    max: float | None = None
    conditions: list[str] = msgspec.field(default_factory=list)


class LogqlCheck(OwnCheck, frozen=True, kw_only=True, tag="logql"):
    """Every value of a metric LogQL query is within limits; an empty result counts as 0. `service` is a Loki entry."""

    query: str
    service: str = "loki"
    min: float | None = None
    max: float | None = None
    conditions: list[str] = msgspec.field(default_factory=list)


class SqlCheck(OwnCheck, frozen=True, kw_only=True, tag="sql"):
    """The first value of the first row of a read-only query. `service` is a PostgreSQL entry."""

    query: str
    service: str = "postgres"
    equals: str | int | float | bool | None = None
    min: float | None = None
    max: float | None = None
    conditions: list[str] = msgspec.field(default_factory=list)


class RedisCheck(OwnCheck, frozen=True, kw_only=True, tag="redis"):
    """The answer to one command that reads. `service` is a Redis entry."""

    command: list[str]
    service: str = "redis"
    equals: str | int | float | None = None
    min: float | None = None
    max: float | None = None
    conditions: list[str] = msgspec.field(default_factory=list)


class QueueCheck(OwnCheck, frozen=True, kw_only=True, tag="queue"):
    """The depth and the consumers of one queue. `service` is a RabbitMQ entry."""

    queue: str
    service: str = "rabbitmq"
    vhost: str = "/"
    max_messages: int | None = None
    min_consumers: int | None = None
    conditions: list[str] = msgspec.field(default_factory=list)


class StepRequest(Struct, frozen=True, kw_only=True):
    """One request of several: `{{name}}` stands for what an earlier step captured by JSON path under that name."""

    url: str
    method: str = "GET"
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = ""
    status: Statuses = 200
    json_path: str = ""
    json_value: JsonValue = None
    regex: str = ""
    conditions: list[str] = msgspec.field(default_factory=list)
    capture: dict[str, str] = msgspec.field(default_factory=dict)


class StepsCheck(OwnCheck, frozen=True, kw_only=True, tag="steps"):
    """Several requests, one after another."""

    steps: list[StepRequest]


class CommandCheck(OwnCheck, frozen=True, kw_only=True, tag="command"):
    """A program without a shell, judged as Nagios plugins are: 0 passes, 1 (a warning) and 2 fail, else it is an error.

    `warning_passes`: 1 passes too.
    """

    argv: list[str]
    env: dict[str, str] = msgspec.field(default_factory=dict)
    warning_passes: bool = False


AnyOwnCheck = (
    HttpCheck
    | TcpCheck
    | TlsCheck
    | PromqlCheck
    | LogqlCheck
    | SqlCheck
    | RedisCheck
    | QueueCheck
    | StepsCheck
    | CommandCheck
)

# What a Redis check may send: commands that only read.
REDIS_READS = frozenset(
    [
        "PING",
        "INFO",
        "GET",
        "MGET",
        "EXISTS",
        "TTL",
        "PTTL",
        "TYPE",
        "STRLEN",
        "LLEN",
        "SCARD",
        "ZCARD",
        "HLEN",
        "HGET",
        "DBSIZE",
        "XLEN",
        "MEMORY",
        "ROLE",
    ]
)


_ASKED = {"promql": "prometheus", "logql": "loki", "sql": "postgres", "redis": "redis", "queue": "rabbitmq"}


def kind_asked(kind: str) -> str:
    """The kind of service that an own check of this kind asks, which is its default `service` too; "" for none."""
    return _ASKED.get(kind, "")


def fault_of(entry: dict[str, Any]) -> tuple[str, str] | None:
    """The key and the words of what is wrong with an own check besides types; a check that asserts nothing is wrong."""
    kind = entry.get("kind")
    limits = {"promql": ("min", "max"), "logql": ("min", "max"), "sql": ("equals", "min", "max"),
              "redis": ("equals", "min", "max"), "queue": ("max_messages", "min_consumers")}.get(str(kind))  # fmt: skip
    if limits is not None and not entry.get("conditions") and all(entry.get(key) is None for key in limits):
        return "", f"found a check that asserts nothing, expected one of {', '.join((*limits, 'conditions'))}"
    if kind == "http" and not entry.get("status", [200]):
        return "status", "found a check that asserts nothing, expected at least one status"
    if kind == "command" and not entry.get("argv", [""]):
        return "argv", "found no program, expected [program, argument, …]"
    if kind == "steps" and not entry.get("steps"):
        return "steps", "found no steps, expected at least one"
    steps = entry.get("steps") if kind == "steps" else []
    requests = [entry] if kind == "http" else steps if isinstance(steps, list) else []
    for request in requests:
        if not isinstance(request, dict):
            continue
        if not request.get("status", [200]):
            return "", "found a step that asserts nothing, expected at least one status"
        for key, other in (("json_value", "json_path"), ("header_value", "header")):
            if request.get(key) not in (None, "") and not request.get(other):
                return key if kind == "http" else "", f"found {key} without {other}, expected both"
        method = str(request.get("method", "GET")).upper()
        changes = method not in ("GET", "HEAD") and entry.get("does", "reads") == "reads"
        if changes and not entry.get("logs_in"):
            words = f"found reads with method {method}, expected does: writes or heavy, or logs_in: true for a login"
            return "does", words
    if (entry.get("tries") or 1) > 1 and (entry.get("does", "reads") != "reads" or entry.get("logs_in")):
        return "tries", "found several tries of a check that writes or logs in, expected one"
    if kind == "redis":
        word = str((entry.get("command") or [""])[0]).upper()
        if word not in REDIS_READS:
            return "command", f"found {word!r}, expected a command that only reads, such as GET or LLEN"
    return None
