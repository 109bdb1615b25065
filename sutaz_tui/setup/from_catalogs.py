"""The services of a Consul or a Prometheus, each by what that one says of it: neither's ports are believed alone."""

import tempfile
from collections.abc import Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sutaz_tui.config import load
from sutaz_tui.config.addresses import without_login
from sutaz_tui.config.recipes import for_word
from sutaz_tui.errors import SutazError
from sutaz_tui.setup.asking import SHY
from sutaz_tui.setup.entries import BARE, Entry
from sutaz_tui.setup.seen import Seen, as_written, id_of
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.consul import consul_api
from sutaz_tui.sources.prometheus import prometheus_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TIMEOUT = 10.0
MOST = 500
"""Services that are taken."""
_JOBS = "count by (job) (up)"
_INSTANCES = "count by (instance) (probe_success)"


class Refused(SutazError):
    """A URL that is not taken as it is; the words say what to write."""


async def from_consul(url: str, asks: bool) -> tuple[list[Entry], dict[str, Entry]]:
    """An entry for Consul and one for each name of its catalog, by the health that Consul tells.

    With `asks` also another for those whose name says what they are, at the place that Consul has: to be used only where
    it is up when it is asked. Raises SourceError and Refused.
    """
    async with _clients("consul", url) as clients:
        api = consul_api(clients, "consul", "Consul")
        names = sorted(_shown(await api.catalog(TIMEOUT)))[:MOST]
        places = await api.addresses(TIMEOUT) if asks else {}
        await api.aclose()
    entries = [Entry(Seen(id="consul", image=""), {"kind": "consul", "source": "consul"}, {"url": url})]
    others: dict[str, Entry] = {}
    for name in names:
        if name == "consul":
            continue
        seen = Seen(id=id_of(name, [one.seen.id for one in entries]), image="")
        keys = {"kind": "consul-service", "source": "consul", "service": name}
        entries.append(Entry(seen, keys, how="consul"))
        recipe = for_word(name)
        if recipe is None or recipe.kind in (*SHY, *BARE, "container") or not recipe.port:
            continue
        at = [place for id, place in places.items() if id in (name, f"{name}-1")]
        if len(at) == 1 and "address" in (own := recipe.entry(*at[0])):
            others[seen.id] = Entry(seen, own, how="recipe")
    return entries, others


async def from_prometheus(url: str) -> list[Entry]:
    """An entry for Prometheus, one for each of its jobs, and one for each instance that blackbox exporters look at.

    Raises SourceError and Refused.
    """
    async with _clients("prometheus", url) as clients:
        api = prometheus_api(clients, "prometheus", "Prometheus")
        jobs = [sample.labels.get("job", "") for sample in (await api.query(_JOBS, TIMEOUT)).samples]
        seen_by = await api.query(_INSTANCES, TIMEOUT)
        instances = [sample.labels.get("instance", "") for sample in seen_by.samples]
        await api.aclose()
    source = {"url": url}
    entries = [Entry(Seen(id="prometheus", image=""), {"kind": "prometheus", "source": "prometheus"}, source)]
    for job in sorted(_shown(jobs))[:MOST]:
        label = job.replace("\\", "\\\\").replace('"', '\\"')
        keys = {
            "kind": "promql", "source": "prometheus", "query": f'avg(up{{job="{label}"}})',
            "bad": "under", "warn_at": 0.999, "down_at": 0,
        }  # fmt: skip
        entries.append(
            Entry(Seen(id=id_of(job, [one.seen.id for one in entries]), image=""), keys, how="prometheus")
        )
    for instance in sorted(_shown(instances))[:MOST]:
        taken = [one.seen.id for one in entries]
        keys = {"kind": "blackbox", "source": "prometheus", "instance": instance}
        entries.append(
            Entry(
                Seen(id=id_of(instance.partition("://")[2] or instance, taken), image=""),
                keys,
                how="prometheus",
            )
        )
    return entries


def _shown(names: Sequence[str] | frozenset[str]) -> set[str]:
    """Those that can stand on a screen and in a file as they are."""
    return set(filter(None, map(as_written, names)))


@asynccontextmanager
async def _clients(name: str, url: str) -> "AsyncIterator[Clients]":
    if without_login(url) != url:
        raise Refused(
            "a URL with a login in it is not written into a file: give it without, then set auth of its source"
        )
    service = {"id": name, "kind": name, "source": name}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "source.yaml"
        file.write_text(yaml.safe_dump({"sources": {name: {"url": url}}, "services": [service]}))
        config = load(None, file, {})
    clients = Clients(config)
    try:
        yield clients
    finally:
        await clients.aclose()
