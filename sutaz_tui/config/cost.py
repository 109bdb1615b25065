"""What a config asks of each service: requests, kept connections, connections opened at most."""

import textwrap
from collections import Counter
from dataclasses import dataclass, replace

from sutaz_tui.config.config import Config, interval_of, kind_of
from sutaz_tui.config.kinds import KINDS, Container, Docker, Redis
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.config.selectors import together_key
from sutaz_tui.text.sanitise import ago, bytes_size

EXPLAINED = """\
Requests a minute: at the service's interval, and while it is selected on the board. Sets off: what these make the \
service send to others, such as an agent's health page to its Ollama; at the service's interval.
Kept: connections that stay open. Opened an hour, at most: a server may close a kept connection between two questions, \
so each may be opened once a question; a server that keeps connections sees far fewer: those of Redis, PostgreSQL and \
RabbitMQ are opened anew every ten minutes, which shows that a password was changed. A service that ends such a \
connection is asked at once. Of each Docker one connection more is kept, on which it tells what happens to containers.
Kinds that keep none ({none_kept}) open one each time. A failing service is polled every {failing} for its first \
{failing_for}; without a key for {idle_after} every service is polled every {idle}."""

LOGS = """\
A log costs nothing until it is opened; then, for each service that it shows:"""
LOG_COSTS = {
    "docker": "From Docker one connection, kept while it is open, and a question when the container starts anew.",
    "loki": """\
From Loki a WebSocket, kept while it is open, and 1 to 12 range queries a minute beside it (75 where there is no \
WebSocket, 200 at 5000 lines a second, where the WebSocket is closed). Once a minute it is asked what a count would \
read, and to count where that is under {count_below}; without a WebSocket every other minute once more over the last \
fifteen.""",
}
"""What an open log asks of a source, by its kind; the figures are those of the engine's Loki feed."""

WIDTH = 110
"""Columns of the paragraphs below the table."""

REOPENED = 60.0
"""How often an hour the stream of a Docker's events is opened at most: its longest pause is a minute."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one service is asked: requests a minute (`selected`: while it is the selected row), those that it sends to
    others because of them (`sets_off`), connections kept, and opened an hour at most, at its interval and selected."""

    service_id: str
    requests: float
    requests_selected: float
    sets_off: float
    kept: int
    opened: float
    opened_selected: float


def cost(config: Config) -> list[Cost]:
    """The cost of each service, in the config's order."""
    # The first that is asked through a Docker opens the stream of its events for all.
    opens = {
        config.source_of(service): service.id
        for service in reversed(config.services)
        if isinstance(service, (Docker, Container))
    }
    shared = Counter(map(together_key, config.services))
    costs, told = [], set[object]()
    for service in config.services:
        key = together_key(service)
        one = _cost(service, config, service.id in opens.values())
        if key is not None and shared[key] > 1:
            # The first of those that are asked together pays for all, and a selected one hurries nobody.
            one = replace(one, requests_selected=one.requests, opened_selected=one.opened)
            one = Cost(service.id, 0.0, 0.0, 0.0, 0, 0.0, 0.0) if key in told else one
            told.add(key)
        costs.append(one)
    return costs


def total(costs: list[Cost]) -> Cost:
    """The sum, with one service selected: the one that this makes dearest."""
    more = max((one.requests_selected - one.requests for one in costs), default=0.0)
    opened = max((one.opened_selected - one.opened for one in costs), default=0.0)
    requests, connections = sum(one.requests for one in costs), sum(one.opened for one in costs)
    kept = sum(one.kept for one in costs)
    sets_off = sum(one.sets_off for one in costs)
    return Cost("all", requests, requests + more, sets_off, kept, connections, connections + opened)


def cost_text(config: Config) -> str:
    """The table that `sutaz-tui config cost` prints, with its explanation."""
    costs = cost(config)
    width = max(len("service"), *(len(one.service_id) for one in costs))
    lines = [
        f"{'':{width}}  requests a minute                connections",
        f"{'service':{width}}  usual    selected    sets off    kept    opened an hour    selected",
    ]
    for one in [*costs, total(costs)]:
        lines.append(
            f"{one.service_id:{width}}  {one.requests:5.1f}    {one.requests_selected:8.1f}    {one.sets_off:8.1f}"
            f"    {one.kept:4d}    {one.opened:14.0f}    {one.opened_selected:8.0f}"
        )
    pace = config.pace
    explained = EXPLAINED.format(
        none_kept=", ".join(name for name, kind in KINDS.items() if not kind.kept),
        failing=_span(pace.failing),
        failing_for=_span(pace.failing_for),
        idle=_span(pace.idle),
        idle_after=_span(pace.idle_after),
    )
    paragraphs = [*explained.split("\n"), *_log_lines(config)]
    return "\n".join([*lines, "", *(textwrap.fill(paragraph, WIDTH) for paragraph in paragraphs)])


def _span(seconds: float) -> str:
    return ago(seconds).removesuffix("00s")


def _log_lines(config: Config) -> list[str]:
    logs = {"docker": config.logs.docker, "loki": config.logs.loki}
    asked = [
        LOG_COSTS[kind].format(count_below=bytes_size(config.logs.count_below))
        for kind, name in logs.items()
        if name
    ]
    return ["", LOGS, *asked] if asked else []


def _cost(service: ServiceConfig, config: Config, hears: bool) -> Cost:
    kind = KINDS[kind_of(service)]
    usual = interval_of(service)
    selected = min(usual, config.pace.selected)
    # RESET, by which a kept connection without a login sees that one is wanted.
    requests = kind.requests + (isinstance(service, Redis) and not service.password)
    opens = kind.kept or kind.requests
    return Cost(
        service_id=service.id,
        requests=requests * 60 / usual,
        requests_selected=requests * 60 / selected,
        sets_off=kind.sets_off * 60 / usual,
        kept=kind.kept + hears,
        opened=opens * 3600 / usual + hears * REOPENED,
        opened_selected=opens * 3600 / selected + hears * REOPENED,
    )
