"""What digits do: a count for the key behind them, or on the board the offer to run a category's read-only checks."""

from collections.abc import Mapping

from textual import events
from textual.widgets import Input

from sutaz_tui.model import TRIAL_ENVS
from sutaz_tui.tui.bindings import placed
from sutaz_tui.tui.keys import BOARD, CHECKS, COUNT_KEYS, DIGITS, LOG, SERVICE, action_of
from sutaz_tui.tui.screens.log.actions import LogActions
from sutaz_tui.tui.screens.service import ServiceScreen
from widgets.foot import Foot

# Further digits are not taken: a count is for going, and no list here is longer.
MOST_DIGITS = 6


class CountActions(LogActions):
    """Takes digits before the bindings do; the app gives the rest.

    What was typed or offered stands at the foot until the next key, which uses it or drops it.
    """

    keymap_checked: Mapping[str, str]
    _digits = ""
    _offered = ""

    @property
    def focus(self) -> str:
        """The focus that keys have, as the key table names it; "" while something stands above that takes them."""
        if self.is_typing:
            return ""
        if self.is_in_log:
            return LOG
        if self.checks_screen is not None:
            return CHECKS
        if isinstance(self.screen, ServiceScreen):
            return SERVICE
        return BOARD if self.screen is self.board else ""

    @property
    def is_typing(self) -> bool:
        """Whether keys go into a field."""
        return isinstance(self.focused, Input)

    async def on_key(self, event: events.Key) -> None:
        # The bindings are looked for in the same step: what a key of before opened has the focus by now.
        if await self._take(event):
            event.prevent_default()

    async def _take(self, event: events.Key) -> bool:
        """Use or drop what was typed before; whether the key ends here."""
        focus = self.focus
        if focus and event.key in COUNT_KEYS and not (focus == BOARD and self._is_free):
            self._add(focus, event.key)
            return True
        digits, offered = self._digits, self._offered
        if not self.drop_count():
            return False
        action = action_of(focus, event.aliases, self.keymap_checked)
        if offered and event.key == "enter":
            self.run_category(offered)
        elif action is not None and action.id == "back":
            self.say("cancelled: nothing was sent" if offered else "cancelled")
        elif action is not None and digits and (call := action.with_count(max(1, int(digits)))):
            await self.run_action(placed(focus, call), self.log_panel if focus == LOG else self.screen)
        else:
            return False
        return True

    def _add(self, focus: str, digit: str) -> None:
        digits = (self._digits + digit)[:MOST_DIGITS]
        self.drop_count()
        self._digits = digits
        if focus == BOARD and digits == digit:
            self.offer_category(DIGITS[digit])
        else:
            self._hold(digits)

    @property
    def _is_free(self) -> bool:
        return self.stack is not None or self.config.env in TRIAL_ENVS

    def drop_count(self) -> bool:
        """Forget what was typed or offered; False when there was nothing."""
        was_there = bool(self._digits or self._offered)
        self._digits = self._offered = ""
        if was_there:
            self._hold()
        return was_there

    def action_check(self, category: str) -> None:
        """Run the read-only checks of a category; outside test and demo, show first what they would send."""
        if self._is_free:
            self.run_category(category)
        else:
            self.offer_category(category)

    def offer_category(self, category: str) -> None:
        """Show what the read-only checks of a category would send, and let Enter run them."""
        offer = self.checks.offer(category)
        if offer.checks:
            self._offered = category
            words = offer.words
            self._hold(
                f"{words}; Enter runs, Esc cancels", f"{words}; Enter runs", f"{offer.short}; Enter runs"
            )
        else:
            self._hold(offer.words)

    def _hold(self, *forms: str) -> None:
        for foot in self.screen.query(Foot):
            foot.hold(*forms)
