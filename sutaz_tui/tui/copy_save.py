"""What is taken away from the screen: copied, printed, saved. A part of the app."""

import os
import sys
from collections.abc import Callable

from textual.app import App

from sutaz_tui.config.files import state_folder_if_any
from sutaz_tui.state.folder import StateFolder, short_path


class TakeActions(App[int]):
    """Takes texts away; what is selected and shown the app says by `_line` and `_shown`."""

    kept: StateFolder
    say: Callable[..., None]
    send: Callable[[str], None]

    def _line(self) -> str:
        """The masked line of what is selected."""
        raise NotImplementedError

    def _shown(self) -> str:
        """What is shown, as plain lines."""
        raise NotImplementedError

    def action_save(self) -> None:
        """Write what is shown into the state folder."""
        self.save_text(self._shown())

    def save_text(self, text: str) -> None:
        """Write a text into the state folder, and say where."""
        try:
            path = self.kept.save_view(text)
        except OSError as error:
            where = f" into {folder}" if (folder := state_folder_if_any()) is not None else ""
            self.say(f"could not save{where}: {error.strerror}", 8)
        else:
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
        self.print_text(self._line())

    def print_text(self, line: str) -> None:
        """Leave the screen and print a text plainly."""
        with self.suspend():
            print(f"\n{line}\n\npress Enter to go back", flush=True)
            sys.stdin.readline()
