"""Who waits for whom, as trees."""

from collections.abc import Iterable, Mapping, Sequence

from sutaz_tui.sources.postgres_sessions import Session

Chain = Sequence[tuple[int, int]]
"""Pids as they are shown, each with how many stand above it: the first holds all others up."""


def chains(sessions: Iterable[Session]) -> list[Chain]:
    """Those who hold others up, and who waits for them, the longest first.

    Everybody who waits stands once, below the one nearest to the root of those that it waits for.
    """
    waiting = {session.pid: session.holders for session in sessions if session.lock}
    below: dict[int, list[int]] = {}
    for pid, holders in waiting.items():
        for holder in holders:
            below.setdefault(holder, []).append(pid)
    seen: set[int] = set()
    found: list[Chain] = []
    # Those that wait in a ring until PostgreSQL breaks it, or whose holder has just let go, have no other root.
    for pid in (*(holder for holder in below if holder not in waiting), *waiting):
        if pid not in seen:
            found.append(_chain(pid, below, seen))
    return sorted(found, key=len, reverse=True)


def _chain(root: int, below: Mapping[int, Sequence[int]], seen: set[int]) -> Chain:
    children: dict[int, list[int]] = {}
    level = [root]
    seen.add(root)
    while level:
        found = []
        for pid in level:
            children[pid] = [child for child in dict.fromkeys(below.get(pid, ())) if child not in seen]
            seen.update(children[pid])
            found += children[pid]
        level = found
    order: list[tuple[int, int]] = []
    left = [(root, 0)]
    while left:
        pid, depth = left.pop()
        order.append((pid, depth))
        left += [(child, depth + 1) for child in reversed(children[pid])]
    return order
