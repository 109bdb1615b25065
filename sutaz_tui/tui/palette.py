"""The commands of `:` as Textual's palette shows them."""

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon

from sutaz_tui.tui.keymap import COMMANDS, keys_of
from sutaz_tui.tui.keys import shown


class Palette(CommandPalette):
    """Textual's palette, with a sign that takes one cell in every terminal."""

    def on_mount(self) -> None:
        for icon in self.query(SearchIcon):
            icon.icon = ":"


class Commands(Provider):
    """Every command with its keys; choosing one does what `:` with its word does."""

    async def discover(self) -> Hits:
        for word, words in self._all():
            yield DiscoveryHit(words, self._runner(word), text=words)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for word, words in self._all():
            if (score := matcher.match(words)) > 0:
                yield Hit(score, matcher.highlight(words), self._runner(word), text=words)

    def _all(self) -> list[tuple[str, str]]:
        return [
            (
                word,
                f"{word}: {command.action.words}  ({', '.join(map(shown, keys_of(command.action, {}))) or f':{word}'})",
            )
            for word, command in COMMANDS.items()
            if word != "q"
        ]

    def _runner(self, word: str) -> "_Run":
        return _Run(self, word)


class _Run:
    """Runs a command of the app by its word."""

    def __init__(self, provider: Provider, word: str) -> None:
        self._provider = provider
        self._word = word

    async def __call__(self) -> None:
        await self._provider.app.run_action(f"app.run_command('{self._word}')")
