"""Measured process: the minimal Textual app that shows each key it hears, for the time from a key to its paint."""

from textual import events
from textual.widgets import Static

from tests.bench.minimal_app import MinimalApp


class EchoApp(MinimalApp):
    """Shows how many keys it heard."""

    _heard = 0

    def on_key(self, event: events.Key) -> None:
        self._heard += 1
        self.query_one(Static).update(f"{event.key} > {self._heard}")


if __name__ == "__main__":
    EchoApp().run()
