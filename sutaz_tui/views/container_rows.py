"""A container as a row: its columns, and its values in them."""

from datetime import datetime
from typing import TYPE_CHECKING

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Container as Entry
from sutaz_tui.logs.of_container import log_of_container
from sutaz_tui.model import Status
from sutaz_tui.text.exits import exit_words
from sutaz_tui.text.table import Column, TableRow
from sutaz_tui.text.units import ago, bytes_size, first_of
from sutaz_tui.views.container_words import GLYPHS, LOOKS, detail, restart_line

if TYPE_CHECKING:
    # At run time they would bring httpx2 before the first frame.
    from sutaz_tui.probes.directory import Directory
    from sutaz_tui.probes.fleet import Followed

LINE = 12


def _size(value: float) -> str:
    return bytes_size(round(value))


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
    Column("memory", "MEMORY", is_number=True, write=_size),
    Column("limit", "LIMIT", is_number=True, priority=4, write=_size),
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


def dockers_of(config: Config) -> tuple[str, ...]:
    """The sources of all Dockers: those that are a service, and those that only have containers of some."""
    named = (config.docker_of(service) for service in config.services)
    return tuple(dict.fromkeys((*config.dockers, *filter(None, named))))


def container_row(
    one: "Followed", source: str, config: Config, directory: "Directory", now: datetime
) -> TableRow:
    """The row of a container of a Docker (its source)."""
    container, page, rates = one.container, one.page, one.rates
    name = container.names[0] if container.names else container.id[:12]
    service = _service(one, source, config, directory)
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
        "cpu_line": _line(one, "cpu"),
        "net_line": _line(one, "received", "sent"),
        "io_line": _line(one, "read", "written"),
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
        tuple(detail(one, verdict.words)),
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


def _service(one: "Followed", source: str, config: Config, directory: "Directory") -> str:
    """The id of the service that runs in it, "" for none."""
    for name in one.container.names:
        if (id := directory.by_container(name, source)) is not None:
            return id
    of = (
        entry.id
        for entry in config.services
        if isinstance(entry, Entry)
        and config.docker_of(entry) == source
        and entry.project
        and one.container.is_replica_of(entry.project, entry.service)
    )
    return next(of, "")


def _line(one: "Followed", *names: str) -> tuple[float, ...] | None:
    lines = [one.lines[name] for name in names if name in one.lines]
    return tuple(map(sum, zip(*lines, strict=False))) if lines else None
