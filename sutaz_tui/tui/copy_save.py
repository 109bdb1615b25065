"""What is taken away from the screen: copied, printed, saved. A part of a tab."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sutaz_tui.config.files import NoHome
from sutaz_tui.state.folder import short_path
from sutaz_tui.tui.one_tab import OneTab


class TakeActions(OneTab):
    """Takes away what the screen that is open tells of itself."""

    def action_save(self) -> None:
        """Write what is shown into the state folder, and say where."""
        self.keep(self._save())

    async def _save(self) -> None:
        pieces = [self._at_moment("\n")]
        for piece in self.here.pieces():
            pieces.append(piece)
            # A full log takes a third of a second: keys and lines go on meanwhile.
            await asyncio.sleep(0)
        try:
            self.kept.save_view("".join(pieces), self.writer, self._saved)
        except NoHome as error:
            self.say(f"could not save: {error.strerror}", 8)

    def _saved(self, path: Path) -> None:
        self.say(f"saved to {short_path(path)}", 8)

    async def action_copy(self) -> None:
        """Copy the line of what is selected."""
        await self.copy_text(self._line())

    async def copy_text(self, line: str) -> None:
        """Copy a text, and say what came of it."""
        from sutaz_tui.tui.terminal.clipboard import copy

        copied = await copy(line, os.environ)
        if copied.sequence is not None:
            self.send(copied.sequence)
        self.say(f"{copied.words}: {line}", 8)

    def action_print(self) -> None:
        """Leave the screen and print the line plainly."""
        line = self._line()
        self.keep(self._hand_over(lambda: print(f"\n{line}", flush=True)))

    async def _hand_over(self, work: Callable[[], object]) -> None:
        """Hand the terminal to what writes and reads there itself, until Enter; in a thread, so that all else goes on."""

        def in_turn() -> None:
            work()
            print("\npress Enter to go back", flush=True)
            sys.stdin.readline()

        with self.lend():
            await asyncio.to_thread(in_turn)

    def write_bundle(self, since: str) -> None:
        """Leave the screen for the command that lists what goes into a bundle since then ("": 2 h), asks, and writes it."""
        if self.stack is not None:
            self.say("the demo has no history to hand on")
            return
        named = [] if self.config.path is None else ["-c", str(self.config.path)]
        named += [f"--since={since}"] if since else []
        # -P: nothing of the folder that we are in is taken for a module of ours.
        argv = [sys.executable, "-P", "-m", "sutaz_tui", "bundle", *named]
        self.keep(self._hand_over(lambda: subprocess.run(argv, check=False)))  # noqa: S603

    def _line(self) -> str:
        return self.config.secrets.mask(self._at_moment(self.here.copied_line))

    def _at_moment(self, text: str) -> str:
        """What is taken away of a past moment says of which."""
        here = self.here
        # A line of a log has a time of its own.
        if self.past is None or not here.is_of_moment or here.key_owner is not here or not text:
            return text
        return f"at {self.past.at.astimezone():%Y-%m-%d %H:%M:%S %Z}: {text}"
