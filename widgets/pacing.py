"""When to paint what keeps changing: at once while the reader types, else as often as the line to the terminal bears."""

SHORTEST = 0.25
"""Seconds between two frames that nobody asked for."""
LONGEST = 1.0
"""Seconds after which what came is shown, whatever it costs."""
HANDS_ON = 1.0
"""Seconds after a key in which every change is painted at once."""

SHARE = 0.1
"""Of the time at most, where lines are hard to make safe: the loop has others to serve."""

# Bytes that a frame costs beside its characters: to place the cursor, and to set and take back a style.
PLACE, STYLE = 8, 42


class Pace:
    """Keeps frames within `budget` bytes a second, and making them within SHARE of the time.

    Every `now` is in seconds of one clock that only grows.
    """

    def __init__(self, budget: float = 20_000.0) -> None:
        self.budget = budget
        self._pressed = self._painted = float("-inf")
        self._apart = SHORTEST

    def pressed(self, now: float) -> None:
        """The reader pressed a key."""
        self._pressed = now

    def painted(self, now: float, cost: float, took: float = 0.0) -> None:
        """A frame of about so many bytes was drawn, which took so many seconds to make."""
        self._painted = now
        self._apart = max(SHORTEST, cost / self.budget, took / SHARE)

    def wait(self, now: float) -> float:
        """Seconds until something that is there now is to be painted, 0 for at once."""
        if now - self._pressed <= HANDS_ON:
            return 0.0
        return min(LONGEST, max(0.0, self._painted + self._apart - now))
