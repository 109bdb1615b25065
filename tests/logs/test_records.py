"""What a runtime prints when something dies is one record: one entry, one level, one fate under every filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.logs.buffer import LogBuffer
from sutaz_tui.logs.entries import Kind
from sutaz_tui.logs.grouping import Grouping
from sutaz_tui.logs.lines import Batch, Level, LogLine
from sutaz_tui.logs.matching import Filter, Pattern
from sutaz_tui.logs.passing import passing

RECORDS: dict[str, tuple[Level, str, str]] = {
    "Python": (
        Level.ERROR,
        "OSError: gone",
        """Traceback (most recent call last):
  File "/app/a.py", line 3, in f
    g()
OSError: gone""",
    ),
    "JVM with its causes": (
        Level.ERROR,
        "java.lang.IllegalStateException: could not start",
        """java.lang.IllegalStateException: could not start
\tat com.shop.Api.start(Api.java:31)
\tat com.shop.Main.main(Main.java:7)
\tSuppressed: java.io.IOException: close
\t\tat com.shop.Api.close(Api.java:9)
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect(Net.java:579)
\t... 12 more""",
    ),
    "JVM of a thread": (
        Level.ERROR,
        'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
        """Exception in thread "main" java.lang.OutOfMemoryError: Java heap space
\tat com.shop.Main.main(Main.java:7)""",
    ),
    "Go with its goroutines": (
        Level.CRITICAL,
        "panic: runtime error: invalid memory address or nil pointer dereference",
        """panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4819f4]

goroutine 1 [running]:
main.(*Shop).buy(0x0, {0xc000, 0x1})
\t/src/main.go:12 +0x14
main.main()
\t/src/main.go:7 +0x1d

goroutine 7 [chan receive]:
main.worker(...)
\t/src/main.go:30
created by main.main in goroutine 1
\t/src/main.go:5 +0x2f
exit status 2""",
    ),
    "Go by its logger": (
        Level.CRITICAL,
        "2026/11/23 14:07:12 panic: lost",
        """2026/11/23 14:07:12 panic: lost

goroutine 1 [running]:
log.Panic(...)
\t/usr/lib/go/src/log/log.go:432""",
    ),
    "Rust": (
        Level.CRITICAL,
        "thread 'main' panicked at src/main.rs:5:10: index out of bounds: the len is 3",
        """thread 'main' panicked at src/main.rs:5:10:
index out of bounds: the len is 3
stack backtrace:
   0: rust_begin_unwind
             at /rustc/a/library/std/src/panicking.rs:645:5
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace""",
    ),
    "Node": (
        Level.ERROR,
        "TypeError: x is undefined",
        """TypeError: x is undefined
    at Object.<anonymous> (/app/index.js:3:9)
    at node:internal/main/run_main_module:23:47 {
  code: 'X'
}""",
    ),
    "Node with its source": (
        Level.ERROR,
        "Error: gone",
        """/app/index.js:3
    throw new Error("gone")
    ^

Error: gone
    at Object.<anonymous> (/app/index.js:3:9)

Node.js v20.1.0""",
    ),
    "PHP": (
        Level.CRITICAL,
        "PHP Fatal error:  Uncaught Exception: boom in /srv/a.php:3",
        """PHP Fatal error:  Uncaught Exception: boom in /srv/a.php:3
Stack trace:
#0 /srv/b.php(9): f()
#1 {main}
  thrown in /srv/a.php on line 3""",
    ),
    ".NET": (
        Level.ERROR,
        "Unhandled exception. System.InvalidOperationException: closed",
        """Unhandled exception. System.InvalidOperationException: closed
 ---> System.IO.IOException: gone
   at Shop.Api.Read() in /src/Api.cs:line 31
   --- End of inner exception stack trace ---
   at Shop.Program.Main()""",
    ),
    ".NET's console": (
        Level.ERROR,
        "Request failed",
        """fail: Shop.Api[13]
      Request failed
      System.IO.IOException: gone
         at Shop.Api.Read() in /src/Api.cs:line 31""",
    ),
    ".NET's console, all well": (
        Level.INFO,
        "Application started.",
        """info: Microsoft.Hosting.Lifetime[0]
      Application started.""",
    ),
    "C++": (
        Level.CRITICAL,
        "terminate called after throwing an instance of 'std::bad_alloc'",
        """terminate called after throwing an instance of 'std::bad_alloc'
  what():  std::bad_alloc
Aborted (core dumped)""",
    ),
    "a sanitizer": (
        Level.ERROR,
        "==31==ERROR: AddressSanitizer: heap-use-after-free on address 0x60",
        """==31==ERROR: AddressSanitizer: heap-use-after-free on address 0x60
    #0 0x4f5 in main /src/a.c:7
SUMMARY: AddressSanitizer: heap-use-after-free /src/a.c:7 in main""",
    ),
}
STDERR = {"stream": "stderr"}


def record_of(name: str) -> list[LogLine]:
    return [
        LogLine(1000 + 10 * n, "api", text, STDERR) for n, text in enumerate(RECORDS[name][2].split("\n"))
    ]


def among_others(record: list[LogLine]) -> list[LogLine]:
    """The record with lines before and behind it, and of another stream in between."""
    calm = [LogLine(n, "api", f"2026-11-23 14:07:12,000 - api - INFO - calm {n}", STDERR) for n in (1, 2)]
    between = [LogLine(1003 + 10 * n, "api", f"INFO: other {'ab'[n % 2]}") for n in range(len(record))]
    behind = [LogLine(9000, "api", "2026-11-23 14:07:12,000 - api - INFO - on", STDERR)]
    return sorted([*calm, *record, *between, *behind], key=lambda line: line.at)


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_one_entry_of_one_level_that_says_what_it_was(name: str) -> None:
    record = record_of(name)
    grouping = Grouping([])
    grouping.extend(among_others(record))
    [entry] = [entry for entry in grouping.entries if entry.lines > 1 and entry.kind is Kind.TRACEBACK]
    assert entry.all() == record
    assert (entry.level, entry.error) == RECORDS[name][:2]


@given(
    st.sampled_from(sorted(RECORDS)),
    st.sampled_from(list(Level)),
    st.lists(
        st.tuples(
            st.booleans(), st.one_of(st.integers(0, 20), st.sampled_from(["main", "at ", "calm", "o", "zz"]))
        ),
        max_size=2,
    ),
)
def test_lines_of_a_record_share_their_fate_in_every_filter(
    name: str, least: Level, words: list[tuple[bool, int | str]]
) -> None:
    record = record_of(name)
    patterns = []
    for is_inverse, word in words:
        text = record[word % len(record)].text.strip() if isinstance(word, int) else word
        patterns.append(Pattern(f"{'!' * is_inverse}{text or 'zz'}"))
    filter = Filter(tuple(patterns), least, shows_health=True)
    lines = among_others(record)
    buffer = LogBuffer()
    buffer.add(Batch(lines))
    buffer.set_filter(filter)
    while not buffer.refilter():
        pass
    on_screen = [line for entry in buffer.visible for line in entry.all()]
    printed = passing(filter, lines)
    assert {id(line) for line in on_screen} == {id(line) for line in printed}
    kept = [line for line in record if any(line is one for one in printed)]
    assert kept in ([], record), "all of it, or nothing"
    level = RECORDS[name][0]
    found = [
        any(pattern.finds(line.text) for line in record) is not pattern.is_inverse for pattern in patterns
    ]
    assert bool(kept) is (level >= least and all(found))


@pytest.mark.parametrize(
    "text",
    ["TypeError: lost 7", "java.lang.IllegalStateException: closed", "panic: lost", "fail: Shop.Api[13]"],
)
def test_a_line_that_nothing_belongs_to_stays_a_line_and_folds_as_any(text: str) -> None:
    grouping = Grouping([])
    grouping.extend([LogLine(n, "api", text) for n in range(50)])
    grouping.extend([LogLine(99, "api", "INFO: calm")])
    assert [(entry.kind, entry.lines) for entry in grouping.entries] == [(Kind.ALIKE, 50), (Kind.LINE, 1)]


def test_what_comes_long_after_belongs_to_nothing() -> None:
    grouping = Grouping([])
    later = [LogLine(3 * 10**9, "api", "\tat com.shop.Main.main(Main.java:7)")]
    grouping.extend([LogLine(0, "api", "java.lang.IllegalStateException: closed"), *later])
    assert [entry.kind for entry in grouping.entries] == [Kind.LINE, Kind.LINE]
