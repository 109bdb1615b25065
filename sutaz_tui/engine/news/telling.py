"""When an item is told: once it has lasted, once only, its recovery too; what flaps once, and no more than people read."""

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from sutaz_tui.engine.news.items import CRITICAL, NETWORK, WARNING, Items
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.text.units import ago

FLAP_WITHIN = 600.0
FLAPS = 4
"""So often told within FLAP_WITHIN, of its coming and of its going, a thing flaps: it is told that it does, then no more."""
MOST = 5
MOST_WITHIN = 600.0
DIGEST_LINES = 20


class State(StrEnum):
    """What a message says of its item."""

    FIRING = "firing"
    RESOLVED = "resolved"
    FLAPPING = "flapping"
    STEADY = "steady"
    DIGEST = "digest"
    TEST = "test"


class Message(Struct, frozen=True):
    """What is sent; `id` is the same whenever the same is sent again. `lines` are those of a digest."""

    id: str
    state: State
    item: Item
    at: datetime
    lines: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its first line."""
        return f"RECOVERED: {self.item.title}" if self.state is State.RESOLVED else self.item.title


class Open(Struct):
    """An item that was told, and that holds as far as people know; `gone` is since when it does not."""

    item: Item
    gone: datetime | None = None


class Teller:
    """What of the items one notifier tells; `after`: seconds that each must last. `told` are those told before."""

    def __init__(self, name: str, after: float, recovery: bool = True, told: Iterable[Item] = ()) -> None:
        self._name = name
        self._after = after
        self._recovery = recovery
        self.open: dict[str, Open] = {item.key: Open(item) for item in told}
        self._seen: dict[str, datetime] = {}
        self._turns: dict[str, deque[datetime]] = {}
        self._flapping: dict[str, Item] = {}

    def move(self, step: timedelta) -> None:
        """The clock was set by so much: what was seen moves with it, that it still lasts as long as it does."""
        self._seen = {key: at + step for key, at in self._seen.items()}
        for one in self.open.values():
            one.gone = one.gone and one.gone + step
        for turns in self._turns.values():
            shift(turns, step)

    def look(self, items: Items, now: datetime, not_well: Collection[str] = ()) -> list[Message]:
        """What is to be told at this moment, given what is wrong; services that are `not_well` have not recovered."""
        made: list[Message] = []
        for key in [key for key in self._seen if key not in items]:
            del self._seen[key]
        for key, item in items.items():
            open = self.open.get(key)
            if open is not None:
                open.gone = None
                if item.severity != CRITICAL or open.item.severity == CRITICAL:
                    self._seen.pop(key, None)
                    continue
            # It is new, or worse than what was told.
            seen = self._seen.setdefault(key, now)
            if not item.is_known and (now - seen).total_seconds() >= self._after:
                del self._seen[key]
                self.open[key] = Open(item)
                made += self._turn(item, State.FIRING, now)
        for key, one in list(self.open.items()):
            if key in items or not _is_over(one.item, not_well):
                one.gone = None
                continue
            one.gone = one.gone or now
            if (now - one.gone).total_seconds() >= self._after:
                del self.open[key]
                made += self._turn(one.item, State.RESOLVED, now, one.gone)
        made += self._steady(now)
        return made

    def _turn(self, item: Item, state: State, now: datetime, gone: datetime | None = None) -> list[Message]:
        turns = self._turns.setdefault(item.key, deque(maxlen=FLAPS))
        turns.append(now)
        if item.key in self._flapping:
            return []
        if len(turns) == FLAPS and (now - turns[0]).total_seconds() <= FLAP_WITHIN:
            self._flapping[item.key] = item
            words = f"changed {FLAPS} times within {ago((now - turns[0]).total_seconds())}; told again once it holds"
            return [self._message(State.FLAPPING, _about(item, f"FLAPPING: {item.title}", words), now)]
        if state is State.RESOLVED:
            if not self._recovery:
                return []
            # It was well from then on, not only since that is sure.
            lasted = ((gone or now) - item.since).total_seconds()
            item = _about(item, item.title, f"after {ago(max(0.0, lasted))}")
        return [self._message(state, item, now)]

    def _steady(self, now: datetime) -> list[Message]:
        made = []
        for key, item in list(self._flapping.items()):
            if (now - self._turns[key][-1]).total_seconds() >= FLAP_WITHIN:
                del self._flapping[key]
                self._turns[key].clear()
                is_open = key in self.open
                words = f"no longer flapping: {'so' if is_open else 'well'} for 10 minutes"
                title = item.title if is_open else f"RECOVERED: {item.title}"
                if is_open or self._recovery:
                    made.append(self._message(State.STEADY, _about(item, title, words), now))
        for key in [key for key in self._turns if key not in self._flapping and key not in self.open]:
            if (now - self._turns[key][-1]).total_seconds() >= FLAP_WITHIN:
                del self._turns[key]
        return made

    def _message(self, state: State, item: Item, now: datetime) -> Message:
        # Of two programs that see the same only one shall send it.
        moment = item.since if state in (State.FIRING, State.RESOLVED) else now
        return Message(f"{self._name}/{item.key}/{state}/{int(moment.timestamp() * 1000)}", state, item, now)


class Rationed:
    """At most five messages within ten minutes; the others are gathered, and told together once one may go again."""

    def __init__(self, name: str, sent: Iterable[datetime] = ()) -> None:
        self._name = name
        self._sent: deque[datetime] = deque(sent, maxlen=MOST)
        self.held: list[Message] = []

    def move(self, step: timedelta) -> None:
        """The clock was set by so much."""
        shift(self._sent, step)

    def pass_on(self, messages: Iterable[Message], now: datetime) -> list[Message]:
        """What may go now."""
        self.held += messages
        made: list[Message] = []
        while self.held and self._may(now):
            self._sent.append(now)
            # The last that may go says all that waits.
            if len(self.held) > 1 and not self._may(now):
                made.append(self._digest(now))
                self.held = []
            else:
                made.append(self.held.pop(0))
        return made

    def _may(self, now: datetime) -> bool:
        return len(self._sent) < MOST or (now - self._sent[0]).total_seconds() >= MOST_WITHIN

    def _digest(self, now: datetime) -> Message:
        last = {message.item.key: message for message in self.held}
        lines = [f"{message.title}: {message.item.words}" for message in self.held]
        more = [f"and {len(lines) - DIGEST_LINES} more"] if lines[DIGEST_LINES:] else []
        states = [message.state for message in last.values()]
        counts = (
            (states.count(State.FIRING), "wrong"),
            (states.count(State.RESOLVED), "well again"),
            (states.count(State.FLAPPING), "flapping"),
            (states.count(State.STEADY), "no longer flapping"),
        )
        item = Item(
            key="digest",
            title=f"{len(self.held)} more messages: "
            + ", ".join(f"{count} {words}" for count, words in counts if count),
            words="; ".join(message.title for message in self.held[:MOST]),
            severity=min((message.item.severity for message in self.held), default=WARNING),
            since=min(message.item.since for message in self.held),
            services=tuple(dict.fromkeys(id for message in self.held for id in message.item.services)),
        )
        at = int(now.timestamp() * 1000)
        return Message(f"{self._name}/digest/{at}", State.DIGEST, item, now, (*lines[:DIGEST_LINES], *more))


def shift(moments: deque[datetime], step: timedelta) -> None:
    """Move what was noted by the clock as far as that was set."""
    moved = [at + step for at in moments]
    moments.clear()
    moments.extend(moved)


def _is_over(item: Item, not_well: Collection[str]) -> bool:
    """Whether an item that is not seen any more is over: not where what it told of is only told otherwise now."""
    if not item.key.startswith(("service:", "cause:", NETWORK)):
        return True
    hit = (item.service,) if item.service else item.services
    return not any(id in not_well for id in hit)


def _about(item: Item, title: str, words: str) -> Item:
    return replace(item, title=title, words=words)
