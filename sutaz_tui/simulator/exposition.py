"""Prometheus' text format, written and read, and the process metrics that every Python service shows."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from starlette.responses import Response

from sutaz_tui.simulator.world import World

Labels = dict[str, str]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value: its name, labels and number."""

    name: str
    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with its help and type; a histogram's samples carry their suffixes."""

    name: str
    kind: str
    about: str
    samples: tuple[Sample, ...]


def gauge(name: str, about: str, *values: tuple[Labels, float]) -> Family:
    return Family(name, "gauge", about, tuple(Sample(name, labels, value) for labels, value in values))


def counter(name: str, about: str, *values: tuple[Labels, float]) -> Family:
    return Family(name, "counter", about, tuple(Sample(name, labels, value) for labels, value in values))


def histogram(
    name: str, about: str, bounds: Iterable[float], labels: Labels, count: float, mean: float
) -> Family:
    """A histogram whose values lie round `mean`."""
    samples = []
    for bound in bounds:
        share = min(1.0, bound / (bound + mean) * 1.1)
        samples.append(Sample(f"{name}_bucket", {**labels, "le": f"{bound:g}"}, float(int(count * share))))
    samples.append(Sample(f"{name}_bucket", {**labels, "le": "+Inf"}, count))
    samples.append(Sample(f"{name}_sum", labels, count * mean))
    samples.append(Sample(f"{name}_count", labels, count))
    return Family(name, "histogram", about, tuple(samples))


def render(families: Iterable[Family]) -> str:
    """The exposition text."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.name} {family.about}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        for sample in family.samples:
            labels = ",".join(f'{key}="{_escape(value)}"' for key, value in sample.labels.items())
            lines.append(
                f"{sample.name}{{{labels}}} {sample.value}" if labels else f"{sample.name} {sample.value}"
            )
    return "\n".join(lines) + "\n"


def response(families: Iterable[Family], content_type: str = CONTENT_TYPE) -> Response:
    return Response(render(families), headers={"content-type": content_type})


_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def read(text: str) -> Iterator[Sample]:
    """The samples of an exposition text; lines that are none are left out."""
    for line in text.splitlines():
        found = None if line.startswith("#") else _LINE.match(line)
        if found is not None:
            labels = {key: _unescape(value) for key, value in _LABEL.findall(found[2] or "")}
            yield Sample(found[1], labels, float(found[3]))


def process(world: World, name: str) -> list[Family]:
    """The python_* and process_* families of a Python service, its size drawn from its name."""
    draw = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    up = world.elapsed()
    resident = 54_000_000 + draw % 30_000_000 + int(up * 40)
    if name == "backend" and world.traits.backend_leaks:
        resident += int(up * 10**10)
    generations = (({"generation": "0"}, 1.0), ({"generation": "1"}, 0.4), ({"generation": "2"}, 0.01))
    collected = [(labels, float(int((400 + up) * share))) for labels, share in generations]
    version = {
        "implementation": "CPython",
        "major": "3",
        "minor": "11",
        "patchlevel": "7",
        "version": "3.11.7",
    }
    return [
        counter("python_gc_objects_collected_total", "Objects collected during gc", *collected),
        counter("python_gc_collections_total", "Number of times this generation was collected", *collected),
        gauge("python_info", "Python platform information", (version, 1.0)),
        gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", ({}, resident * 3.1)),
        gauge("process_resident_memory_bytes", "Resident memory size in bytes.", ({}, float(resident))),
        gauge(
            "process_start_time_seconds", "Start time of the process in epoch seconds.", ({}, world.born_wall)
        ),
        counter("process_cpu_seconds_total", "User and system CPU time in seconds.", ({}, 0.6 + up * 0.004)),
        gauge("process_open_fds", "Number of open file descriptors.", ({}, float(12 + draw % 9))),
        gauge("process_max_fds", "Maximum number of open file descriptors.", ({}, 20000.0)),
    ]


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _unescape(value: str) -> str:
    return value.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")
