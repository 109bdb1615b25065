"""Stacks as they are well known, rebuilt: what `init` writes of them, and how much of that can go red.

Names, images, ports, dependencies and health checks are those of the public ones; nothing of their text is.
"""

import asyncio
from pathlib import Path

import pytest
from msgspec import Struct

from sutaz_tui.config import Config, kind_of, load
from sutaz_tui.model import Status
from sutaz_tui.setup.entries import entries_of
from sutaz_tui.setup.from_compose import seen
from sutaz_tui.setup.writing import config_text
from sutaz_tui.sources.event_loop import EventLoop
from tests.loopback import probing, reading
from tests.setup.stand_ins import stack_of

STACKS = Path(__file__).with_name("stacks")
DOCUMENT = Path(__file__).parents[2] / "docs" / "any-stack.md"
NAMES = sorted(file.stem for file in STACKS.glob("*.yml"))
PROFILES = {"dify": "weaviate,postgresql", "sentry": "feature-complete"}
"""What their own .env chooses."""
OWN = ("redis", "postgres", "mysql", "memcached", "ollama", "grafana", "alertmanager", "cadvisor", "exporter")
"""Kinds whose well answers their own tests have: here nothing answers them, so that they are red from the start."""


class Counted(Struct, frozen=True):
    """Of one stack: services that `docker compose up` starts, those with a row, those whose row turns when they are
    sick, `depends_on` of the file, and those that the config has."""

    services: int
    rows: int
    proven: int
    edges: int
    kept: int
    unproven: tuple[str, ...] = ()


async def counted(name: str, folder: Path) -> Counted:
    every = seen(STACKS / f"{name}.yml", {"COMPOSE_PROFILES": PROFILES.get(name, "")})
    async with stack_of(every, entries_of(every)) as stack:
        running = stack.seen()
        entries = entries_of(running)
        stack.answer(entries)
        file = folder / f"{name}.yaml"
        file.write_text(config_text(entries, stack.docker.url, name))
        config = load(None, file, {})
        assert config.warnings == (), config.warnings
        well = await statuses(config)
        wrong = {id for id, status in well.items() if status is not Status.UP}
        assert wrong == {id for id in wrong if kind_of(config.service(id)) in OWN}, (
            "false red on a well stack"
        )
        stack.sicken()
        sick = await statuses(config)
        proven = {id for id, status in sick.items() if status is not Status.UP}
        services = {service.id: service for service in config.services}
        edges = {
            (one.id, needed)
            for one in running
            for needed, _ in one.needs
            if needed in {s.service for s in running}
        }
        ends = {one.id for one in running if one.ends}
        return Counted(
            len(every),
            sum(one.service in {row.service for row in running} and one.id in services for one in every),
            len(proven | ends),
            len(edges),
            sum(needed in services[id].depends_on for id, needed in edges),
            tuple(sorted(set(well) - proven - ends)),
        )


async def statuses(config: Config) -> dict[str, Status]:
    """Of each service but Docker's own row."""
    found = {}
    for service in config.services:
        if service.id != "docker":
            async with probing(config, service.id) as probe:
                found[service.id] = (await reading(probe)).status
    return found


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Counted]:
    folder = tmp_path_factory.mktemp("stacks")

    async def count() -> dict[str, Counted]:
        return {name: await counted(name, folder) for name in NAMES}

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        return runner.run(count())


def test_of_a_dozen_stacks_nearly_all_have_a_row_and_most_rows_prove_something(
    all_of_them: dict[str, Counted],
) -> None:
    assert len(NAMES) >= 12
    services, edges = (
        sum(getattr(one, key) for one in all_of_them.values()) for key in ("services", "edges")
    )
    rows, proven, kept = (
        sum(getattr(one, key) for one in all_of_them.values()) for key in ("rows", "proven", "kept")
    )
    assert rows >= 0.98 * services, all_of_them
    assert proven >= 0.70 * services, all_of_them
    assert kept >= 0.95 * edges, all_of_them


def test_the_documents_say_what_was_counted(all_of_them: dict[str, Counted]) -> None:
    table = DOCUMENT.read_text().partition("## What becomes of")[2]
    told = [line for line in table.splitlines() if line.startswith("| ")]
    lines = [
        f"| {name} | {one.services} | {one.rows} | {one.proven} | {one.kept} of {one.edges} | {_listed(one.unproven)} |"
        for name, one in all_of_them.items()
    ]
    assert told[1:-1] == lines, "\n".join(lines)
    keys = ("services", "rows", "proven", "kept", "edges")
    services, rows, proven, kept, edges = (
        sum(getattr(one, key) for one in all_of_them.values()) for key in keys
    )
    total = f"| all | {services} | {rows} | {proven} ({proven / services:.0%}) | {kept} of {edges} | |"
    assert told[-1] == total, total


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")
