"""The rules that hold between the keys of a config, each a function of the walked document that adds its faults."""

import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from sutaz_tui.config.addresses import (
    DOCKER,
    OTHER_PORTS,
    as_keys,
    container_of,
    host_fault,
    inside_fault,
    port_fault,
    url_fault,
)
from sutaz_tui.config.chart_rules import charts
from sutaz_tui.config.check_rules import checks
from sutaz_tui.config.document import Document
from sutaz_tui.config.history_rules import history
from sutaz_tui.config.kinds import KINDS, Kind
from sutaz_tui.config.log_rules import logs
from sutaz_tui.config.notify_rules import notify
from sutaz_tui.config.outside import beside
from sutaz_tui.config.quiet import quiet_rule
from sutaz_tui.config.service_rules import BY_KIND
from sutaz_tui.config.serving import serve
from sutaz_tui.config.words import ID, Path, quoted
from sutaz_tui.config.workers_rules import workers

FLOOR = 1.0
"""The shortest interval, seconds."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def check(document: Document, folder: FilePath) -> None:
    """Adds every fault that the types alone do not show; `folder` is what relative paths are relative to."""
    ids(document)
    groups(document)
    sources(document)
    valid = {service["id"]: path for path, service, _ in services(document) if "id" in service}
    for path, service, kind in services(document):
        asked(document, path, service, kind)
        times(document, path, service, kind)
        known(document, valid, path, service)
        contained(document, path, service)
        headers(document, path, service)
        quiet_rule(document, path, service)
        BY_KIND.get(str(service.get("kind")), _nothing)(document, path, service)
        tls(document, path, service, folder)
    for name, source in _mapping(document.values.get("sources")).items():
        tls(document, ("sources", name), source, folder)
        headers(document, ("sources", name), source)
    circles(document)
    pace(document)
    logs(document)
    history(document)
    serve(document)
    checks(document)
    charts(document)
    notify(document)
    workers(document)
    tls(document, ("workers",), _mapping(document.values.get("workers")), folder)
    for index, entry in enumerate(document.values.get("notify") or ()):
        if isinstance(entry, dict):
            tls(document, ("notify", index), entry, folder)
            headers(document, ("notify", index), entry)


def services(document: Document) -> Iterator[tuple[Path, dict[str, Any], Kind | None]]:
    """Each service with its path, and its kind where that is known."""
    for index, service in enumerate(document.values.get("services") or []):
        if isinstance(service, dict):
            yield ("services", index), service, KINDS.get(str(service.get("kind")))


def _nothing(document: Document, path: Path, service: dict[str, Any]) -> None:
    """The kinds without rules of their own."""


def _mapping(value: object) -> dict[str, Any]:
    return (
        {name: entry for name, entry in value.items() if entry is not None} if isinstance(value, dict) else {}
    )


def ids(document: Document) -> None:
    """Every id is a word and stands once; there is at least one service."""
    if document.values.get("services") == []:
        document.fault(("services",), "found no services, expected at least one")
    for key in ("services", "groups"):
        seen: dict[str, Path] = {}
        for index, entry in enumerate(document.values.get(key) or []):
            path: Path = (key, index, "id")
            id = entry.get("id") if isinstance(entry, dict) else None
            if id is None:
                continue
            if not ID.fullmatch(id):
                words = f"found {quoted(id)}, expected letters, digits, . _ or -, at most 64"
                document.fault(path, words)
            elif id in seen:
                words = f'found a second "{id}" (the first is on {document.where(seen[id])}), expected each id once'
                document.fault(path, words)
            seen.setdefault(id, path)


def groups(document: Document) -> None:
    """Where `groups` is written, a service's group is one of them."""
    valid = [group["id"] for group in document.values.get("groups") or [] if group and "id" in group]
    for path, service, _ in services(document):
        group = service.get("group")
        if not group or group in valid:
            continue
        if valid:
            document.fault(
                (*path, "group"), f"found {quoted(group)}, expected {document.nearest(group, valid)}"
            )
        elif not ID.fullmatch(group):
            words = f"found {quoted(group)}, expected letters, digits, . _ or -, at most 64"
            document.fault((*path, "group"), words)


def sources(document: Document) -> None:
    """A source has a good name, a URL that can be dialled, and a deadline."""
    for name, source in _mapping(document.values.get("sources")).items():
        path: Path = ("sources", name)
        if not ID.fullmatch(name):
            document.fault(path, f"found {quoted(name)}, expected letters, digits, . _ or -, at most 64")
        if "url" in source and (expected := url_fault(source["url"], unix=True)):
            _unlike(document, (*path, "url"), source["url"], expected)
        if source.get("timeout", 1.0) <= 0:
            document.fault((*path, "timeout"), f"found {source['timeout']:g} s, expected more than 0")


def asked(document: Document, path: Path, service: dict[str, Any], kind: Kind | None) -> None:
    """A service has the address, the source and the login that its kind asks with, and none that nobody would use."""
    if kind is None:
        return
    _address(document, path, service, kind)
    _source(document, path, service, kind)
    place = f"it in sources.{service.get('source', '')}" if kind.through else "none"
    if service.get("auth") is not None and kind.address not in ("url", "url?"):
        expected = "user and password" if kind.address == "port" and not kind.through else place
        document.fault((*path, "auth"), f"found auth, expected {expected}")
    if service.get("tls") is not None and service["kind"] in ("tcp", "memcached", "dns", "icmp"):
        document.fault((*path, "tls"), f"found tls, expected none: kind {service['kind']} speaks no TLS")
    elif service.get("tls") is not None and not kind.address:
        document.fault((*path, "tls"), f"found tls, expected {place}")


def _address(document: Document, path: Path, service: dict[str, Any], kind: Kind) -> None:
    where, address = (*path, "address"), service.get("address", "")
    if "address" not in service and where in document.origins:
        return  # already a fault of its type
    if not kind.address:
        if address:
            way = "asks through its source" if kind.through else "asks no address"
            if service["kind"] == "container":
                way = "asks Docker"
            document.fault(where, f"found an address, expected none: kind {service['kind']} {way}")
        return
    if kind.address == "url?" and not address:
        return
    if kind.address == "host":
        if expected := host_fault(address):
            _unlike(document, where, address, expected)
        return
    if address.startswith(DOCKER):
        if expected := inside_fault(address, is_url=kind.address != "port"):
            _unlike(document, where, address, expected)
        return
    if kind.address != "port":
        if expected := url_fault(address):
            _unlike(document, where, address, expected)
        return
    if "://" in address:
        _connection_string(document, where, address)
    elif expected := port_fault(address):
        _unlike(document, where, address, expected)


def _connection_string(document: Document, path: Path, text: str) -> None:
    """What a client library takes in one string has keys here; only what stands in the file itself is repeated."""
    taken = document.taken.get(path)
    keys = as_keys(taken.raw if taken else text)
    came = f" (from {document.origins[path].came})" if taken else ""
    instead = f"; write {keys}" if keys else "; user, password, database and vhost have keys of their own"
    document.fault(path, f"found a connection string{came}, expected host:port{instead}")


def _source(document: Document, path: Path, service: dict[str, Any], kind: Kind) -> None:
    where, source = (*path, "source"), service.get("source", "")
    valid = list(_mapping(document.values.get("sources")))
    if source and not kind.through:
        way = "asks its address" if kind.address else "asks no source"
        if service["kind"] == "container":
            way = "names its Docker in docker"
        document.fault(where, f"found a source, expected none: kind {service['kind']} {way}")
    elif "source" not in service and where in document.origins:
        return  # already a fault of its type
    elif kind.through and source not in valid:
        what = quoted(source) if source else "no source"
        one = (
            f"{document.nearest(source or service['kind'], valid)} of `sources`"
            if valid
            else "one under `sources`"
        )
        document.fault(where, f"found {what}, expected {one}")


def _unlike(document: Document, path: Path, text: str, expected: str) -> None:
    """An address that is none; what came from a variable is not shown."""
    origin = document.origins.get(path)
    # A password that no rule of URLs knows for one may stand before an @.
    is_hidden = (origin and origin.came) or "@" in text
    shown = "a value" if is_hidden else quoted(text) if text else "no address"
    came = f" (from {origin.came})" if origin and origin.came else ""
    document.fault(path, f"found {shown}{came}, expected {expected}")


def times(document: Document, path: Path, service: dict[str, Any], kind: Kind | None) -> None:
    """No interval under a second, and every deadline below its interval."""
    default = kind.interval if kind else 15.0
    interval = service.get("interval", default)
    if interval < FLOOR:
        document.fault((*path, "interval"), f"found {interval:g} s, expected at least {FLOOR:g} s")
    timeout = service.get("timeout")
    if timeout is not None and timeout <= 0:
        document.fault((*path, "timeout"), f"found {timeout:g} s, expected more than 0")
    elif timeout is not None and timeout >= interval >= FLOOR:
        own = "its interval" if "interval" in service else "the interval of its kind"
        document.fault((*path, "timeout"), f"found {timeout:g} s, expected less than {own} ({interval:g} s)")
    if service.get("down_after", 1) < 1:
        document.fault((*path, "down_after"), f"found {service['down_after']}, expected at least 1 ask")
    if service.get("warn", 1.0) <= 0:
        document.fault((*path, "warn"), f"found {service['warn']:g} s, expected more than 0")


def known(document: Document, valid: dict[str, Path], path: Path, service: dict[str, Any]) -> None:
    """Every service id that is spoken of is there; `valid` holds them all."""
    needs = service.get("depends_on") or []
    spoken: list[tuple[Path, str]] = [
        ((*path, "depends_on", index), id) for index, id in enumerate(needs) if id
    ]
    for key in ("agents", "flags"):
        spoken += [((*path, key, name), id) for name, id in _mapping(service.get(key)).items()]
    for where, id in spoken:
        if id not in valid and id not in document.disabled:
            others = (other for other in valid if other != service.get("id"))
            document.fault(where, f"found {quoted(id)}, expected {document.nearest(id, others)}")


def contained(document: Document, path: Path, service: dict[str, Any]) -> None:
    """A container is one of one Docker: of several, the one that `docker` names."""
    inside = next((key for key in ("address", *OTHER_PORTS) if container_of(service.get(key) or "")), "")
    is_one = service.get("kind") == "container" or bool(inside)
    named = service.get("project") or service.get("swarm")
    container = service.get("container") or (is_one and named) or (inside and container_of(service[inside]))
    docker = service.get("docker")
    if not (is_one or container or docker):
        return
    dockers = list(
        dict.fromkeys(
            one["source"]
            for _, one, _ in services(document)
            if one.get("kind") == "docker" and one.get("source")
        )
    )
    if is_one and not dockers:
        words = (
            "found no Docker to ask for it, expected a source with its socket and a service of kind docker"
        )
        document.fault((*path, inside or "kind"), words)
    elif container and not docker and len(dockers) > 1 and (*path, "docker") not in document.origins:
        words = f"found {quoted(container)} and {len(dockers)} Dockers, expected docker beside it: {' or '.join(dockers[:5])}"
        own = "project" if service.get("project") else "swarm"
        key = "container" if service.get("container") else inside or own
        document.fault((*path, key), words)
    elif docker and docker not in dockers:
        what = (
            f"the source of a service of kind docker: {document.nearest(docker, dockers)}"
            if dockers
            else "a service of kind docker that asks it"
        )
        document.fault((*path, "docker"), f"found {quoted(docker)}, expected {what}")
    elif docker and not container and not is_one:
        document.fault((*path, "docker"), "found no container beside it, expected both")


def circles(document: Document) -> None:
    """`depends_on` leads round to nowhere; each circle is said once, at its first service in the file.

    A walk in depth without recursion: `trail` is the way to where it stands, `ways` what is left to try at each step.
    """
    first_of = {
        service["id"]: path for path, service, _ in reversed([*services(document)]) if "id" in service
    }
    needs = {id: _at(document, path).get("depends_on") or [] for id, path in reversed(first_of.items())}
    done: set[str] = set()
    for start in needs:
        trail: dict[str, None] = {}
        ways = [iter([start])]
        while ways:
            id = next(ways[-1], "")
            if id in trail:
                _circle(document, [*trail][[*trail].index(id) :], first_of)
            elif id in needs and id not in done:
                trail[id] = None
                ways.append(iter([need for need in needs[id] if need]))
            elif not id:
                ways.pop()
                if trail:
                    done.add(trail.popitem()[0])


def _circle(document: Document, circle: list[str], paths: dict[str, Path]) -> None:
    turn = min(range(len(circle)), key=lambda index: document.line(paths[circle[index]]))
    steps = [*circle[turn:], *circle[:turn], circle[turn]]
    shown = " -> ".join([*steps[:9], "…", *steps[-2:]] if len(steps) > 12 else steps)
    document.fault((*paths[circle[turn]], "depends_on"), f"found a circle {shown}, expected none")


def _at(document: Document, path: Path) -> dict[str, Any]:
    service: dict[str, Any] = document.values["services"][path[1]]
    return service


def tls(document: Document, path: Path, entry: dict[str, Any], folder: FilePath) -> None:
    """TLS is checked in full or switched off by the word; its files exist, a certificate has its key."""
    settings = entry.get("tls")
    if not settings:
        return
    path = (*path, "tls")
    if settings.get("verify", "full") not in ("full", "insecure"):
        document.fault((*path, "verify"), f"found {quoted(settings['verify'])}, expected full or insecure")
    for key in ("ca_file", "cert_file", "key_file"):
        name = settings.get(key)
        if name and (words := _file_fault(beside(folder, name), name)):
            document.fault((*path, key), words)
    for key, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if settings.get(key) and not settings.get(other):
            document.fault((*path, key), f"found no {other} beside it, expected both")


def _file_fault(path: FilePath, name: str) -> str:
    """The words for a file that is not there, "" where it is."""
    try:
        if path.is_file():
            return ""
    except OSError:
        return f"found {quoted(name)} in a folder closed to us, expected a file we may read"
    return f"found no file {quoted(name)}, expected it to exist"


def headers(document: Document, path: Path, entry: dict[str, Any]) -> None:
    """Header names are what HTTP allows."""
    named = [((*path, "headers", name), name) for name in _mapping(entry.get("headers"))]
    auth = _mapping(entry.get("auth"))
    if auth.get("type") == "header" and "name" in auth:
        named.append(((*path, "auth", "name"), auth["name"]))
    for where, name in named:
        if not _TOKEN.fullmatch(name):
            document.fault(where, f"found {quoted(name)}, expected the name of an HTTP header")


def pace(document: Document) -> None:
    """What the program allows itself is at least one, and no pace is under the floor."""
    for section in ("pace", "limits"):
        for key, value in _mapping(document.values.get(section)).items():
            floor = 0.0 if key in ("failing_for", "idle_after") else FLOOR
            if value < floor:
                document.fault((section, key), f"found {value:g}, expected at least {floor:g}")
