"""Docker's frames and raw text as lines, wherever the bytes are cut."""

import struct
from collections.abc import Callable

import pytest

from sutaz_tui.errors import BadAnswer
from sutaz_tui.logs.lines import LINE_LIMIT, LogLine
from sutaz_tui.sources.logs.frames import FRAME_LIMIT, FramedLines, Lines, RawLines

SECOND = 1_000_000_000
MOMENT = 1_704_110_400 * SECOND
STAMP = "2024-01-01T12:00:00"


def frame(payload: str | bytes, stream: int = 1) -> bytes:
    sent = payload if isinstance(payload, bytes) else payload.encode()
    return struct.pack(">BxxxI", stream, len(sent)) + sent


def read(lines: Lines, data: bytes, step: int = 0) -> list[LogLine]:
    parts = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
    found = [line for part in parts for line in lines.feed(part)]
    return found + lines.finish()


def framed() -> FramedLines:
    return FramedLines("Docker", "svc", "sutazai-letta")


def raw() -> RawLines:
    return RawLines("Docker", "svc", "sutazai-letta")


LOG = b"".join(
    (
        frame(f"{STAMP}.000000001Z one\n"),
        frame(f"{STAMP}.500000000Z  two, indented\n", 2),
        frame(f"{STAMP}.6Z three\r\n"),
        frame("2024-01-01T13:00:00.700000000+01:00 four\n"),
        frame("2024-01-01T07:00:01-05:00 five\n"),
        frame(f"{STAMP}.800000000Z \n"),
        frame(b"2024-01-01T12:00:00.900000000Z \xff\xc3\xa4\n"),
    )
)
TOLD = [
    (1, "stdout", "one"),
    (500_000_000, "stderr", " two, indented"),
    (600_000_000, "stdout", "three"),
    (700_000_000, "stdout", "four"),
    (SECOND, "stdout", "five"),
    (800_000_000, "stdout", ""),
    (900_000_000, "stdout", "\udcffä"),
]


@pytest.mark.parametrize("step", [0, 1, 2, 7, 8, 9, 31, 64])
def test_frames_are_read_wherever_they_are_cut(step: int) -> None:
    lines = read(framed(), LOG, step)
    assert [(line.at - MOMENT, line.labels["stream"], line.text) for line in lines] == TOLD
    assert {(line.service, line.labels["container"], line.cut) for line in lines} == {
        ("svc", "sutazai-letta", 0)
    }


@pytest.mark.parametrize("step", [0, 5, 40_000])
def test_the_parts_of_a_long_line_are_joined_of_each_stream(step: int) -> None:
    part = "x" * 16_384
    data = b"".join(
        (
            frame(f"{STAMP}.000000001Z {part}"),
            frame(f"{STAMP}.000000002Z aside\n", 2),
            frame(f"{STAMP}.000000001Z end\n"),
            frame(f"{STAMP}.000000003Z next\n"),
        )
    )
    lines = read(framed(), data, step)
    assert [(line.at - MOMENT, len(line.text), line.cut) for line in lines] == [
        (2, 5, 0),
        (1, LINE_LIMIT, 16_387 - LINE_LIMIT),
        (3, 4, 0),
    ]


@pytest.mark.parametrize("step", [0, 1_000, 1 << 20])
def test_a_frame_of_any_length_is_bounded(step: int) -> None:
    data = frame(f"{STAMP}.000000001Z {'y' * (3 * FRAME_LIMIT)}\n") + frame(f"{STAMP}.000000002Z next\n")
    lines = read(framed(), data, step)
    assert [(line.text[:4], line.cut) for line in lines] == [
        ("yyyy", 3 * FRAME_LIMIT - LINE_LIMIT),
        ("next", 0),
    ]


def test_a_frame_of_several_lines_and_an_end_without_a_newline() -> None:
    lines = read(framed(), frame(f"{STAMP}.000000001Z a\nb\nc\n") + frame(f"{STAMP}.000000002Z prompt: "))
    assert [(line.at - MOMENT, line.text) for line in lines] == [
        (1, "a"),
        (1, "b"),
        (1, "c"),
        (2, "prompt: "),
    ]


@pytest.mark.parametrize("step", [0, 1, 33])
def test_the_raw_log_of_a_terminal(step: int) -> None:
    lines = read(
        raw(), f"{STAMP}.000000001Z \x1b[1mone\x1b[0m\r\n{STAMP}Z two\r\n{STAMP}.000000002Z th".encode(), step
    )
    assert [(line.at - MOMENT, line.text) for line in lines] == [
        (1, "\x1b[1mone\x1b[0m"),
        (0, "two"),
        (2, "th"),
    ]


def test_a_long_raw_line_has_no_moments_in_its_middle() -> None:
    head = f"{STAMP}.000000001Z "
    (line,) = read(raw(), f"{head}{'x' * 8_192}{head}{'y' * 10}\r\n".encode())
    assert line.text == "x" * 8_192 + "y" * 10


def test_a_raw_line_of_any_length_is_bounded() -> None:
    data = f"{STAMP}.000000001Z {'y' * (3 * FRAME_LIMIT)}\r\n{STAMP}.000000002Z next\r\n".encode()
    lines = read(raw(), data, 100_000)
    assert [line.text[:4] for line in lines] == ["yyyy", "next"]
    assert abs(lines[0].cut - (3 * FRAME_LIMIT - LINE_LIMIT)) <= 2


@pytest.mark.parametrize(
    ("make", "data", "words"),
    [
        (framed, b"HTTP/1.1 400 Bad Request\r\n", "no log of a container: HTTP/1.1 400"),
        (
            framed,
            frame("Error grabbing logs: unexpected EOF\n", 3),
            "stops reading the log: Error grabbing logs",
        ),
        (framed, frame("no moment\n"), "a log line without a timestamp: no moment"),
        (framed, frame("2024-02-31T12:00:00Z x\n"), "an invalid timestamp"),
        (raw, b"Error grabbing logs: x\r\n", "a log line without a timestamp: Error grabbing"),
    ],
)
def test_what_is_no_log_is_said(make: Callable[[], Lines], data: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words):
        read(make(), data)
