"""The log in a real terminal, over the simulated stack: opened by a key, followed, left."""

import time
from collections.abc import Iterator

import pytest

from tests.running import Simulated, simulated
from tests.terminal import Terminal


@pytest.fixture(scope="module")
def stack() -> Iterator[Simulated]:
    with simulated("healthy") as running:
        yield running


def title(text: str) -> str:
    """The line above the log."""
    return next((row for row in text.splitlines() if row.startswith("-- log ")), "")


def test_a_key_opens_the_log_and_a_key_leaves_it(stack: Simulated) -> None:
    with Terminal("-c", str(stack.demo.path), env=stack.demo.environ) as terminal:
        terminal.wait_for("All healthy.")
        terminal.press("l")
        terminal.wait_for(lambda text: "FOLLOW" in title(text) and "via docker socket" in title(text))
        terminal.wait_for("Request handled")
        assert " AGENTS 8/8   DATABASES" in terminal.text.splitlines()[2]
        terminal.press("k")
        terminal.wait_for(lambda text: " below" in title(text))
        terminal.press("&")
        terminal.wait_for("only lines with")
        terminal.type("handled")
        terminal.wait_for(lambda text: "& handled" in title(text))
        terminal.press("\x1b")
        terminal.wait_for(lambda text: "& handled" not in title(text))
        terminal.press("q")
        terminal.wait_for(lambda text: not title(text) and "PLATFORM" in text)
        terminal.press("QQ")
        assert terminal.wait_end() == 0


def test_a_log_in_which_nothing_comes_writes_nothing(stack: Simulated) -> None:
    with Terminal("-c", str(stack.demo.path), env=stack.demo.environ) as terminal:
        terminal.wait_for("All healthy.")
        terminal.type(":logs grafana")
        terminal.press("\r")
        terminal.wait_for(lambda text: "-- log grafana" in text and "FOLLOW" in title(text))
        terminal.press("z")
        terminal.wait_for(lambda text: title(text) == text.splitlines()[2])
        terminal.pump(2)
        before, began = terminal.received, time.monotonic()
        terminal.pump(5)
        # What the head tells costs a few bytes; a log that repaints itself would be kilobytes.
        assert terminal.received - before < 200 * (time.monotonic() - began)


def test_a_paste_into_the_log_is_never_keys(stack: Simulated) -> None:
    with Terminal("-c", str(stack.demo.path), env=stack.demo.environ) as terminal:
        terminal.wait_for("All healthy.")
        terminal.press("l")
        terminal.wait_for(lambda text: "FOLLOW" in title(text))
        terminal.press("\x1b[200~qqkkL5\x1b[201~")
        terminal.wait_for("a paste of 6 characters was ignored")
        assert "FOLLOW" in title(terminal.text)
