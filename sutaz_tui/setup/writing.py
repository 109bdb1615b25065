"""A config as a person would have written it: groups, one service a line, what was not known as a comment."""

from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from sutaz_tui.setup.entries import Entry
from sutaz_tui.setup.seen import id_of
from sutaz_tui.text.sanitise import one_line

WIDE = 110
"""Characters of a service's line, beyond which its keys stand one below the other."""


_BY = {"consul": "by what Consul says", "prometheus": "by what Prometheus sees"}


def config_text(entries: Sequence[Entry], docker: str, title: str) -> str:
    """The text of a config with these services; `docker` is the URL of the Docker that runs them, "" for none."""
    lines = [
        f"# {title}: written by sutaz-tui init. Every key: sutaz-tui config example.",
        "env: production",
        "",
    ]
    sources = {one.seen.id: one.source for one in entries if one.source is not None}
    source = id_of("docker", list(sources))
    if docker:
        sources = {source: {"url": docker}, **sources}
    if sources:
        lines += ["sources:", *(f"  {_flow(name)}: {_flow(source)}" for name, source in sources.items()), ""]
    groups = _groups(entries)
    lines += [
        "groups:",
        *(f"  - {_flow({'id': id, 'title': name})}" for id, name in groups.items()),
        "",
        "services:",
    ]
    if docker:
        row = id_of("docker", [entry.seen.id for entry in entries])
        lines.append(f"  {row}: {_flow({'kind': 'docker', 'group': next(iter(groups)), 'source': source})}")
    for entry in entries:
        lines += _service(entry, groups)
    return "\n".join(lines) + "\n"


def env_text(entries: Sequence[Entry]) -> str:
    """An example of the file that gives the secrets: names without values."""
    names = sorted({name for entry in entries for name in entry.secrets})
    return "".join(f"{name}=\n" for name in names)


def counted(entries: Sequence[Entry]) -> str:
    """What is asked how, as a sentence."""
    how: dict[str, int] = {}
    for entry in entries:
        address = str(entry.keys.get("address") or "")
        way = (
            "asked inside Docker's network"
            if address.startswith("docker://")
            else "asked at a published port"
        )
        if entry.how in _BY:
            way = _BY[entry.how]
        elif entry.how == "container":
            way = "by Docker's health check" if entry.seen.test else "by its container's state alone"
        how[way] = how.get(way, 0) + 1
    return ", ".join(f"{number} {way}" for way, number in how.items())


def _groups(entries: Sequence[Entry]) -> dict[str, str]:
    names = dict.fromkeys(entry.seen.group for entry in entries)
    found: dict[str, str] = {}
    for name in names:
        found[id_of(name) if name else "services"] = name or "Services"
    return found or {"services": "Services"}


def _service(entry: Entry, groups: dict[str, str]) -> Iterable[str]:
    name = entry.seen.group
    group = (id_of(name) if name else "services") if len(groups) > 1 else next(iter(groups))
    return service_lines(entry, entry.seen.id, group=group)


def service_lines(
    entry: Entry, id: str, *, group: str = "", is_mapping: bool = True, indent: str = "  "
) -> Iterable[str]:
    """A service of a config under `services`, as a mapping by id or as an item of a list; `indent` is that of its first line."""
    keys = dict(entry.keys)
    whole: dict[str, Any] = {"kind": keys.pop("kind"), **({"group": group} if group else {}), **keys}
    note = _note(entry)
    if not is_mapping:
        # The column of an item is that of its first key, behind the hyphen.
        yield f"{indent[:-2]}- {_flow({'id': id, **whole})}" + (f"  # {note}" if note else "")
        return
    key = _flow(id)
    line = f"{indent}{key}: {_flow(whole)}"
    if len(line) <= WIDE:
        yield f"{line}  # {note}" if note and len(line) + len(note) + 4 <= WIDE + 20 else line
        return
    yield f"{indent}{key}:" + (f"  # {note}" if note else "")
    for name, value in whole.items():
        waits = f"  # {_waits(entry)}" if name == "depends_on" and _waits(entry) else ""
        yield f"{indent}  {name}: {_flow(value)}{waits}"


def _waits(entry: Entry) -> str:
    """What compose waits for besides a start."""
    said = []
    for condition, word in (("service_healthy", "healthy"), ("service_completed_successfully", "ended")):
        if names := [one_line(name, 60) for name, how in entry.seen.needs if how == condition]:
            said.append(f"compose waits until {word}: {', '.join(names)}")
    return "; ".join(said)


def _note(entry: Entry) -> str:
    seen = entry.seen
    image = one_line(seen.image.rpartition("/")[2].partition("@")[0], 60)
    if entry.how == "container" and not seen.test and not seen.ends:
        return f"{image}: no health check, only its state is known"
    return image if entry.how != "container" else ""


def _flow(value: Any) -> str:
    """A value as YAML writes it on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=100_000, sort_keys=False, allow_unicode=True)
    return str(text).removesuffix("\n").removesuffix("\n...").strip()
