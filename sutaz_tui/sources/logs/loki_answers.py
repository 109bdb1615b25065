"""What Loki sends about lines, turned into lines: answers of query_range and frames of the tail.

msgspec reads both in half the time of the standard library, and refuses JSON that spells a lone surrogate; such an
answer is read again by `json`. A tail names the labels anew with every entry, so streams are looked up by the very
bytes that spell them.
"""

import json
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Raw, Struct

from sutaz_tui.errors import BadAnswer, WrongQuery
from sutaz_tui.logs.feed import Frame
from sutaz_tui.logs.lines import LINE_LIMIT, LogLine

STREAMS_KEPT = 4096
LABELS_LIMIT = 8 * 1024
"""Characters of all labels of one line; Loki's own limits are below, what does not fit is counted."""
_LATEST = 1 << 63
_SHAPES = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
_NOT_AS_TOLD = (msgspec.MsgspecError, RecursionError)


class _Entry(Struct, array_like=True):
    at: int
    text: str
    more: Any = None


class _Stream(Struct):
    stream: Raw
    values: list[_Entry]


class _Dropped(Struct):
    timestamp: int


class _TailFrame(Struct):
    streams: list[_Stream] | None = None
    dropped_entries: list[_Dropped] | None = None


class _Result(Struct):
    resultType: str
    result: list[_Stream] | None = None


class _Answer(Struct):
    data: _Result


_ANSWER = msgspec.json.Decoder(_Answer, strict=False)
_FRAME = msgspec.json.Decoder(_TailFrame, strict=False)
_LABELS = msgspec.json.Decoder(dict[str, str])


class LokiAnswers:
    """Reads what one Loki sends; every line gets the name of `service`, errors are told of `source`."""

    def __init__(self, source: str, service: str) -> None:
        self._source = source
        self._service = service
        self._spelt: dict[bytes, Mapping[str, str]] = {}
        self._streams: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}

    def lines(self, body: bytes, newest_first: bool) -> list[LogLine]:
        """The lines of a query_range, oldest first; WrongQuery when the query counts instead of giving lines."""
        try:
            data = _ANSWER.decode(body).data
            if data.resultType != "streams":
                raise self._no_lines()
            found = self._all(data.result or (), newest_first)
        except _NOT_AS_TOLD:
            found = self._lines_of_any(body, newest_first)
        found.sort(key=attrgetter("at"))
        return found

    def frame(self, text: str) -> Frame:
        """One frame of the tail, its lines in the order they came."""
        try:
            found = _FRAME.decode(text)
            dropped = tuple(self._moment(entry.timestamp) for entry in found.dropped_entries or ())
            return Frame(self._all(found.streams or (), False), dropped)
        except _NOT_AS_TOLD:
            return self._frame_of_any(text)

    def _all(self, streams: Iterable[_Stream], backwards: bool) -> list[LogLine]:
        lines: list[LogLine] = []
        for stream in streams:
            spelt = bytes(stream.stream)
            labels = self._spelt.get(spelt)
            if labels is None:
                labels = self._shared(_LABELS.decode(spelt))
                if len(spelt) <= LABELS_LIMIT:
                    self._spelt[spelt] = labels
            for entry in reversed(stream.values) if backwards else stream.values:
                lines.append(self._line(entry.at, entry.text, labels, entry.more))
        return lines

    def _line(self, at: int, text: str, labels: Mapping[str, str], more: Any) -> LogLine:
        at = self._moment(at)
        if more:
            labels = self._with(labels, more)
        if text.endswith("\n"):
            # Docker writes a line with its end, and Promtail's `docker` and `json` stages ship it so.
            text = text[:-1].removesuffix("\r")
        if len(text) > LINE_LIMIT:
            return LogLine(at, self._service, text[:LINE_LIMIT], labels, len(text) - LINE_LIMIT)
        return LogLine(at, self._service, text, labels)

    def _moment(self, at: int) -> int:
        """A moment as Loki keeps them: nanoseconds since 1970 in 63 bits."""
        if not 0 <= at < _LATEST:
            raise BadAnswer(self._source, "sends a line with an impossible timestamp; is this Loki?")
        return at

    def _shared(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        if sum(map(len, labels)) + sum(map(len, labels.values())) > LABELS_LIMIT:
            labels = _fitting(labels)
        key = tuple(sorted(labels.items()))
        found = self._streams.get(key)
        if found is None:
            if max(len(self._streams), len(self._spelt)) >= STREAMS_KEPT:
                self._streams.clear()
                self._spelt.clear()
            found = self._streams[key] = dict(labels)
        return found

    def _with(self, labels: Mapping[str, str], more: object) -> Mapping[str, str]:
        """The labels with what is said of this entry alone, flat or under `structuredMetadata` and `parsed`."""
        added: dict[str, str] = {}
        for name, value in more.items() if isinstance(more, dict) else ():
            if isinstance(value, str):
                added[name] = value
            elif isinstance(value, dict):
                added |= {key: one for key, one in value.items() if isinstance(one, str)}
        return self._shared({**labels, **added})

    def _lines_of_any(self, body: bytes, newest_first: bool) -> list[LogLine]:
        try:
            data = json.loads(body.decode("utf-8", "surrogateescape"))["data"]
            if data["resultType"] != "streams":
                raise self._no_lines()
            return self._all_of_any(data["result"] or (), newest_first)
        except (*_SHAPES, RecursionError) as error:
            words = "the answer to query_range holds no streams; is this the right port?"
            raise BadAnswer(self._source, words) from error

    def _frame_of_any(self, text: str) -> Frame:
        try:
            found = json.loads(text)
            dropped = tuple(
                self._moment(int(entry["timestamp"])) for entry in found.get("dropped_entries") or ()
            )
            return Frame(self._all_of_any(found.get("streams") or (), False), dropped)
        except (*_SHAPES, RecursionError) as error:
            words = "a frame of the tail is not what Loki sends; is this the right port?"
            raise BadAnswer(self._source, words) from error

    def _all_of_any(self, streams: Iterable[Any], backwards: bool) -> list[LogLine]:
        lines: list[LogLine] = []
        for stream in streams:
            labels = self._shared({str(name): str(value) for name, value in stream["stream"].items()})
            for at, text, *more in reversed(stream["values"]) if backwards else stream["values"]:
                lines.append(self._line(int(at), _text(text), labels, more[0] if more else None))
        return lines

    def _no_lines(self) -> WrongQuery:
        words = "the query counts lines instead of giving them; ask for what stands inside its parentheses"
        return WrongQuery(self._source, words)


def _fitting(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels for which there is room, whole: of half a value nobody could tell that it is a secret."""
    kept: dict[str, str] = {}
    room = LABELS_LIMIT
    for name, value in labels.items():
        if len(name) + len(value) <= room:
            kept[name] = value
            room -= len(name) + len(value)
    return {**kept, "…": f"{len(labels) - len(kept):,} more labels"}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a line is no text")
    return value
