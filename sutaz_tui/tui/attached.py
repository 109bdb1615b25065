"""What a board says of the recorder that polls for it: a part of a tab."""

import os

from sutaz_tui.model import Snapshot
from sutaz_tui.sources.recorder.peers import user_name
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.tui.away import AwayActions

SAID_FOR = 10.0


class AttachedActions(AwayActions):
    """Whose recorder it is, what others run, and that it has gone."""

    process = os.getpid()

    @property
    def is_own_history(self) -> bool:
        """Whether our own history is read, since that of the recorder cannot be."""
        return False

    def show(self, snapshot: Snapshot) -> None:
        self._tell_attached()
        super().show(snapshot)

    def told_of_recorder(self, words: str) -> None:
        """Say something of the recorder, or of its absence."""
        if self.is_running:
            self.say(one_line(words, 200), SAID_FOR)

    def _tell_attached(self) -> None:
        link = self.engine.link
        badge = f"{self.engine.lost}'s recorder gone: own polls" if self.engine.lost else ""
        runs = ""
        if link is not None:
            own = user_name()
            badge = "from your recorder" if link.whose == own else f"from {link.whose}'s recorder"
            badge += ", own history" if self.is_own_history else ""
            # Our own are on the strip.
            others = [run for run in link.runs if run.process != self.process]
            runs = ", ".join(f"{run.who} runs {run.scope.replace('*', 'all checks')}" for run in others[:2])
            runs += f" +{len(others) - 2}" if others[2:] else ""
        self.board.head.set_badge("recorder", badge)
        self.board.head.set_badge("runs", runs)
