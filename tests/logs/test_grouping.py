"""What becomes one entry, on logs as they come."""

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.entries import Entry, Kind
from sutaz_tui.logs.lines import Batch, Level, LogLine

MILLISECOND = 1_000_000
REFUSED = """\
Traceback (most recent call last):
  File "/app/pool.py", line 41, in connect
    await self._open()
ConnectionRefusedError: [Errno 111] Connect call failed ('172.20.0.10', 5432)

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/auth.py", line 7, in login
    await pool.connect()
sqlalchemy.exc.OperationalError: server closed the connection
[SQL: SELECT 1]
(Background on this error at: https://sqlalche.me/e/20/e3q8)"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/app/all.py", line 3, in all
  | ExceptionGroup: two of them (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: one
    +---------------- 2 ----------------
    | KeyError: 'two'
    +------------------------------------"""


def lines(text: str, service: str = "backend", start: int = 0, stream: str = "stderr") -> list[LogLine]:
    labels = {"stream": stream}
    return [LogLine(start + i * MILLISECOND, service, one, labels) for i, one in enumerate(text.split("\n"))]


def entries(*parts: list[LogLine]) -> list[Entry]:
    buffer = LogBuffer()
    for part in parts:
        buffer.add(Batch(part))
    return list(buffer.entries)


def kinds(found: list[Entry]) -> list[tuple[Kind, int]]:
    return [(entry.kind, entry.lines) for entry in found]


def test_chained_tracebacks_with_what_trails_them_are_one() -> None:
    found = entries(lines(f"ERROR before\n{REFUSED}\nINFO after"))

    assert kinds(found) == [(Kind.LINE, 1), (Kind.TRACEBACK, 13), (Kind.LINE, 1)]
    assert found[1].error == "sqlalchemy.exc.OperationalError: server closed the connection"
    assert found[1].level is Level.ERROR


def test_an_exception_group_is_one_and_named_by_the_group() -> None:
    found = entries(lines(f"{GROUP}\nINFO after"))

    assert kinds(found) == [(Kind.TRACEBACK, 8), (Kind.LINE, 1)]
    assert found[0].error == "ExceptionGroup: two of them (2 sub-exceptions)"


def test_a_line_with_a_level_is_no_error_of_a_traceback() -> None:
    head = 'Traceback (most recent call last):\n  File "/app/pool.py", line 41'

    assert kinds(entries(lines(f"{head}\nINFO:     started"))) == [(Kind.TRACEBACK, 2), (Kind.LINE, 1)]


def test_tracebacks_of_several_services_and_streams_come_interleaved() -> None:
    sources = [("backend", "stderr"), ("kong", "stderr"), ("backend", "stdout")]
    mixed = sorted(
        (line for source in sources for line in lines(REFUSED, source[0], 0, source[1])),
        key=lambda line: line.at,
    )

    assert kinds(entries(mixed)) == [(Kind.TRACEBACK, 13)] * 3


def test_a_traceback_comes_in_pieces() -> None:
    whole = lines(f"{REFUSED}\nINFO after")

    assert kinds(entries(*([line] for line in whole))) == [(Kind.TRACEBACK, 13), (Kind.LINE, 1)]


def test_a_line_long_after_is_no_part_of_a_traceback() -> None:
    late = [LogLine(3_000 * MILLISECOND, "backend", "  indented", {"stream": "stderr"})]

    assert kinds(entries(lines(REFUSED), late)) == [(Kind.TRACEBACK, 13), (Kind.LINE, 1)]


def test_alike_tracebacks_fold_and_say_how_many_lines_each() -> None:
    found = entries(lines("\n".join([REFUSED] * 118) + "\nINFO after"))

    assert kinds(found) == [(Kind.ALIKE, 118 * 13), (Kind.LINE, 1)]
    assert (found[0].times, found[0].each, found[0].level) == (118, 13, Level.ERROR)
    assert found[0].error == "sqlalchemy.exc.OperationalError: server closed the connection"


def test_alike_lines_fold_from_three_on() -> None:
    assert kinds(entries(lines("INFO tick 1\nINFO tick 2"))) == [(Kind.LINE, 1)] * 2
    assert kinds(entries(lines("INFO tick 1\nINFO tick 2\nINFO tick 3"))) == [(Kind.ALIKE, 3)]


def test_health_lines_break_no_row_and_are_hidden() -> None:
    health = '\nINFO:     10.0.0.1:3000 - "GET /health HTTP/1.1" 200 OK\n'
    buffer = LogBuffer()
    buffer.add(Batch(lines(health.join(f"INFO tick {n}" for n in range(5)))))

    assert kinds(list(buffer.visible)) == [(Kind.ALIKE, 5)]
    assert buffer.counts.health_folded == 4
    assert len(buffer.entries) == 5


def test_what_the_reader_marked_stays_out_of_folds() -> None:
    buffer = LogBuffer()
    buffer.add(Batch(lines("INFO tick 1\nINFO tick 2")))
    buffer.entries[1].is_marked = True
    buffer.add(Batch(lines("INFO tick 3\nINFO tick 4\nINFO tick 5", start=MILLISECOND)))

    assert kinds(list(buffer.entries)) == [(Kind.LINE, 1), (Kind.LINE, 1), (Kind.ALIKE, 3)]
