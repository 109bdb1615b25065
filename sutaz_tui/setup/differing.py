"""What runs and is not in a config, and what is in it and gone, as the text that the config would have."""

import difflib
from collections.abc import Sequence

import yaml
from msgspec import Struct

from sutaz_tui.config import Config, ServiceConfig
from sutaz_tui.config.kinds import Container
from sutaz_tui.config.traced import Traced
from sutaz_tui.errors import ConfigError, Problem
from sutaz_tui.setup.entries import Entry, by_container, entries_of
from sutaz_tui.setup.seen import Seen, id_of
from sutaz_tui.setup.writing import service_lines


class Difference(Struct, frozen=True):
    """`missing` run and have no row; `gone` have one and no container; `known` maps what was seen to its row's id."""

    missing: tuple[Seen, ...]
    gone: tuple[str, ...]
    known: dict[str, str]

    def entries(self, every: Sequence[Seen], docker: str = "") -> list[Entry]:
        """An entry for each that is missing, needing what has a row or gets one; sources are left to people.

        `docker` is the source that is named in each, "" where the config has one Docker alone.
        """
        added = {one.id for one in self.missing}
        found = []
        for entry in entries_of(every):
            if entry.seen.id not in added:
                continue
            keys = dict(by_container(entry.seen).keys if "source" in entry.keys else entry.keys)
            needs = [
                self.known.get(id, id)
                for id in entry.keys.get("depends_on", ())
                if id in self.known or id in added
            ]
            keys.pop("depends_on", None)
            if docker:
                keys["docker"] = docker
            found.append(
                Entry(entry.seen, {**keys, **({"depends_on": needs} if needs else {})}, how=entry.how)
            )
        return found


def difference(config: Config, every: Sequence[Seen], docker: str = "") -> Difference:
    """How a config differs from what a Docker runs; of a config with several, `docker` is the source meant."""
    own = [service for service in config.services if not docker or config.docker_of(service) in ("", docker)]
    known = {}
    for one in every:
        if row := next((service.id for service in own if _is_of(service, one)), ""):
            known[one.id] = row
    missing = tuple(one for one in every if one.id not in known)
    named = [service for service in own if _names_container(service) and not service.optional]
    gone = tuple(one.id for one in named if not any(_is_of(one, seen) for seen in every))
    return Difference(missing, gone, known)


def _names_container(service: ServiceConfig) -> bool:
    is_one = isinstance(service, Container) and bool(service.project)
    return is_one or bool(service.container) or service.address.startswith("docker://")


def _is_of(service: ServiceConfig, seen: Seen) -> bool:
    """Whether a service of a config is the one that was seen: by its container, by compose's names, by where it is asked."""
    if isinstance(service, Container) and service.project:
        return (service.project, service.service) == (seen.project, seen.service)
    if service.container:
        return service.container == seen.container
    address = service.address.partition("://")[2] or service.address
    at = address.partition("/")[0]
    host, _, port = at.rpartition(":")
    if service.address.startswith("docker://"):
        return host == seen.container
    outside = {f"{port}" for _, port in seen.published.values()}
    return port in outside and host in (
        "127.0.0.1",
        "localhost",
        "::1",
        "[::1]",
        *(h for h, _ in seen.published.values()),
    )


def with_added(traced: Traced, entries: Sequence[Entry]) -> tuple[str, str]:
    """The text of a config, and with these services behind its last one, in the way that it is written in."""
    found = traced.found
    text = found.data.decode("utf-8")
    root = yaml.compose(text)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    services = next((value for key, value in pairs if key.value == "services"), None)
    if services is None or services.flow_style:
        raise ConfigError(
            [Problem(found.name, 0, "services", "found them on one line, expected one a line to add to")]
        )
    lines = text.splitlines(keepends=True)
    last = services.value[-1]
    node = last[1] if isinstance(last, tuple) else last
    at = node.end_mark.line + (node.end_mark.column > 0)
    while at > 0 and (not lines[at - 1].strip() or lines[at - 1].lstrip().startswith("#")):
        at -= 1
    indent = (
        " "
        * (
            services.value[0][0] if isinstance(services.value[0], tuple) else services.value[0]
        ).start_mark.column
    )
    taken = [service.id for service in traced.config.services]
    added: list[str] = []
    for entry in entries:
        id = id_of(entry.seen.id, taken)
        taken.append(id)
        added += service_lines(entry, id, is_mapping=isinstance(last, tuple), indent=indent)
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    return text, "".join([*lines[:at], *(f"{line}\n" for line in added), *lines[at:]])


def as_diff(name: str, before: str, after: str) -> str:
    """A unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, name
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
