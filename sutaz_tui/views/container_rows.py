"""A container as a row: its columns, and its values in them."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.logs.of_container import log_of_container
from sutaz_tui.model import Status
from sutaz_tui.text.exits import exit_words
from sutaz_tui.text.table import GLYPHS, Column, Line, TableRow
from sutaz_tui.text.units import ago, bytes_size, first_of, memory_size
from sutaz_tui.views.container_words import LOOKS, detail, dockers_of, restart_line, service_of

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.probes.directory import Directory
    from sutaz_tui.probes.fleet import Followed

LINE = 12


def _rate(value: float) -> str:
    return f"{bytes_size(round(value))}/s"


def _percent(value: float) -> str:
    return f"{value:.0f} %" if value >= 9.95 else f"{value:.1f} %"


COLUMNS = (
    Column("name", "NAME", most=32),
    Column("docker", "DOCKER", most=16, priority=9, is_rare=True),
    Column("state", "STATE", most=28),
    Column("restarts", "RESTARTS", is_number=True, priority=3),
    Column("exit", "LAST EXIT", most=16, priority=5, is_rare=True),
    Column("cpu", "CPU", is_number=True, write=_percent),
    Column("cpu_line", "", width=LINE, priority=6, is_line=True),
    Column("memory", "MEMORY", is_number=True, write=memory_size),
    Column("limit", "LIMIT", is_number=True, priority=4, write=memory_size),
    Column("received", "NET IN", is_number=True, priority=7, write=_rate),
    Column("sent", "NET OUT", is_number=True, priority=7, write=_rate),
    Column("net_line", "", width=LINE, priority=10, is_line=True),
    Column("read", "READ", is_number=True, priority=8, write=_rate),
    Column("written", "WRITTEN", is_number=True, priority=8, write=_rate),
    Column("io_line", "", width=LINE, priority=14, is_line=True),
    Column("up", "UP", is_number=True, priority=2, write=ago),
    Column("ports", "PORTS", most=30, priority=11),
    Column("project", "PROJECT", most=20, priority=12),
    Column("image", "IMAGE", most=40, priority=13),
    Column("age", "IMAGE AGE", is_number=True, priority=13, write=ago),
)


def container_row(
    one: "Followed", source: str, config: Config, directory: "Directory", now: datetime
) -> TableRow:
    """The row of a container of a Docker (its source)."""
    container, page, rates = one.container, one.page, one.rates
    name = container.names[0] if container.names else container.id[:12]
    service = service_of(one, source, config, directory)
    verdict = one.watched.verdict(now)
    runs = container.state == "running"
    seen = verdict.facts.get("exit_code")
    code = seen if isinstance(seen, int) else page.exit_code if page is not None and not runs else None
    is_over = not runs and code in (0, None) and container.state in ("exited", "created")
    look = LOOKS.get(verdict.status or Status.UNKNOWN, "") if not is_over or service else "muted"
    if look == "down" and not service and (page is None or page.policy in ("", "no")):
        look = "degraded"
    started = page.started if page is not None and runs else None
    ended_by = exit_words(code, page is not None and page.is_oom) if code is not None else None
    word = verdict.word if verdict.word != "DOWN" else ""
    end = f"exit {ended_by}" if ended_by and (word or not runs) else ""
    state = ", ".join(filter(None, (word or container.state, one.watched.health if not word else "", end)))
    values = {
        "name": name,
        "docker": source if len(dockers_of(config)) > 1 else None,
        "state": state,
        "restarts": page.restarts if page is not None else None,
        "exit": ended_by,
        "cpu": rates.get("cpu"),
        "memory": one.usage.memory if one.usage is not None and runs else None,
        "limit": page.memory_limit if page is not None else None,
        **{key: rates.get(key) for key in ("received", "sent", "read", "written")},
        "cpu_line": _line(one, "CPU", _percent, "cpu"),
        "net_line": _line(one, "NETWORK", _rate, "received", "sent"),
        "io_line": _line(one, "DISK", _rate, "read", "written"),
        "up": (now - started).total_seconds() if started is not None else None,
        "ports": first_of(container.published, 3) or None,
        "project": container.compose_project or None,
        "image": container.image,
        "age": (now - one.built).total_seconds() if one.built is not None else None,
    }
    ended = page.finished if page is not None and not runs and look not in ("", "muted") else None
    return TableRow(
        f"{source} {container.id}",
        {key: value for key, value in values.items() if value is not None},
        look,
        GLYPHS.get(look, ""),
        service,
        # What a health check printed, or why Docker could not start it, may hold anything.
        tuple(config.secrets.mask(line) for line in detail(one, verdict.words)),
        restart_line(config.sources[source].url, name),
        log=service or log_of_container(source, name),
        at=ended.timestamp() if ended is not None else None,
        also=(
            container.id,
            container.id[:12],
            *container.names,
            container.compose_service,
            *container.networks.values(),
        ),
    )


def _line(one: "Followed", name: str, write: Callable[[float], str], *rates: str) -> Line | None:
    lines = [one.lines[rate] for rate in rates if rate in one.lines]
    return Line(tuple(map(sum, zip(*lines, strict=False))), name, 0.0, write) if lines else None
