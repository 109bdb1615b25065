"""What else a stack's own files say otherwise than a config: who needs whom, and what nobody looks after."""

from collections.abc import Iterable, Mapping, Sequence

from sutaz_tui.config import Config
from sutaz_tui.setup.seen import Seen
from sutaz_tui.text.units import first_of, plural

NAMED = 5
"""Containers that one sentence names."""


def notes(config: Config, containers: Mapping[str, Seen], every: Sequence[Seen]) -> list[str]:
    """A sentence each; `containers` are those of the services by their ids."""
    rows = {seen.id: id for id, seen in reversed(list(containers.items()))}
    by_name = {(one.project, one.service): rows[one.id] for one in every if one.service and one.id in rows}
    needs = {service.id: service.depends_on for service in config.services}
    found = []
    for id, seen in containers.items():
        if rows[seen.id] != id:
            continue
        for name, _ in seen.needs:
            other = by_name.get((seen.project, name), id)
            if other == id or other in _all_needed(id, needs):
                continue
            turned = id in _all_needed(other, needs)
            words = f"has it the other way round: {other} needs {id}" if turned else "does not"
            found.append(f"{id}: compose says that it needs {other}, its depends_on {words}")
    if unchecked := [one.container for one in every if not one.test and not one.ends]:
        number = plural(len(unchecked), "container has", "containers have")
        found.append(f"{number} no health check: {first_of(unchecked, NAMED)}")
    own = {seen.id for id, seen in containers.items() if config.service(id).logs is not None}
    if mute := [one.container for one in every if one.log_driver == "none" and one.id not in own]:
        number = plural(len(mute), "container keeps", "containers keep")
        found.append(f"{number} no log (logging driver none): {first_of(mute, NAMED)}")
    return found


def _all_needed(id: str, needs: Mapping[str, Iterable[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [id]
    while waiting:
        more = set(needs.get(waiting.pop(), ())) - found
        found |= more
        waiting += more
    return found
