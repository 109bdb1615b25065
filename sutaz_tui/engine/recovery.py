"""What has come back, told until everything that had failed because of it is up again."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sutaz_tui.model import Cause, Recovery, ServiceState, Status
from sutaz_tui.text.sanitise import ago

NAMED = 2
# What is still down so long after its cause is back is down for a reason of its own.
CATCH_UP = 60.0
WELL = (Status.UP, Status.ABSENT)


class Recoveries:
    """Watches the causes from picture to picture."""

    def __init__(self) -> None:
        self._causes: dict[str, Cause] = {}
        self._open: dict[str, Recovery] = {}

    @property
    def is_watching(self) -> bool:
        """Whether there is anything to follow."""
        return bool(self._causes or self._open)

    def follow(
        self, states: Mapping[str, ServiceState], causes: Iterable[Cause], now: datetime
    ) -> tuple[Recovery, ...]:
        """What is back while others still catch up, the newest first."""
        current = {cause.id: cause for cause in causes}
        for id, cause in self._causes.items():
            if id not in current and (state := states.get(id)) is not None and state.status in WELL:
                back = state.since or now
                after = max(0.0, (back - cause.since).total_seconds())
                self._open[id] = Recovery(id, cause.title, after, back, cause.affected)
        # A cause that is merely unknown for a while (asked again, stale) is still awaited.
        self._causes = current | {
            id: cause
            for id, cause in self._causes.items()
            if id not in current and id in states and states[id].status not in (*WELL, Status.DOWN)
        }
        self._open = {
            id: Recovery(id, one.title, one.after, one.at, waiting)
            for id, one in self._open.items()
            if id not in current and (waiting := tuple(self._waiting(one, states, now)))
        }
        return tuple(sorted(self._open.values(), key=lambda one: one.at, reverse=True))

    @staticmethod
    def _waiting(one: Recovery, states: Mapping[str, ServiceState], now: datetime) -> Iterable[str]:
        is_over = (now - one.at).total_seconds() > CATCH_UP
        for id in one.waiting:
            if (state := states.get(id)) is None or state.status in WELL:
                continue
            if not (is_over and state.status is Status.DOWN):
                yield id


def recovery_words(recovery: Recovery, titles: Mapping[str, str]) -> str:
    """The head's sentence: `PostgreSQL back after 4m02s; 2 still catching up (Kong, Backend)`."""
    waiting = ", ".join(titles.get(id, id) for id in recovery.waiting[:NAMED])
    count = len(recovery.waiting)
    more = f" +{count - NAMED}" if count > NAMED else ""
    return f"{recovery.title} back after {ago(recovery.after)}; {count} still catching up ({waiting}{more})"
