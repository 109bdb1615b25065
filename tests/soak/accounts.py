"""Whether the history tells each trouble and no other, and whether each message came once."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from tests.bench.row import Row
from tests.soak.stand import Stand
from tests.soak.troubles import Seen, Troubles
from tests.terminal import ROOT

DIGITS = "0123456789"
SLACK = 3.0
WELL = ("up", "degraded")
"""What it is once the trouble has ended: a third restart within ten minutes is a loop."""
LATER = 30.0
"""Seconds within which it is told after it was seen: the first failure counts by the second."""
_EVER = 1 << 62
_AROUND = """
SELECT began, ended, status, word, summary FROM spans JOIN subjects ON subjects.no = subject
WHERE kind = 'service' AND id = ? AND began < ? AND coalesce(ended, began) > ? ORDER BY began
"""


def of_history(stand: Stand, troubles: Troubles) -> list[Row]:
    """What `history` says of all troubles."""
    done = subprocess.run(
        [sys.executable, "-m", "sutaz_tui", "history", "--since", "3h", "--format", "json",
         "-c", str(stand.path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    whole = json.loads(done.stdout)
    changes = [one | {"at": _at(one["at"])} for one in whole["changes"]]
    (stand.folder / "history.json").write_text(done.stdout, "utf-8")
    unlisted = [one for one in troubles.seen if not _is_told(one, changes)]
    kept = {one.service: _reasons(stand, one.service) for one in unlisted}
    kept_alone = [one for one in unlisted if _is_told(one, kept[one.service])]
    untold = [_told_of(stand, one) for one in unlisted if one not in kept_alone]
    untold += [
        f"nobody watched from {_clock(began)} to {_clock(ended)}, and that is not told: {whole['unwatched']}"
        for began, ended in troubles.unwatched
        if not any(
            _at(one["from"]) <= began + SLACK and ended - SLACK <= _at(one["to"])
            for one in whole["unwatched"]
        )
    ]
    fell = [one for one in changes if one["to"] == "down"]
    false = [one for one in fell if not any(start <= one["at"] <= end for start, end in troubles.windows)]
    for words in (
        *untold,
        *(f"kept, not printed: {_told_of(stand, one)}" for one in kept_alone),
        *(f"nobody did this: {one}" for one in false),
    ):
        print(words, file=sys.stderr)
    which = "".join(f"; {words.partition(chr(10))[0]}" for words in untold)
    more = (
        f"{troubles.rounds:.1f} rounds, {len(changes)} changes, {len(whole['unwatched'])} spans not watched; "
        f"{len(kept_alone)} as another reason of a status that was there before{which}"
    )
    return [
        Row(
            "troubles not in the history",
            len(untold),
            "spans",
            0,
            f"of {len(troubles.seen) + len(troubles.unwatched)}; {more}",
        ),
        Row("outages of nobody's doing", len(false), "spans", 0, f"of {len(fell)}"),
    ]


def _at(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


def _is_told(seen: Seen, changes: list[dict[str, Any]]) -> bool:
    """Whether a trouble is told as it was."""
    of_it = [one for one in changes if one["service"] == seen.service and one["kind"] == "status"]
    fell = [
        one for one in of_it if one["to"] != "up" and seen.began - SLACK <= one["at"] <= seen.ended + SLACK
    ]
    rose = [
        one for one in of_it if one["to"] in WELL and seen.ended - SLACK <= one["at"] <= seen.well + LATER
    ]
    # What flaps may have been mended in a moment in which it answered.
    return bool(fell and (rose or seen.status == "up"))


def _reasons(stand: Stand, service: str) -> list[dict[str, Any]]:
    """Each span of a service as a change, also where it only has another reason: of what was degraded already, say by a
    restart loop, `history` prints no change, and the file and the time machine have it."""
    with sqlite3.connect(stand.history) as database:
        spans = database.execute(_AROUND, (service, _EVER, 0)).fetchall()
    return [
        {"service": service, "kind": "status", "at": began / 1000, "to": "up" if _is_loop(word) else status}
        for (_, _, before, said, _), (began, _, status, word, _) in pairwise(spans)
        if (before, said.rstrip(DIGITS)) != (status, word.rstrip(DIGITS))
    ]


def _is_loop(word: str) -> bool:
    """Whether a service restarts too often, which is of the soak's own making and no trouble that it waits for."""
    return word.startswith("loop")


def _told_of(stand: Stand, seen: Seen) -> str:
    """A trouble that is not told as it was: which, when, and each span that is kept of its service around it."""
    with sqlite3.connect(stand.history) as database:
        kept = database.execute(_AROUND, (seen.service, (seen.well + 60) * 1000, (seen.began - 60) * 1000))
        spans = [
            f"  {_clock(began / 1000)} to {_clock(ended / 1000) if ended else 'the end'} {' '.join(words)}"
            for began, ended, *words in kept
        ]
    words = (
        f"{seen.what} of {seen.service} from {_clock(seen.began)} to {_clock(seen.ended)} "
        f"({seen.ended - seen.began:.0f} s), {seen.status} at its end, well {_clock(seen.well)}"
    )
    return "\n".join((words, *spans))


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f}"[:-3]


def of_messages(stand: Stand) -> list[Row]:
    """What the notifiers sent against what came."""
    with sqlite3.connect(stand.history) as database:
        rows = database.execute("SELECT id, notifier, state FROM messages").fetchall()
    states = Counter(state for _, _, state in rows)
    paged = Counter(stand.paged.read_text("utf-8").split())
    hooked = Counter(stand.web.told)
    sent = {id for id, notifier, state in rows if (notifier, state) == ("page", "sent")}
    lost = len(sent - paged.keys()) + max(
        0, sum(n == "hook" and s == "sent" for _, n, s in rows) - len(hooked)
    )
    twice = sum(count - 1 for count in (*paged.values(), *hooked.values()))
    words = f"of {states['sent']} that were sent, {len(hooked)} to the webhook, {len(paged)} to the command"
    waiting = len(rows) - states["sent"]
    return [
        Row("messages lost", lost, "", 0, words),
        Row("messages twice", twice, "", 0, "by their id"),
        Row(
            "messages waiting", waiting, "", None, "five in ten minutes, then a digest: " + str(dict(states))
        ),
    ]
