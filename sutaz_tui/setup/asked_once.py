"""Entries asked once before they are written, without a login: what does not answer so is not written so."""

import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from msgspec import structs

from sutaz_tui.config import KINDS, load
from sutaz_tui.config.config import kind_of
from sutaz_tui.model import Reading, Status
from sutaz_tui.probes.base import Probe
from sutaz_tui.probes.directory import Directory
from sutaz_tui.setup.asking import SHY, TIMEOUT
from sutaz_tui.setup.entries import Entry, by_container
from sutaz_tui.setup.writing import config_text
from sutaz_tui.sources.clients import Clients

_NEVER = (*SHY, "container", "docker", "command")
"""Kinds that are not asked: by their container alone, or because their servers count who comes without a login."""


async def asked_once(
    entries: Sequence[Entry], others: Mapping[str, Entry], docker: str
) -> tuple[list[Entry], list[str]]:
    """The entries with each that is down by its container instead, and with each of `others` that is up in its place; and
    a sentence for each that changed."""
    places = [others.get(entry.seen.id, entry) for entry in entries]
    readings = await _readings(places, docker)
    found: list[Entry] = []
    said: list[str] = []
    for entry, tried in zip(entries, places, strict=True):
        reading = readings.get(entry.seen.id)
        if tried is not entry:
            found.append(tried if reading is not None and reading.status is Status.UP else entry)
            continue
        is_down = reading is not None and reading.status is Status.DOWN
        if not is_down or reading is None or not (entry.seen.container or entry.seen.service):
            found.append(entry)
            continue
        needs = {key: entry.keys[key] for key in ("depends_on",) if key in entry.keys}
        found.append(by_container(entry.seen, needs))
        said.append(f"{entry.seen.id}: asked once: {reading.summary}; watched by its container instead")
    return found, said


async def _readings(entries: Sequence[Entry], docker: str) -> dict[str, Reading]:
    """One reading of each service that may be asked, by its id."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "once.yaml"
        file.write_text(config_text(entries, docker, "once"))
        config = load(None, file, {})  # no variable, so no login
    services = [
        structs.replace(one, timeout=min(TIMEOUT, one.timeout if isinstance(one.timeout, float) else TIMEOUT))
        for one in config.services
    ]
    clients = Clients(config)
    found: dict[str, Reading] = {}
    try:
        for service in services:
            if kind_of(service) in _NEVER:
                continue
            module = import_module(f"sutaz_tui.probes.{KINDS[kind_of(service)].probe}")
            probe: Probe = module.build(service, clients, Directory(config))
            try:
                found[service.id] = (await probe.ask()).readings[0]
            finally:
                await probe.aclose()
    finally:
        await clients.aclose()
    return found
