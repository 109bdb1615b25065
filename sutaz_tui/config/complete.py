"""A checked config file completed: titles, groups, times and paths filled in, logins that are empty taken out."""

from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from sutaz_tui.config.addresses import OTHER_PORTS, container_of, inside, inside_host
from sutaz_tui.config.config import (
    Checks,
    Config,
    ConfigFile,
    History,
    Logs,
    interval_of,
    kind_of,
    timeout_of,
    warn_of,
)
from sutaz_tui.config.document import Document
from sutaz_tui.config.files import Found
from sutaz_tui.config.kinds import KINDS
from sutaz_tui.config.notifiers import AnyNotifier, ToAlertmanager, ToWebhook
from sutaz_tui.config.outside import beside
from sutaz_tui.config.schema import Auth, Basic, Bearer, Group, LogPlace, ServiceConfig, Source, Tls
from sutaz_tui.config.serving import Serving
from sutaz_tui.config.workers import Workers
from sutaz_tui.text.sanitise import Secrets

DEFAULT_GROUP = "services"
"""Where services stand when neither they nor `groups` name a group."""

_Entry = TypeVar("_Entry", ServiceConfig, Source)


def complete(file: ConfigFile, document: Document, found: Found) -> Config:
    """The config that the program uses."""
    first = file.groups[0].id if file.groups else DEFAULT_GROUP
    dockers = {service.source for service in file.services if kind_of(service) == "docker"}
    hosts = {
        inside_host(name, docker): (docker, name)
        for service in file.services
        for address in (service.address, *(getattr(service, key, "") for key in OTHER_PORTS))
        if (name := container_of(address)) and (docker := _docker(service, dockers))
    }
    services = tuple(
        _service(_outside(service, dockers), first, found.folder, document.disabled)
        for service in file.services
    )
    groups = file.groups or [Group(id=id) for id in dict.fromkeys(service.group for service in services)]
    # A config need not name its services group by group; everything that lists them has a heading a group.
    places = {group.id: place for place, group in enumerate(groups)}
    services = tuple(sorted(services, key=lambda service: places.get(service.group, len(places))))
    return Config(
        env=file.env,
        services=services,
        sources={
            name: replace(_entry(source, found.folder), url=_url(source))
            for name, source in file.sources.items()
        },
        groups=tuple(Group(id=group.id, title=group.title or group.id.capitalize()) for group in groups),
        pace=file.pace,
        limits=replace(file.limits, connections=file.limits.connections or len(services)),
        theme=file.theme,
        keymap=file.keymap,
        path=found.path,
        checks=_checks(file, found.folder),
        logs=_logs(file),
        history=_history(file),
        record=file.record,
        serve=_serving(file.serve, found.folder),
        charts=file.charts,
        notify=tuple(_notifier(one, found.folder) for one in file.notify),
        workers=_workers(file.workers, found.folder),
        secrets=Secrets(document.secrets),
        shell_names={value: name for value, name in document.secrets.items() if value and name},
        login_variables=_login_variables(file, document),
        inside=hosts,
    )


def _checks(file: ConfigFile, folder: Path) -> Checks:
    checks = file.checks
    return replace(
        checks,
        files=[str(beside(folder, name)) for name in checks.files],
        pytest=[replace(suite, cwd=str(beside(folder, suite.cwd))) for suite in checks.pytest],
        junit=[replace(one, file=str(beside(folder, one.file))) for one in checks.junit],
    )


def _notifier(notifier: AnyNotifier, folder: Path) -> AnyNotifier:
    """With the files of its TLS where they are, as of a service."""
    if isinstance(notifier, ToAlertmanager | ToWebhook) and notifier.tls is not None:
        return replace(notifier, tls=_tls(notifier.tls, folder))
    return notifier


def _workers(workers: Workers | None, folder: Path) -> Workers | None:
    if workers is None or workers.tls is None:
        return workers
    return replace(workers, tls=_tls(workers.tls, folder))


def _service(service: ServiceConfig, group: str, folder: Path, disabled: Collection[str]) -> ServiceConfig:
    whole = (
        kind_of(service) == "http"
    )  # the path of an http check is what the user wrote; the others' is a base
    return replace(
        _entry(service, folder),
        depends_on=[id for id in service.depends_on if id not in disabled],
        title=service.title or service.id,
        group=service.group or group,
        address=service.address
        if whole or not KINDS[kind_of(service)].address
        else service.address.rstrip("/"),
        interval=interval_of(service),
        timeout=timeout_of(service),
        warn=warn_of(service),
        logs=_log_place(service, folder),
    )


def _url(source: Source) -> str:
    """A source's URL as it is dialled; `tcp://` is how DOCKER_HOST writes HTTP, or HTTPS where TLS is set."""
    scheme, _, rest = source.url.rstrip("/").partition("://")
    if scheme == "tcp":
        scheme = "https" if source.tls else "http"
    return f"{scheme}://{rest}"


def _docker(service: ServiceConfig, dockers: set[str]) -> str:
    return service.docker or (next(iter(dockers)) if len(dockers) == 1 else "")


def _outside(service: ServiceConfig, dockers: set[str]) -> ServiceConfig:
    """The service with an address that can be dialled for one inside Docker, which names its container too."""
    docker, web = _docker(service, dockers), "https://" if service.tls else "http://"
    others = {
        key: inside(address, docker, web if key == "proxy" else "")
        for key in OTHER_PORTS
        if container_of(address := getattr(service, key, ""))
    }
    name = container_of(service.address)
    if name:
        scheme = "" if KINDS[kind_of(service)].address == "port" else web
        others["address"] = inside(service.address, docker, scheme)
        others["container"] = service.container or name
    return replace(service, **others) if others else service


def _log_place(service: ServiceConfig, folder: Path) -> LogPlace | None:
    place = service.logs
    if place is None or not place.file:
        return place
    return replace(place, file=str(beside(folder, place.file)))


def _logs(file: ConfigFile) -> Logs:
    """The logs section with its sources named, where a service asks through one that may hold logs."""
    first = {kind_of(service): service.source for service in reversed(file.services)}
    logs = file.logs
    return replace(
        logs, loki=logs.loki or first.get("loki", ""), docker=logs.docker or first.get("docker", "")
    )


def _history(file: ConfigFile) -> History:
    """The history section, its days by their older name where only that is written."""
    days = file.checks.keep_days
    if isinstance(days, (int, float)) and file.history.days == History().days:
        return replace(file.history, days=days)
    return file.history


def _entry(entry: _Entry, folder: Path) -> _Entry:
    auth = entry.auth if entry.auth and _login(entry.auth) else None
    return replace(entry, auth=auth, tls=_tls(entry.tls, folder) if entry.tls else None)


def _login(auth: Auth) -> str:
    if isinstance(auth, Basic):
        return auth.password
    return auth.token if isinstance(auth, Bearer) else auth.value


def _tls(tls: Tls, folder: Path) -> Tls:
    files = {
        key: str(beside(folder, name))
        for key in ("ca_file", "cert_file", "key_file")
        if (name := getattr(tls, key))
    }
    return replace(tls, **files)


def _serving(serving: Serving, folder: Path) -> Serving:
    """With the files of its TLS where they are."""
    if serving.tls is None:
        return serving
    keys = ("cert_file", "key_file", "clients_file")
    files = {key: str(beside(folder, name)) for key in keys if (name := getattr(serving.tls, key))}
    return replace(serving, tls=replace(serving.tls, **files))


def _login_variables(file: ConfigFile, document: Document) -> dict[str, str]:
    """Which variable holds the login of "services.ID" and "sources.NAME"."""
    variables: dict[str, str] = {}
    for path, variable in document.variables.items():
        if path[0] == "services" and isinstance(path[1], int):
            variables.setdefault(f"services.{file.services[path[1]].id}", variable)
        elif len(path) > 1:
            variables.setdefault(f"{path[0]}.{path[1]}", variable)
    for path, taken in document.taken.items():
        if path[0] == "workers" and taken.expanded.names:
            variables.setdefault(".".join(map(str, path)), taken.expanded.names[-1])
    return variables
