"""The board in a browser: a real Chromium, a real textual-serve, in front of it Debian's nginx."""

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from tests.certificates import certificate, security
from tests.running import ROOT, begun, command
from tests.servers.chromium import Chromium, Page
from tests.servers.nginx import Nginx
from tests.servers.ports import free_port
from tests.servers.waiting import eventually, patient

pytestmark = pytest.mark.xdist_group("web")
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
    "\x1b]0;owned\x07\x1b]2;owned\x1b\\\x1b]52;c;b3duZWQ=\x07\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\"
    "\x9d0;owned\x9c\x1b[2J\x1bc"
)
VIEWERS = 2


class _Shop(BaseHTTPRequestHandler):
    """Answers 200, or at /hostile an error with all that breaks a careless page."""

    def do_GET(self) -> None:
        is_bad = self.path.startswith("/hostile")
        body = HOSTILE.encode("latin-1") if is_bad else b"ok"
        self.send_response(500 if is_bad else 200)
        self.send_header("Content-Type", "text/plain; charset=latin-1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Watched:
    """A small stack with its config, and the server of its board."""

    def __init__(self, folder: Path, shop: str) -> None:
        self.folder = folder
        self.log = folder / "app.log"
        self.write("first line")
        self.config = folder / "shop.yaml"
        self.config.write_text(
            f"""
env: prod
groups: [{{id: web}}]
services:
  - {{id: app, kind: http, group: web, address: "{shop}", logs: {{file: "{self.log}"}}}}
  - {{id: hostile, kind: http, group: web, address: "{shop}/hostile"}}
"""
        )
        self.env = {"XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder / "run")}

    def write(self, words: str) -> None:
        """A line into the log of app, of now."""
        with self.log.open("a") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} INFO app {words}\n")

    @contextmanager
    def served(self, *words: str, port: int = 0) -> "Iterator[Served]":
        """Its board in browsers."""
        port = port or free_port()
        here = ("--listen", f"127.0.0.1:{port}", "--viewers", str(VIEWERS))
        with begun("web", "-c", str(self.config), *here, *words, env=self.env) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            assert "read-only at" in said, said or (process.stderr and process.stderr.read())
            yield Served(process, port, said)


class Served:
    """A server of boards that runs."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, said: str) -> None:
        self.process, self.port, self.said = process, port, said
        self.url = f"http://127.0.0.1:{port}"

    def boards(self) -> list[int]:
        """The processes of its pages that run."""
        of = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in of.read_text().split()] if of.exists() else []

    def no_board_within(self, seconds: float = 10) -> None:
        """Wait until none runs."""
        eventually(lambda: not self.boards(), "every board has ended", seconds)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Watched(tmp_path_factory.mktemp("web"), f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


@pytest.fixture(scope="module")
def served(stack: Watched) -> Iterator[Served]:
    with stack.served() as server:
        yield server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with Chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Chromium, served: Served) -> Iterator[Page]:
    """A page with the board, in a window of a desk."""
    served.no_board_within()
    with opened(chromium, served.url) as one:
        yield one


@contextmanager
def opened(browser: Chromium, url: str, width: int = 1000, height: int = 600, **more: bool) -> Iterator[Page]:
    with browser.page() as page:
        page.size(width, height, **more)
        page.go(url)
        page.wait_for("hostile")
        page.run("document.querySelector('.xterm-helper-textarea').focus()")
        yield page


def test_a_page_shows_the_board_and_asks_no_other_host_for_anything(page: Page, served: Served) -> None:
    page.wait_for(lambda text: "READ-ONLY" in text and "1" in text and "500" in text)
    asked = {event["request"]["url"] for event in page.events("Network.requestWillBeSent")}
    static = f"{served.url}/static"
    assert asked == {
        f"{served.url}/",
        f"{static}/css/xterm.css",
        f"{static}/js/textual.js",
        f"{static}/fonts/RobotoMono-VariableFont_wght.ttf",
    }
    assert page.run("document.title") == "sutaz-tui"
    html = httpx2.get(served.url, trust_env=False).text
    assert "python" not in html and "shop.yaml" not in html
    assert httpx2.get(f"{served.url}/download/{'0' * 32}", trust_env=False).status_code == 404
    assert page.events("Runtime.exceptionThrown") == []


def test_keys_move_open_help_and_lead_back_and_a_log_goes_on(page: Page, stack: Watched) -> None:
    page.wait_for("500")
    page.press("j", "Enter")
    page.wait_for("reproduce")
    page.press("?")
    text = page.wait_for("the keys of the service")
    assert "save the screen" not in text
    page.press("q", "q")
    page.wait_for("READ-ONLY")
    page.press("k", "l")
    page.wait_for("first line")
    stack.write("a line that came now")
    page.wait_for("a line that came now")


def test_a_resized_page_has_a_resized_board_and_a_phone_shows_it_all(
    page: Page, chromium: Chromium, served: Served
) -> None:
    columns = page.screen.columns
    page.size(600, 400)
    page.wait_for(lambda text: page.screen.columns < columns and "READ-ONLY" in text and "? help" in text)
    with opened(chromium, served.url, 390, 844, is_phone=True) as phone:
        text = phone.wait_for("500")
        assert 50 <= phone.screen.columns < 80 and "? help" in text
        # Nothing of it is outside of what is seen.
        assert phone.run("document.documentElement.scrollWidth") == 390
        assert phone.run("document.querySelector('.xterm-screen').getBoundingClientRect().bottom") <= 844 - 48
        for key, seen in (("\\u2193", ">hostile"), ("Enter", "reproduce"), ("back", "READ-ONLY")):
            keys = "[...document.querySelectorAll('#keys button')]"
            phone.run(f"{keys}.find((key) => key.innerText === '{key}').click()")
            phone.wait_for(seen)


def test_what_a_hostile_service_answers_is_text_and_does_nothing(page: Page) -> None:
    page.wait_for("500")
    page.press("j", "Enter")
    page.wait_for("reproduce")
    page.press("o")
    page.wait_for(lambda text: "<script>" in text and "onerror=alert(1)" in text.replace("\n", ""))
    assert page.run("document.title") == "sutaz-tui"
    assert page.run("document.querySelectorAll('img').length") == 0
    assert page.events("Page.javascriptDialogOpening") == []
    assert not [
        e for e in page.told if "owned" in json.dumps(e) and e["method"] != "Network.webSocketFrameReceived"
    ]
    page.press("q")
    page.wait_for("READ-ONLY")


FORBIDDEN = {
    "S": "read-only in the browser",
    "M": "read-only in the browser",
    "Y": "read-only in the browser",
    ":unmask": "read-only in the browser",
    ":reload": "read-only in the browser",
    ":save-config": "read-only in the browser",
    ":note it was me": "read-only in the browser",
    ":bundle": "read-only in the browser",
    "r": "without --allow reads",
    "1": "without --allow reads",
    ":promql up": "without --allow reads",
}


def _typed(page: Page, words: str) -> None:
    page.press(words[0])
    if words[1:]:
        page.wait_for("command, service or group")
        page.press(*words[1:], "Enter")


def test_a_forbidden_key_says_why_and_nothing_of_the_host_has_changed(page: Page, stack: Watched) -> None:
    page.wait_for("500")
    for typed, said in FORBIDDEN.items():
        _typed(page, typed)
        page.wait_for(said)
        # The words go by themselves: the next key must not be taken for well refused by those of the last.
        page.press("k")
        page.press("?")
        page.wait_for("the keys of the board")
        page.press("q")
        page.wait_for(
            lambda text: "READ-ONLY" in text and "read-only in" not in text and "--allow" not in text
        )
    assert not (stack.folder / "state").exists()


def test_checks_that_read_run_where_that_is_allowed_and_their_results_are_not_kept(
    chromium: Chromium, stack: Watched
) -> None:
    with stack.served("--allow", "reads") as server, opened(chromium, server.url) as page:
        page.wait_for("1 http")
        page.press("t")
        page.wait_for("nothing has been sent yet")
        page.press("*")
        page.wait_for(lambda text: "pass" in text.casefold())
        assert not (stack.folder / "state").exists()


def test_one_viewer_too_many_is_told_and_a_closed_page_frees_its_place(
    chromium: Chromium, served: Served
) -> None:
    served.no_board_within()
    with opened(chromium, served.url):
        with opened(chromium, served.url), chromium.page() as third:
            assert len(served.boards()) == VIEWERS
            third.go(served.url)
            third.wait_until("document.body?.classList.contains('-closed')")
            assert "too many viewers: 2 of 2" in third.run("document.getElementById('closed').innerText")
        eventually(lambda: len(served.boards()) == VIEWERS - 1, "the board of the closed page has ended")
        with opened(chromium, served.url):
            assert len(served.boards()) == VIEWERS
    served.no_board_within()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_no_board_outlives_its_server(chromium: Chromium, stack: Watched, by: signal.Signals) -> None:
    with stack.served() as server, opened(chromium, server.url) as page:
        [board] = server.boards()
        server.process.send_signal(by)
        assert server.process.wait(patient(10)) == (0 if by is signal.SIGTERM else -by)
        eventually(lambda: not Path(f"/proc/{board}").exists(), "the board has ended")
        page.wait_until("document.body.classList.contains('-closed')")


def test_a_board_that_died_is_not_shown_as_if_it_lived(page: Page, served: Served) -> None:
    [board] = served.boards()
    os.kill(board, signal.SIGKILL)
    page.wait_until("document.body.classList.contains('-silent')", 40)
    shown = page.run("getComputedStyle(document.getElementById('silent')).display")
    assert shown == "block" and "not how it is now" in page.run("document.body.innerText")


def test_a_page_that_talks_nonsense_or_calls_itself_huge_hurts_nobody(served: Served) -> None:
    with (
        httpx2.Client(trust_env=False) as client,
        client.websocket(f"{served.url}/ws?width=9e9&height=-1") as line,
    ):
        assert line.receive_bytes(timeout=patient(30))
        [board] = served.boards()
        for size in (
            {"width": 10**9, "height": 10**9},
            {"width": "x", "height": None},
            {"width": 0, "height": 0},
            {"width": 100, "height": 30},
        ):
            line.send_json(["resize", size])
        line.send_json(["stdin", "?"])
        heard = bytearray()
        while b"keys of the" not in heard:
            heard += line.receive_bytes(timeout=patient(30))
        most = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{board}/status").read_text())
        assert most is not None and int(most[1]) < 400_000
        line.send_text("{nonsense")
        served.no_board_within()
    assert served.process.poll() is None


def test_a_page_that_types_faster_than_any_person_loses_its_board_and_fills_no_memory(served: Served) -> None:
    with httpx2.Client(trust_env=False) as client, client.websocket(f"{served.url}/ws") as line:
        heard = bytearray()
        while b"READ-ONLY" not in heard:
            heard += line.receive_bytes(timeout=patient(30))
        line.send_json(["stdin", "x" * 1_000_000])
        # The page stays: it is its board that goes.
        served.no_board_within(20)
    assert served.process.poll() is None


def test_a_page_takes_what_a_recorder_sees_and_polls_nothing(chromium: Chromium, stack: Watched) -> None:
    with begun("record", "-c", str(stack.config), env=stack.env) as recorder:
        assert recorder.stdout is not None
        assert next(line for line in iter(recorder.stdout.readline, "") if "boards attach at" in line)
        with stack.served() as server, opened(chromium, server.url) as page:
            page.wait_for("from your recorder")
            [board] = server.boards()
            # Its lines: to the recorder, by a unix socket; none to a service.
            assert _tcp_lines(board) == 0


def _tcp_lines(process: int) -> int:
    names = [str(one.readlink()) for one in Path(f"/proc/{process}/fd").iterdir()]
    tcp = Path(f"/proc/{process}/net/tcp").read_text()
    return sum(name.removeprefix("socket:[").removesuffix("]") in tcp.split() for name in names)


class Front(Nginx):
    """docs/nginx-web.conf, with ports and files of this test."""

    def __init__(self, behind: int) -> None:
        super().__init__()
        self._behind = behind

    def prepare(self) -> None:
        super().prepare()
        pem = certificate(self.folder / "board.pem")
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "sesame"], check=True, capture_output=True, text=True
        ).stdout
        (self.folder / "board.passwd").write_text(f"ann:{hashed}")
        text = (ROOT / "docs" / "nginx-web.conf").read_text("utf-8")
        for ours, here in (
            ("listen 443 ssl", f"listen {self.host}:{self.port} ssl"),
            ("/etc/nginx/board.key", str(pem)),
            ("/etc/nginx/", f"{self.folder}/"),
            ("https://board.example", self.url),
            ("board.example", self.host),
            ("127.0.0.1:8000", f"127.0.0.1:{self._behind}"),
        ):
            assert ours in text, ours
            text = text.replace(ours, here)
        whole = self.folder / "nginx.conf"
        before, _, _ = whole.read_text("utf-8").partition("  server {")
        whole.write_text(f"{before}{text}}}\n", "utf-8")

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"

    def connection(self, port: int, within: float) -> HTTPSConnection:
        return HTTPSConnection(self.host, port, timeout=within, context=security(self.folder / "board.pem"))

    def ask(self, within: float) -> bool:
        return self.call("/", within=within).status == 401


def test_nginx_in_front_wants_a_login_and_our_own_page_and_shows_the_board(
    chromium: Chromium, stack: Watched
) -> None:
    port = free_port()
    with Front(port) as front, stack.served("--url", front.url, port=port):
        login = front.basic("ann", "sesame")
        with httpx2.Client(trust_env=False, verify=security(front.folder / "board.pem")) as client:

            def status(path: str, **headers: str) -> int:
                with client.stream("GET", f"{front.url}{path}", headers=headers) as answer:
                    return answer.status_code

            assert status("/") == 401
            assert status("/", **front.basic("ann", "wrong")) == 401
            assert status("/", **login) == 200
            assert status("/ws", **UPGRADE, Origin=front.url) == 401
            assert status("/ws", **UPGRADE, **login, Origin="https://evil.example") == 403
            assert status("/ws", **UPGRADE, **login) == 403
            assert status("/ws", **UPGRADE, **login, Origin=front.url) == 101
        with opened(chromium, front.url.replace("https://", "https://ann:sesame@")) as page:
            page.wait_for("500")
            page.press("j", "Enter")
            page.wait_for("reproduce")


def test_a_page_of_another_site_gets_no_board(served: Served) -> None:
    with httpx2.Client(trust_env=False) as client:
        for origin, status in (("https://evil.example", 403), ("null", 403), (served.url, 101)):
            with client.stream("GET", f"{served.url}/ws", headers={**UPGRADE, "Origin": origin}) as answer:
                assert answer.status_code == status, origin
        plain = client.get(f"{served.url}/ws")
        assert plain.status_code == 400 and "open / in a browser" in plain.text


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "0.0.0.0:8000"], "it listens on loopback alone"),
        (["--listen", "board.example:8000"], "it listens on loopback alone"),
        (["--listen", "127.0.0.1:99999"], "a port from 1 to 65535"),
        (["--listen", "127.0.0.1:0"], "a port from 1 to 65535"),
        (["--url", "board.example"], "expected http:// or https:// and a host"),
    ],
)
def test_what_would_be_open_to_others_is_refused_in_words(words: list[str], said: str) -> None:
    done = command("web", "--demo", *words)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_a_taken_port_and_a_missing_library_are_told(stack: Watched, served: Served, tmp_path: Path) -> None:
    done = command("web", "-c", str(stack.config), "--listen", f"127.0.0.1:{served.port}", env=stack.env)
    assert done.returncode == 2 and "cannot be listened on: address already in use" in done.stderr, done
    assert done.stdout == "", "it does not say that it is there"
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *more: None if name == 'textual_serve' else find(name, *more)\n"
    )
    done = command("web", "-c", str(stack.config), env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 2 and "pip install 'sutaz-tui[web]'" in done.stderr, done
