"""A tab that does less than others: of what is the app's, only what it allows by name."""

from typing import ClassVar

from sutaz_tui.tui.commands import understand
from sutaz_tui.tui.keymap import COMMANDS
from sutaz_tui.tui.tab import Tab


def of_app(*names: str) -> frozenset[str]:
    """The calls of these actions of the app."""
    return frozenset(f"app.{name}" for name in names)


CHECKS = "app.check_digit"


class LimitedTab(Tab):
    """Refuses, in words, what would ask, run or write.

    `allowed` are calls of the app and, with a colon before them, what `:` understands; what a screen does by itself only
    looks, but for what stands in `never`.
    """

    allowed: ClassVar[frozenset[str]]
    never: ClassVar[frozenset[str]] = frozenset()

    def why_not(self, name: str) -> str:
        """Why a call (without arguments) is refused, "" where it is not."""
        is_free = name in self.allowed or not name.startswith(("app.", ":"))
        return super().why_not(name) if is_free and name not in self.never else self.words_of(name)

    def words_of(self, name: str) -> str:
        """What is said of a call that is refused."""
        raise NotImplementedError

    def recall(self) -> None:
        """Begin as others do, without the promise that a digit runs checks where none does."""
        self.board.can_run = not self.why_not(CHECKS)
        super().recall()

    def offer_category(self, category: str) -> None:
        """Offer the checks of a category, where they may run."""
        if words := self.why_not(CHECKS):
            self.say(words)
        else:
            super().offer_category(category)

    async def action_run_command(self, typed: str) -> None:
        """Do what a typed line says, where that is allowed."""
        order = understand(typed, self.engine.services, self.themes, self.app.titles)
        name = COMMANDS[order.object].action.name if order.verb == "run" else f":{order.verb}"
        if words := self.why_not(name):
            self.say(words)
        else:
            await super().action_run_command(typed)
