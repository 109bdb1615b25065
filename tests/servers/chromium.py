"""A headless Chromium, driven by the DevTools protocol over its WebSocket."""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyte

from tests.servers.http_server import HttpServer
from tests.servers.waiting import Deadline, patient
from tests.terminal import UNDRAWN, lines_of

KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "ArrowDown": (40, "")}


class Page:
    """One tab. What its WebSocket brings stands on a screen of pyte too: xterm.js draws on a canvas, which has no text."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.told: list[dict[str, Any]] = []
        """Events, in their order: requests, dialogs, errors of scripts."""
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        for domain in ("Page", "Runtime", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **words: Any) -> dict[str, Any]:
        """Send a command; what it gives."""
        number = next(self._numbers)
        self._socket.send_text(json.dumps({"id": number, "method": method, "params": words}))
        while True:
            message = json.loads(self._socket.receive_text(timeout=patient(30)))
            if message.get("id") == number:
                assert "error" not in message, (method, message["error"])
                return dict(message["result"])
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        self.told.append(message)
        words = message.get("params", {})
        match message.get("method"):
            case "Network.webSocketCreated":
                asked = parse_qs(urlsplit(words["url"]).query)
                self._be(int(asked["width"][0]), int(asked["height"][0]))
            case "Network.webSocketFrameSent" if '["resize"' in words["response"]["payloadData"]:
                wanted = json.loads(words["response"]["payloadData"])[1]
                self._be(wanted["width"], wanted["height"])
            case "Network.webSocketFrameReceived" if words["response"]["opcode"] == 2:
                self._stream.feed(UNDRAWN.sub(b"", base64.b64decode(words["response"]["payloadData"])))

    def _be(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)

    @property
    def text(self) -> str:
        """What stands on the board, one line a row."""
        return lines_of(self.screen)

    def wait_for(self, condition: "str | Callable[[str], object]", within: float = 30.0) -> str:
        """Wait until the text stands on the board (or the condition holds of it); the board's text."""
        deadline = Deadline(within)
        while not deadline.is_over():
            self.run("new Promise((done) => setTimeout(done, 50))")
            if condition in self.text if isinstance(condition, str) else condition(self.text):
                return self.text
        raise AssertionError(f"did not see {condition!r} within {within} s; the board:\n{self.text}")

    def wait_until(self, script: str, within: float = 30.0) -> None:
        """Wait until a script says yes."""
        deadline = Deadline(within)
        while not self.run(script):
            assert not deadline.is_over(), f"not within {within} s: {script}"

    def events(self, method: str) -> list[dict[str, Any]]:
        """What was told by this name."""
        self.run("0")
        return [one["params"] for one in self.told if one.get("method") == method]

    def run(self, script: str) -> Any:
        """The value of a script."""
        got = self.do("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def size(self, width: int, height: int, is_phone: bool = False) -> None:
        """Be so many pixels wide and high."""
        self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=is_phone,
        )

    def go(self, url: str) -> None:
        """Open an address."""
        self.do("Page.navigate", url=url)

    def press(self, *keys: str) -> None:
        """Press keys, one after another: a character, or a name of `KEYS`."""
        for key in keys:
            code, text = KEYS.get(key, (ord(key.upper()) if len(key) == 1 and key.isalnum() else 0, key))
            words = {"key": key, "windowsVirtualKeyCode": code}
            self.do("Input.dispatchKeyEvent", type="keyDown", **words, **({"text": text} if text else {}))
            self.do("Input.dispatchKeyEvent", type="keyUp", **words)

    def picture(self, path: Path) -> Path:
        """Write what is seen as a PNG."""
        path.write_bytes(base64.b64decode(self.do("Page.captureScreenshot", format="png")["data"]))
        return path


class Chromium(HttpServer):
    """A browser without a window; `page` opens a tab."""

    name = "chromium"
    programs = ("chromium",)
    ready_path = "/json/version"

    def command(self) -> list[str]:
        # Root has no sandbox to be in; the pages are our own.
        return [
            str(self.program),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--ignore-certificate-errors",
            "--remote-allow-origins=*",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            f"--remote-debugging-port={self.port}",
            f"--user-data-dir={self.folder}/profile",
            "about:blank",
        ]

    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder), "TMPDIR": str(self.folder)}

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A tab, closed afterwards."""
        made = self.call("/json/new?about:blank", "PUT").json()
        try:
            with ExitStack() as held:
                client = held.enter_context(httpx2.Client(trust_env=False))
                socket = held.enter_context(
                    client.websocket(made["webSocketDebuggerUrl"], max_message_size_bytes=1 << 26)
                )
                yield Page(socket)
        finally:
            self.call(f"/json/close/{made['id']}")
