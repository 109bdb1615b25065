"""What asks the stack at once, or asks it less often: a part of the app."""

from sutaz_tui.tui.counts import CountActions

SLOWEST = 8.0


class AskActions(CountActions):
    """The actions of the keys that ask."""

    def action_ask(self) -> None:
        """Ask the selected service at once."""
        if not self.here.ask_now():
            self.engine.ask_now(self.selected)
        self.say(f"asking {self.selected}")

    def action_ask_all(self) -> None:
        """Ask every service at once."""
        self.engine.ask_all()
        self.say("asking every service")

    def action_slower(self) -> None:
        """Ask everything half as often."""
        self._set_slower(min(SLOWEST, self.engine.rhythm.slower * 2))

    def action_usual(self) -> None:
        """Ask as often as the config says."""
        self._set_slower(1.0)

    def _set_slower(self, factor: float) -> None:
        self.engine.rhythm.slower = factor
        self.engine.poller.reconsider()
        self.board.head.set_badge("slower", f"1/{factor:g} AS OFTEN" if factor > 1 else "")
        self.say(
            f"asking 1/{factor:g} as often; + back to the config's"
            if factor > 1
            else "asking as the config says"
        )
