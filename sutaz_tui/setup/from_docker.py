"""The services of what Docker runs: compose's labels say whose container each is, and what it waits for."""

import asyncio
import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sutaz_tui.errors import BadAnswer
from sutaz_tui.setup.seen import Seen, as_written, id_of, plain_of
from sutaz_tui.sources.docker import DockerApi
from sutaz_tui.text.sanitise import one_line

MOST = 500
"""Containers whose pages are read."""
AT_ONCE = 8
"""Pages that are read side by side."""
_DOCKERS_OWN = ("bridge", "host", "none", "podman")
_LABEL = "com.docker.compose."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


async def seen(api: DockerApi, timeout: float, host: str) -> list[Seen]:
    """What a Docker runs, by project; `host` is where its published ports are. Raises SourceError."""
    engine = await api.engine(timeout)
    turn = asyncio.Semaphore(AT_ONCE)

    async def page(id: str) -> dict[str, Any] | None:
        async with turn:
            return await api.page(id, timeout)

    pages = await asyncio.gather(*(page(container.id) for container in engine.containers[:MOST]))
    return services(api.title, [one for one in pages if one is not None], host)


def services(title: str, pages: Iterable[Mapping[str, Any]], host: str) -> list[Seen]:
    """The services that these containers make up; raises BadAnswer."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for page in pages:
        labels = _labels(page)
        if labels.get(f"{_LABEL}oneoff") == "True":
            continue
        name = str(page.get("Name") or "").removeprefix("/")
        service = _named(labels, "service")
        groups[_named(labels, "project"), service or name].append(page)
    found: list[Seen] = []
    doubled = [service for _, service in groups]
    for (project, name), containers in sorted(groups.items()):
        wanted = f"{project}-{name}" if doubled.count(name) > 1 and project else name
        id = id_of(wanted, [one.id for one in found])
        try:
            found.append(_service(id, project, containers, host))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadAnswer(title, f"the page of {one_line(name, 60)} is none of a container") from error
    return found


def _service(id: str, project: str, pages: list[Mapping[str, Any]], host: str) -> Seen:
    page = pages[0]
    labels, config = _labels(page), page.get("Config") or {}
    state, settings = page["State"], page.get("HostConfig") or {}
    restarts = (settings.get("RestartPolicy") or {}).get("Name")
    test = (config.get("Healthcheck") or {}).get("Test") or []
    ended = state.get("Status") == "exited" and state.get("ExitCode") == 0
    return Seen(
        id=id,
        image=one_line(str(config.get("Image") or ""), 200),
        container=str(page["Name"]).removeprefix("/"),
        project=project,
        service=_named(labels, "service"),
        replicas=len(pages),
        published=_published(page, host),
        exposed=tuple(sorted(int(port.partition("/")[0]) for port in config.get("ExposedPorts") or {})),
        needs=tuple(_needs(labels.get(f"{_LABEL}depends_on", ""))),
        test=tuple(map(str, test[1:])) if test and test[0] != "NONE" else (),
        variables=tuple(str(one).partition("=")[0] for one in config.get("Env") or []),
        plain=plain_of(
            (name, value) for name, _, value in (str(one).partition("=") for one in config.get("Env") or [])
        ),
        command=tuple(map(str, config.get("Cmd") or ())),
        log_driver=one_line(str((settings.get("LogConfig") or {}).get("Type") or ""), 30),
        network=_network(page),
        ends=ended and restarts in ("", "no", "on-failure", None),
    )


def _labels(page: Mapping[str, Any]) -> Mapping[str, str]:
    labels = (page.get("Config") or {}).get("Labels") or {}
    if not isinstance(labels, dict):
        return {}
    named = (f"{_LABEL}project", f"{_LABEL}service")
    return {
        str(name): as_written(str(value)) if name in named else str(value) for name, value in labels.items()
    }


def _named(labels: Mapping[str, str], what: str) -> str:
    """The project or service that compose made a container for; "" where the label holds what compose takes for no name."""
    name = labels.get(f"{_LABEL}{what}", "")
    return name if _NAME.fullmatch(name) else ""


def _needs(label: str) -> Iterable[tuple[str, str]]:
    """`database:service_healthy:false,voting:…`."""
    for each in filter(None, label.split(",")):
        name, _, rest = each.partition(":")
        yield name, rest.partition(":")[0]


def _network(page: Mapping[str, Any]) -> str:
    """The first network that somebody made for it, "" where it is in Docker's own alone."""
    names = (page.get("NetworkSettings") or {}).get("Networks") or {}
    return next((name for name in map(as_written, names) if name and name not in _DOCKERS_OWN), "")


def _published(page: Mapping[str, Any], host: str) -> dict[int, tuple[str, int]]:
    found = {}
    for inside, outside in ((page.get("NetworkSettings") or {}).get("Ports") or {}).items():
        port, _, protocol = inside.partition("/")
        if protocol == "tcp" and outside:
            bound = str(outside[0].get("HostIp") or "")
            is_anywhere = not bound or ipaddress.ip_address(bound).is_unspecified
            found[int(port)] = (host if is_anywhere else bound, int(outside[0]["HostPort"]))
    return found
