"""How long to wait until a service is asked again: its own interval, unless it is watched, failing or nobody looks."""

from msgspec import Struct

from sutaz_tui.config.config import Pace

FLOOR = 1.0
BACK_OFF_MOST = 60.0
REFUSED_MOST = 600.0
SECOND_ASK = 1.0


class Rhythm(Struct):
    """What the whole board's pace hangs on: the selected service, whether anybody looks, and how many times the config's
    intervals `stretch`."""

    pace: Pace
    selected: str = ""
    is_idle: bool = False
    stretch: float = 1.0

    def interval(self, service_id: str, own: float, failing_for: float | None, back_off: float) -> float:
        """Seconds in force for one service.

        `own` is its configured interval; `failing_for` how long it has been down, None when it is not; `back_off`
        the pause after refused logins, and after time-outs beyond a failure's first minute, 0 for none.
        """
        if back_off:
            return max(back_off, own)
        if self.is_idle:
            return max(own, self.pace.idle)
        wait = own * self.stretch
        if service_id == self.selected:
            wait = min(wait, self.pace.selected)
        if self.is_new_failure(failing_for):
            wait = min(wait, self.pace.failing)
        return max(FLOOR, wait)

    def is_new_failure(self, failing_for: float | None) -> bool:
        """Whether it is down for so short a time that it is asked often."""
        return failing_for is not None and failing_for < self.pace.failing_for


def next_back_off(before: float, own: float, is_refused: bool = False) -> float:
    """The pause after one more time-out: doubling from the service's own interval to a minute.

    After a refused login it doubles from a minute to ten: Grafana, for one, locks a user after five within five minutes.
    """
    first, most = (BACK_OFF_MOST, REFUSED_MOST) if is_refused else (own, BACK_OFF_MOST)
    return max(own, min(most, max(first, before * 2)))
