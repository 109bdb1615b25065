"""What polls the stack at once, more often or less: a part of a tab."""

from sutaz_tui.config import interval_of
from sutaz_tui.engine.pace import FLOOR
from sutaz_tui.tui.counts import CountActions

SLOWEST = 8.0


class AskActions(CountActions):
    """The actions of the keys that ask."""

    def action_ask(self) -> None:
        """Poll the selected service at once."""
        if not self.here.ask_now():
            self.engine.ask_now(self.selected)
        self.say(f"polling {self.selected}")

    def action_ask_all(self) -> None:
        """Poll every service at once."""
        self.engine.ask_all()
        self.say("polling every service")

    def action_slower(self) -> None:
        """Poll half as often."""
        wanted = min(SLOWEST, self.engine.rhythm.stretch * 2)
        if self.engine.link is not None and wanted > 1:
            self.say("the recorder polls as in the config: others look too")
        else:
            self._stretch(wanted)

    def action_faster(self) -> None:
        """Poll twice as often, until all are polled each second."""
        now = self.engine.rhythm.stretch
        longest = max(map(interval_of, self.config.services), default=FLOOR)
        self._stretch(now / 2 if longest * now > FLOOR else now)

    def _stretch(self, factor: float) -> None:
        self.engine.rhythm.stretch = factor
        self.engine.reconsider()
        rate = "" if factor == 1 else f"1/{factor:g} RATE" if factor > 1 else f"{1 / factor:g}x RATE"
        self.board.head.set_badge("rate", rate)
        self.say(f"polling at {rate}; - slower, + faster" if rate else "polling as in the config")
