"""What digits do: a count for the key behind them, or on the board the offer to run a category's read-only checks.

The first digit offers. Enter runs it, any other digit or a movement makes it a count. Where env is test or demo it runs by
itself as soon as the next key cannot be a count's: `10j` moves there too.
"""

from textual import events
from textual.timer import Timer

from sutaz_tui.model import TRIAL_ENVS
from sutaz_tui.tui.keymap import BOARD, action_of
from sutaz_tui.tui.keys import COUNT_KEYS, shown
from sutaz_tui.tui.one_tab import REFUSED
from sutaz_tui.tui.screens.board.keys import DIGITS
from sutaz_tui.tui.unwritten import UnwrittenActions

# Further digits are not taken: a count is for going, and no list here is longer.
MOST_DIGITS = 6
COUNTS_WITHIN = 0.6
"""Seconds in which a further digit or a movement may follow where a digit runs by itself."""


class CountActions(UnwrittenActions):
    """Takes digits before the bindings do.

    What was typed or offered stands at the foot until the next key, which uses it or drops it.
    """

    _digits = ""
    _offered = ""
    _running_soon: Timer | None = None

    async def take_key(self, event: events.Key) -> None:
        """A key came by."""
        # The bindings are looked for in the same step: what a key of before opened has the focus by now.
        if await self._take(event):
            event.prevent_default()
        elif (focus := self.focus_name) and not action_of(focus, event.aliases, self.keymap_checked):
            self.here.hint(f"no key {_written(event)} here; ? lists the keys")

    async def _take(self, event: events.Key) -> bool:
        """Use or drop what was typed before; whether the key ends here."""
        focus = self.focus_name
        if focus and event.key in COUNT_KEYS:
            self._add(focus, event.key)
            return True
        digits, offered = self._digits, self._offered
        if not self.drop_count():
            return False
        action = action_of(focus, event.aliases, self.keymap_checked)
        if offered and event.key == "enter":
            self.run_category(offered)
        elif action is not None and action.id in ("back", "out"):
            self.say("cancelled: nothing was sent" if offered else "cancelled")
        elif action is not None and digits and (call := action.with_count(max(1, int(digits)))):
            await self.run_action(call, self.here.key_owner)
        else:
            if offered and self._is_free and (action is None or action.id != "cancel"):
                self.run_category(offered)
            return False
        return True

    def _add(self, focus: str, digit: str) -> None:
        digits = (self._digits + digit)[:MOST_DIGITS]
        self.drop_count()
        self._digits = digits
        if focus == BOARD and digits == digit:
            self.offer_category(self.checks.of_digit(digit) or DIGITS[digit])
            if self._offered and self._is_free:
                self._running_soon = self.set_timer(COUNTS_WITHIN, self._run_offered)
        else:
            self._hold(digits)

    def _run_offered(self) -> None:
        offered = self._offered
        if self.drop_count() and offered:
            self.run_category(offered)

    @property
    def _is_free(self) -> bool:
        return self.stack is not None or self.config.env in TRIAL_ENVS

    def drop_count(self) -> bool:
        """Forget what was typed or offered; False when there was nothing."""
        was_there = bool(self._digits or self._offered)
        self._digits = self._offered = ""
        if self._running_soon is not None:
            self._running_soon.stop()
            self._running_soon = None
        if was_there:
            self._hold()
        return was_there

    def action_check_digit(self, digit: str) -> None:
        """Run the read-only checks of the category that has a digit, as `action_check` does."""
        self.action_check(self.checks.of_digit(digit) or DIGITS[digit])

    def action_check(self, category: str) -> None:
        """Run the read-only checks of a category; outside test and demo, show first what they would send."""
        if self._is_free:
            self.run_category(category)
        else:
            self.offer_category(category)

    def offer_category(self, category: str) -> None:
        """Show what the read-only checks of a category would send, and let Enter run them; not in the past."""
        if self.past is not None:
            self._hold(REFUSED)
            return
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
        for foot in self.feet:
            foot.hold(*forms)


def _written(event: events.Key) -> str:
    is_seen = event.character is not None and event.character.isprintable() and event.character != " "
    return str(event.character) if is_seen else shown(event.key)
