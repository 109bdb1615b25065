"""A config's files with other addresses in them: only the text of those changes, all else stays as it was written."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import yaml
from msgspec import Struct

from sutaz_tui.config.nodes import Line
from sutaz_tui.config.traced import Traced
from sutaz_tui.setup.misplaced import Misplaced

_Scalar = tuple[yaml.Node, yaml.ScalarNode]


class Changed(Struct, frozen=True):
    """A file before and after; both are as it is stored."""

    path: Path
    before: str
    after: str


class Mended(Struct, frozen=True):
    """The files that change, how many addresses do, and why some must be changed by hand."""

    files: tuple[Changed, ...]
    changes: int
    by_hand: tuple[str, ...]


def mended(traced: Traced, found: Sequence[Misplaced]) -> Mended:
    """What the files of a config would be with each address where it is published."""
    paths = {one.path: one.data for one in traced.included}
    if traced.found.path is not None:
        paths[traced.found.path] = traced.found.data
    texts = {path: data.decode("utf-8") for path, data in paths.items()}
    pairs: dict[Path, list[_Scalar]] = {}
    spans: dict[Path, dict[tuple[int, int], str]] = {}
    by_hand: list[str] = []
    for one in found:
        if not one.to:
            continue
        path = _file_of(traced, one, texts)
        if path is None:
            continue
        if path not in pairs:
            root = yaml.compose(texts[path], Loader=yaml.SafeLoader)
            pairs[path] = list(_scalars(root)) if root is not None else []
        raw = _span(texts[path], pairs[path], one, traced.document.line(one.path))
        if isinstance(raw, str):
            by_hand.append(f"{one.id}: {one.to} is to be put in by hand: {raw}")
        else:
            spans.setdefault(path, {})[raw] = one.to
    files = []
    for path, edits in spans.items():
        text = texts[path]
        for (start, end), to in sorted(edits.items(), reverse=True):
            text = f"{text[:start]}{to}{text[end:]}"
        files.append(Changed(path, texts[path], text))
    return Mended(tuple(files), sum(map(len, spans.values())), tuple(by_hand))


def write(changed: Changed) -> None:
    """Put the file in place of the old one, whole or not at all; OSError, also where it changed in the meantime."""
    path = changed.path.resolve()
    if path.read_bytes() != changed.before.encode():
        raise OSError(0, "it has changed since it was read; look again")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(changed.after.encode())
        shutil.copymode(path, temporary)
        Path(temporary).replace(path)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _file_of(traced: Traced, one: Misplaced, texts: dict[Path, str]) -> Path | None:
    line = traced.document.line(one.path)
    if not isinstance(line, Line):
        return traced.found.path
    return next((path for path in texts if str(path) == line.file), None)


def _span(text: str, pairs: Sequence[_Scalar], one: Misplaced, line: int) -> tuple[int, int] | str:
    """Where an address stands in a text, else why it cannot be changed there."""
    used = Counter(id(value) for _, value in pairs)
    mine = {
        id(value): value
        for key, value in pairs
        if key.value == one.path[-1] and key.start_mark.line + 1 == line
    }
    spans = [(value.start_mark.index, value.end_mark.index) for value in mine.values()]
    if any("${" in value.value or value.value.startswith("file:") for value in mine.values()):
        return f"line {line} takes it from outside"
    spans = [span for span in spans if text.count(one.at, *span) == 1]
    if len(spans) != 1:
        return f"line {line} is not understood well enough"
    if any(used[name] > 1 for name in mine):
        return f"line {line} stands for several services"
    start = text.index(one.at, *spans[0])
    return start, start + len(one.at)


def _scalars(node: yaml.Node) -> Iterator[_Scalar]:
    """Keys and the plain values that they have, as often as aliases use them."""
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _scalars(each)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode):
                yield key, value
            else:
                yield from _scalars(value)
