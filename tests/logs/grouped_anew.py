"""Grouping written down once more, plainly, to compare with: all things at once, no state kept between calls."""

from collections.abc import Collection, Sequence

from sutaz_tui.logs.alike import are_lines_alike, are_tracebacks_alike
from sutaz_tui.logs.entries import Kind
from sutaz_tui.logs.lines import Gap, LogLine
from sutaz_tui.logs.parsing.access import is_health
from sutaz_tui.logs.parsing.records import head_phase, is_traceback, next_phase
from sutaz_tui.logs.parsing.tracebacks import SPAN, Phase

Group = tuple[Kind, tuple[LogLine | Gap, ...]]


class _Block:
    def __init__(self, kind: Kind, first: LogLine | Gap, is_health: bool = False) -> None:
        self.kind = kind
        self.things: list[LogLine | Gap] = [first]
        self.is_health = is_health
        self.is_head = False
        self.is_over = True


def grouped_anew(
    things: Sequence[LogLine | Gap], newest: int, pinned: Collection[int] = (), folds: bool = True
) -> list[Group]:
    """The groups of lines and gaps in order of time; `pinned` are the ids of first lines that must not fold, if any `folds`.

    `newest` is the newest moment that was ever seen: tracebacks from long before are over.
    """
    blocks = _blocks(things, newest)
    told = [block for block in blocks if not block.is_health]
    rows: list[list[_Block]] = []
    for block in told:
        if rows and _go_together(rows[-1][0], block, pinned):
            rows[-1].append(block)
        else:
            rows.append([block])
    row_of = {id(row[0]): row for row in rows if folds and len(row) >= 3}
    within = {id(block) for row in row_of.values() for block in row[1:]}
    groups: list[Group] = []
    for block in blocks:
        if row := row_of.get(id(block)):
            groups.append((Kind.ALIKE, tuple(thing for one in row for thing in one.things)))
        elif id(block) not in within:
            groups.append((block.kind, tuple(block.things)))
    return groups


def _blocks(things: Sequence[LogLine | Gap], newest: int) -> list[_Block]:
    blocks: list[_Block] = []
    tracebacks: dict[tuple[str, str], tuple[_Block, Phase, int]] = {}
    for thing in things:
        if isinstance(thing, Gap):
            for stream in [stream for stream in tracebacks if stream[0] == thing.service]:
                tracebacks.pop(stream)[0].is_over = True
            blocks.append(_Block(Kind.GAP, thing))
            continue
        if is_health(thing.text):
            blocks.append(_Block(Kind.LINE, thing, is_health=True))
            continue
        stream = (thing.service, thing.labels.get("stream", ""))
        if stream in tracebacks:
            block, phase, until = tracebacks.pop(stream)
            after = next_phase(phase, thing.text) if thing.at <= until else None
            if after is not None:
                block.things.append(thing)
                block.kind = Kind.TRACEBACK
                tracebacks[stream] = (block, after, until)
                continue
            block.is_over = True
        block = _Block(Kind.LINE, thing)
        if (begun := head_phase(thing.text)) is not None:
            block.kind = Kind.TRACEBACK if is_traceback(thing.text) else Kind.LINE
            block.is_head, block.is_over = True, False
            tracebacks[stream] = (block, begun, thing.at + SPAN)
        blocks.append(block)
    for block, _, until in tracebacks.values():
        block.is_over = until < newest
    return blocks


def _go_together(first: _Block, other: _Block, pinned: Collection[int]) -> bool:
    if first.kind is not other.kind or not (first.is_over and other.is_over):
        return False
    if id(first.things[0]) in pinned or id(other.things[0]) in pinned:
        return False
    some = [thing for thing in first.things if isinstance(thing, LogLine)]
    others = [thing for thing in other.things if isinstance(thing, LogLine)]
    if not some or not others or some[0].service != others[0].service:
        return False
    if first.is_head is not other.is_head:
        return False
    if first.is_head and first.kind is Kind.LINE:
        same = some[0].labels.get("stream", "") == others[0].labels.get("stream", "")
        return same and are_lines_alike(some[0], others[0])
    if first.kind is Kind.TRACEBACK:
        streams = {line.labels.get("stream", "") for line in (some[0], others[0])}
        return len(streams) == 1 and len(some) > 1 and are_tracebacks_alike(some, others)
    return are_lines_alike(some[0], others[0])
