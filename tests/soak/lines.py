"""Numbered log lines, written to a file that is rotated and pushed to the simulated Loki; and what a tail showed of them."""

import json
import re
import threading
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import httpx2
from msgspec import Struct

A_SECOND = 10
ROTATED_AFTER = 1500
_NUMBERED = re.compile(r"(written|pushed) line (\d+)")
_GAP = re.compile(r"lines?(?: of (\w+))? (?:between (\S+) and (\S+)|at (\S+)) (?:w\w+ not|may not)")


class Lines:
    """Emits ten lines a second into each log; `at` is the moment of each by its number, nanoseconds."""

    def __init__(self, file: Path, loki: str) -> None:
        self._file = file
        self._client = httpx2.Client(base_url=loki, timeout=3.0)
        self.at: dict[str, list[int]] = {"written": [], "pushed": []}
        self._is_over = False
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._write, self._push)]

    def begin(self) -> None:
        """Begin to emit."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Emit no more; what was taken is counted."""
        self._is_over = True
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        kept = self._file.with_suffix(".log.1")
        while not self._is_over:
            with self._file.open("a", encoding="utf-8") as file:
                for _ in range(ROTATED_AFTER):
                    now, numbers = time.time_ns(), self.at["written"]
                    file.write(f"{_stamp(now)} INFO written line {len(numbers)}\n")
                    file.flush()
                    numbers.append(now)
                    time.sleep(1 / A_SECOND)
                    if self._is_over:
                        return
            self._file.rename(kept)

    def _push(self) -> None:
        while not self._is_over:
            now, numbers = time.time_ns(), self.at["pushed"]
            values = [[str(now + one), f"INFO pushed line {len(numbers) + one}"] for one in range(A_SECOND)]
            body = {"streams": [{"stream": {"job": "soak"}, "values": values}]}
            # The same lines again are one line: a push whose answer was lost is safe to repeat.
            while not self._is_taken(body):
                if self._is_over:
                    return
                time.sleep(0.5)
            numbers += range(now, now + A_SECOND)
            time.sleep(1.0)

    def _is_taken(self, body: object) -> bool:
        try:
            answer = self._client.post("/loki/api/v1/push", content=json.dumps(body).encode(),
                                       headers={"Content-Type": "application/json"})  # fmt: skip
        except httpx2.HTTPError:
            return False
        return answer.status_code == 204


def _stamp(at: int) -> str:
    second, rest = divmod(at, 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)) + f".{rest // 10**6:03d}Z"


class Account(Struct):
    """What became of the lines: how many were emitted, are missing and in no gap that was told, are in one, and came twice."""

    emitted: int
    missing: int
    told: int
    twice: int


def account(lines: Lines, shown: Path, said: Path) -> Account:
    """What a tail printed and said against what was emitted."""
    found: Counter[tuple[str, int]] = Counter()
    with shown.open(encoding="utf-8") as printed:
        for line in printed:
            if match := _NUMBERED.search(line):
                found[match[1], int(match[2])] += 1
    gaps = [_gap(match) for match in _GAP.finditer(said.read_text("utf-8"))]
    missing = [
        (log, at)
        for log, moments in lines.at.items()
        for number, at in enumerate(moments)
        if not found[log, number]
    ]
    told = sum(
        any(log in (whose, "") and start <= at <= end for whose, start, end in gaps) for log, at in missing
    )
    emitted = sum(map(len, lines.at.values()))
    return Account(emitted, len(missing) - told, told, sum(count - 1 for count in found.values()))


def _gap(found: re.Match[str]) -> tuple[str, int, int]:
    start, end = (int(datetime.fromisoformat(one).timestamp() * 10**9) for one in
                  ((found[4],) * 2 if found[4] else (found[2], found[3])))  # fmt: skip
    # Told to the millisecond.
    return found[1] or "", start, end + 10**6
