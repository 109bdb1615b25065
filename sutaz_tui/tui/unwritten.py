"""A board that nobody wrote a config of: what it sends is begun by a key, and it is kept by a word: a part of a tab."""

import asyncio
from pathlib import Path

from msgspec import structs

from sutaz_tui.errors import SutazError
from sutaz_tui.state.folder import short_path
from sutaz_tui.text.units import plural
from sutaz_tui.tui.command_actions import CommandActions
from sutaz_tui.tui.opened import Opened, Unwritten, first_fault
from widgets.prompt import Prompt


class UnwrittenActions(CommandActions):
    """Begins to poll the services of such a board, and writes its config."""

    unwritten: Unwritten | None = None

    @property
    def held(self) -> int:
        """How many services are not asked yet, whose containers alone are shown."""
        return self.unwritten.asked if self.unwritten is not None else 0

    async def action_begin_asking(self) -> None:
        """Ask the services too, where until now Docker alone was read."""
        held = self.unwritten
        if held is None or not held.asked:
            self.say("every service of this board is polled already")
            return
        try:
            config = await asyncio.to_thread(held.whole)
        except SutazError as error:
            self.say(f"still Docker alone: {first_fault(error)}", 15)
            return
        said = f"polling {plural(held.asked, 'service')}; :save-config keeps this board"
        before = self.engine.store
        now = structs.replace(held, asked=0)
        self.app.reopen(
            self, Opened(self.opened_as, held.whole, config, before=before, unwritten=now, said=said)
        )

    def action_save_config(self) -> None:
        """Write the config of this board to a file."""
        if self.unwritten is None:
            path = self.config.path
            self.say(
                f"this board has a config: {short_path(path)}"
                if path is not None
                else "this is the built-in config: sutaz-tui init writes one of what runs here",
                8,
            )
            return
        prompt = Prompt("write the config to", self._save_config, value=str(short_path(self.unwritten.path)))
        self.here.open_prompt(prompt)

    async def _save_config(self, typed: str) -> None:
        from sutaz_tui.setup.keeping import files, keep

        held = self.unwritten
        if not typed or held is None:
            self.say("not written")
            return
        try:
            path = await asyncio.to_thread(_place, typed)
            written = files(path, held.text, held.names)
            await asyncio.to_thread(keep, written)
        except (OSError, RuntimeError, ValueError) as error:
            reason = (error.strerror or "it cannot be") if isinstance(error, OSError) else "no valid path"
            self.say(
                f"not written: {short_path(Path(getattr(error, 'filename', None) or typed))} {reason}", 8
            )
            return
        is_named = path == held.path and path.parent.is_absolute()
        opens = f"sutaz-tui {path.stem}" if is_named else f"sutaz-tui -c {short_path(path)}"
        examples = "".join(f"; secrets that it names: {file.name}" for file in written if file != path)
        self.say(f"wrote {short_path(path)}; {opens} opens it{examples}", 15)


def _place(typed: str) -> Path:
    return Path(typed).expanduser()
