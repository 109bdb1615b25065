"""What Loki means when it refuses a query.

Loki says what is wrong in text/plain: with 400 a fault of the query, with its place where the parser stopped; with
401 a missing tenant; with 429 that it is asked too much.
"""

import re

from sutaz_tui.errors import Denied, SourceError, TooMany, WrongQuery
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.unexpected import UnexpectedStatus
from sutaz_tui.text.sanitise import one_line

PARSE_ERROR = re.compile(r"parse error(?: at line (\d{1,9}), col (\d{1,9}))?\s*:\s*(.*)", re.DOTALL)
_ENTRIES = re.compile(r"max entries limit per query exceeded.*> (\d{1,9})\)", re.DOTALL)
_LENGTH = re.compile(r"query time range exceeds the limit \(query length: [^,]{1,40}, limit: (\w{1,20})\)")
_SECONDS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1}
SAID = 4096
"""Characters of a refusal that are read."""

TAILS = "concurrent tail requests"


class TooManyEntries(WrongQuery):
    """More entries were asked for than `most`, this Loki's own limit."""

    def __init__(self, source: str, words: str, most: int) -> None:
        super().__init__(source, words)
        self.most = most


class TooLongSpan(WrongQuery):
    """A query spans more than `most` nanoseconds, this Loki's own limit."""

    def __init__(self, source: str, words: str, most: int) -> None:
        super().__init__(source, words)
        self.most = most


def expect_answer(source: str, answer: HttpAnswer, shift: int = 0) -> HttpAnswer:
    """The answer when its status is 200, else the SourceError that it means.

    `shift` characters were written before the query as it is known to whoever asked.
    """
    if answer.status == 200:
        return answer
    kind = answer.headers.get("content-type", "")
    said = answer.text()[:SAID]
    if answer.status == 429:
        wait = answer.headers.get("retry-after", "").strip()
        raise too_many(source, said, after=float(wait) if wait.isdecimal() and len(wait) <= 4 else 0.0)
    raise refusal(source, answer.status, kind, said, shift) or UnexpectedStatus(source, answer)


def refusal(source: str, status: int, kind: str, said: str, shift: int = 0) -> SourceError | None:
    """What a status with a body of this content type means; None where these words are not Loki's."""
    if TAILS in said or status == 429:
        return too_many(source, said, status)
    if status == 400 and (kind.startswith("text/plain") or PARSE_ERROR.match(said)):
        return wrong_query(source, said, shift)
    if status in (401, 403):
        if "no org id" in said:
            words = f"answers {status}: no org id; it has tenants: give this source a header X-Scope-OrgID"
        else:
            what = "a proxy's web page" if _is_page(said) else one_line(said, 80) or "no words"
            words = f"answers {status}: {what}; check auth and headers of this source"
        return Denied(source, words)
    return None


def wrong_query(source: str, said: str, shift: int = 0) -> WrongQuery:
    """What Loki says of a query, with its place where it names one."""
    entries = _ENTRIES.search(said)
    if entries:
        return TooManyEntries(source, one_line(said, 300), int(entries[1]))
    if length := _LENGTH.search(said):
        parts = re.findall(r"(\d{1,9})([wdhms])", length[1])
        most = sum(int(number) * _SECONDS[unit] for number, unit in parts)
        return TooLongSpan(source, one_line(said, 300), most * 1_000_000_000)
    found = PARSE_ERROR.search(said)
    if not found:
        return WrongQuery(source, f"refuses the query: {one_line(said, 300) or 'without a word'}")
    words = one_line(found[3], 300) or "not understood"
    if not found[1]:
        return WrongQuery(source, f"refuses the query: {words}")
    # Where only the scanner stumbled Loki says line 0.
    line, column = max(int(found[1]), 1), int(found[2])
    if line == 1:
        column = max(column - shift, 1)
    return WrongQuery(source, f"refuses the query at line {line}, column {column}: {words}", line, column)


def _is_page(said: str) -> bool:
    """Whether these are the words of a proxy for a browser."""
    return said.lstrip()[:15].lower().startswith(("<!doctype html", "<html"))


def too_many(source: str, said: str, status: int = 429, after: float = 0.0) -> TooMany:
    """That it is asked too much, and what to do; `after` so many seconds it may be asked again, as it says."""
    if TAILS in said:
        words = f"no tail is free: {one_line(said, 120)}; close others, or raise max_concurrent_tail_requests"
        return TooMany(source, words)
    reason = "too many requests" if _is_page(said) else one_line(said, 120) or "too many requests"
    wait = f"asks to wait {after:.0f} s" if after else "retrying later"
    return TooMany(source, f"answers {status}: {reason}; {wait}; narrow the span or the query", after)
