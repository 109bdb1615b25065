"""What was done to other monitors that answer over HTTP, and what happens when it is done to `serve`.

The numbers are those of Glances' advisories of 2026. Each of these is sent to the program as it is started.
"""

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaz_tui.config.files import state_folder
from sutaz_tui.sources.serving import guard, server
from sutaz_tui.state.history.file import name_of
from tests.bundles import CONFIG, HIDDEN_OF_FORMS, SECRETS, fill, planted, written
from tests.servers.waiting import patient
from tests.serving import PAGES, Reply, Serving, serving

HOSTILE = "\x1b]0;owned\x07 \u202e<script>alert(1)</script> {{7*7}} $(touch owned) `touch owned`"
MARK = "reflected-Zx81"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="module")
def env(folder: Path) -> dict[str, str]:
    return {
        **SECRETS, "XDG_STATE_HOME": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder / "run"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def history(folder: Path) -> Path:
    return folder / "state" / "sutaz-tui" / name_of(folder / "shop.yaml")


@pytest.fixture(scope="module")
def attacked(folder: Path, env: dict[str, str], history: Path) -> Iterator[Serving]:
    """One whose services say its secrets, and hostile text, now and in its history."""
    said = []
    for number, text in enumerate([*planted(), HOSTILE]):
        (folder / f"said-{number}").write_text(text)
        argv = json.dumps(["sh", "-c", f"cat {folder}/said-{number}; exit 2"])
        said.append(f"  - {{id: said-{number}, kind: command, argv: {argv}, group: x, interval: 3600}}\n")
    config = folder / "shop.yaml"
    config.write_text(CONFIG + "".join(said))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", env["XDG_STATE_HOME"])
        assert state_folder() / name_of(config) == history
        fill(config, [*planted(), HOSTILE])
    with serving("-c", str(config), env=env) as started:
        started.until(" DOWN, ")
        yield started


@pytest.fixture(scope="module")
def lingering(attacked: Serving) -> Iterator[list[socket.socket]]:
    """Connections that began a request early on and never end it."""
    lines = [attacked.connected() for _ in range(3)]
    for line, beginning in zip(lines, (b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: "), strict=True):
        line.sendall(beginning)
    yield lines
    for line in lines:
        line.close()


@pytest.fixture(autouse=True)
def _begun(attacked: Serving, lingering: list[socket.socket]) -> None:
    """The slow ones begin before all others; each test is a client of its own, that may ask so often."""
    attacked.client = f"127.0.0.{int(attacked.client.rpartition('.')[2]) + 1}"


def is_refused(reply: Reply, code: int) -> bool:
    """Whether it says no, in one line that tells nothing of the stack."""
    return reply.code == code and len(reply.text) < 200 and "said-0" not in reply.raw


@pytest.mark.parametrize("path", [*PAGES, "/", "/nowhere"])
def test_without_the_token_nobody_is_told_anything_cve_2026_32596(attacked: Serving, path: str) -> None:
    wrong: list[dict[str, str]] = [
        {},
        {"Authorization": attacked.token},
        {"Authorization": f"Basic {attacked.token}"},
        {"Authorization": f"Bearer {attacked.token[:-1]}"},
        {"Authorization": f"Bearer {attacked.token}x"},
        {"Authorization": "Bearer "},
        {"Cookie": f"token={attacked.token}"},
    ]
    for headers in wrong:
        assert is_refused(attacked.ask(path, headers), 401), headers
    assert is_refused(attacked.ask(f"{path}?token={attacked.token}", {}), 401)
    host = f"Host: 127.0.0.1\r\nAuthorization: Bearer {attacked.token}\r\n".encode()
    twice = attacked.sent(b"GET %b HTTP/1.1\r\n%bAuthorization: Bearer x\r\n\r\n" % (path.encode(), host))
    assert twice.startswith(b"HTTP/1.1 401 ")
    assert attacked.ask(path).code in (200, 503, 404)


def test_it_listens_on_loopback_alone_cve_2026_32596(attacked: Serving) -> None:
    rows = [line.split() for name in ("tcp", "tcp6") for line in _net(attacked.pid, name)]
    ours = [row[1] for row in rows if row[1].endswith(f":{attacked.port:04X}") and row[3] == "0A"]
    assert ours == [f"0100007F:{attacked.port:04X}"]


def _net(pid: int, name: str) -> list[str]:
    return Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "*"])
def test_no_page_of_another_origin_may_read_it_cve_2026_32610_33533_34839_46608_68517(
    attacked: Serving, origin: str
) -> None:
    asks = {
        **attacked.right, "Origin": origin, "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }  # fmt: skip
    for path in PAGES:
        reply = attacked.ask(path, asks)
        assert reply.code in (200, 503) and not [n for n in reply.headers if n.startswith("access-control")]
    preflight = attacked.ask("/metrics", asks, "OPTIONS")
    assert is_refused(preflight, 405)
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:9849", "127.0.0.1@evil.example",
        "127.0.0.1:80:80", "127.0.0.1 evil.example", "127.0.0.2", "0.0.0.0", "[::2]", "2130706433", "*", "",
    ],
)  # fmt: skip
def test_by_a_name_that_is_not_ours_nobody_is_answered_cve_2026_32632_46611(
    attacked: Serving, host: str
) -> None:
    assert is_refused(attacked.ask("/status.json", {**attacked.right, "Host": host}), 421)


def test_by_a_name_of_ours_it_answers_whoever_says_otherwise(attacked: Serving) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    for ours in ("127.0.0.1", "localhost:1", "LOCALHOST", "[::1]:9849"):
        assert attacked.ask("/status.json", {**attacked.right, **forwarded, "Host": ours}).code == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /status.json HTTP/1.0\r\n",
        b"GET /status.json HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n",
        b"GET http://evil.example/status.json HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /status.json HTTP/1.1\r\n",
    ],
)
def test_by_no_name_or_two_nobody_is_answered_cve_2026_32632(attacked: Serving, head: bytes) -> None:
    came = attacked.sent(b"%bAuthorization: Bearer %b\r\n\r\n" % (head, attacked.token.encode()))
    assert came.split(b" ", 2)[1] in (b"400", b"404", b"421") and b"services" not in came


@pytest.mark.parametrize(
    "path",
    [
        "/", "/docs", "/redoc", "/openapi.json", "/config", "/args", "/api/4/config", "/api/4/args", "/api/4/serverslist",
        "/api/4/all", "/RPC2", "/static/", "/status/", "/metrics/", "/status.json/../metrics", "/%73tatus", "/status;x",
        "//status", "/..%2f..%2fetc/passwd", "/../../../../etc/passwd", "/serve.token", "/debug/pprof", "/.git/config",
        "/status%00", "/STATUS", "*",
    ],
)  # fmt: skip
def test_there_is_no_page_of_config_arguments_files_or_documents_cve_2026_30928_32609_32633(
    attacked: Serving, path: str
) -> None:
    assert is_refused(attacked.ask(path), 404)


def test_no_secret_is_in_any_answer_however_it_was_said_cve_2026_32609_68520(attacked: Serving) -> None:
    asked = [
        *PAGES,
        "/history.json?since=2h",
        "/history.json?since=7d",
        "/",
        "/nowhere",
        "/history.json?since=x",
    ]
    for path in asked:
        for method in ("GET", "HEAD", "POST"):
            raw = attacked.ask(path, method=method).raw
            for secret in (*SECRETS.values(), attacked.token):
                assert not [form for form in written(secret) if form in raw], (path, method, secret)
            assert not [form for form in HIDDEN_OF_FORMS if form in raw], path
    for path in ("/status.json", "/history.json", "/history.json?since=7d"):
        assert attacked.ask(path).text.count("login failed for ***") > len(SECRETS)
    assert 'sutaz_tui_service_status{service="db"}' in attacked.ask("/metrics").text


def test_what_a_service_says_is_data_in_every_answer_ghsa_mcm7_fmh3_v6v3(attacked: Serving) -> None:
    told = attacked.ask("/status.json")
    assert "<script>" in told.text and told.headers["content-type"] == "application/json; charset=utf-8"
    for path in PAGES:
        reply = attacked.ask(path)
        assert not [c for c in reply.text if (ord(c) < 32 and c != "\n") or c in "\x7f\x9b\u202e"], path
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-security-policy"].startswith("default-src 'none'")
        assert reply.headers["cache-control"] == "no-store"
    metrics = attacked.ask("/metrics").text
    assert "<script" not in metrics and "login failed" not in metrics


@pytest.mark.parametrize(
    "text", ["$(touch {})", "`touch {}`", ";touch {}", "|touch {}", "{{{{x}}}};touch {}", ">{}"]
)
def test_nothing_that_is_sent_runs_a_program_or_writes_cve_2026_32608_33641_46606_53925_62982_68518_68519(
    attacked: Serving, folder: Path, text: str
) -> None:
    words = text.format(folder / "owned").replace(" ", "${IFS}")
    before = sorted(path.name for path in folder.iterdir())
    for path in (f"/{words}", f"/metrics?{words}", f"/history.json?since={words}"):
        assert is_refused(attacked.ask(path), 404 if path.startswith(f"/{words}") else 400)
    for name in ("User-Agent", "Referer", "X-Forwarded-For", "Authorization", "Host"):
        attacked.ask("/status", {**attacked.right, name: words})
    assert sorted(path.name for path in folder.iterdir()) == before
    assert "owned" not in os.listdir()  # noqa: PTH208


def test_nobody_is_sent_to_another_server_cve_2026_32634_35587(attacked: Serving) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}/x"
        for path in (f"/metrics?url={url}", f"/history.json?since={url}", f"/{url}"):
            assert attacked.ask(path).code in (400, 404)
        came = attacked.sent(
            f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {attacked.token}\r\n\r\n".encode()
        )
        assert came.startswith(b"HTTP/1.1 404 ")
        tunnel = attacked.sent(f"CONNECT {url[7:-2]} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        assert tunnel.startswith(b"HTTP/1.1 405 ")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


@pytest.mark.parametrize(
    "typed",
    [
        "1h'%20OR%201=1--",
        "1h;DROP%20TABLE%20spans",
        "1h'%20UNION%20SELECT%201--",
        "%00",
        "9999d",
        "8d",
        "-1h",
        "9999-12-31T23:59-14:00",
    ],
)
def test_a_time_is_a_time_and_no_query_cve_2026_30930_32611_35588(
    attacked: Serving, history: Path, typed: str
) -> None:
    for query in (f"since={typed}", f"since=1h&until={typed}"):
        assert is_refused(attacked.ask(f"/history.json?{query}"), 400)
    with sqlite3.connect(f"file:{history}?mode=ro", uri=True) as database:
        assert database.execute("SELECT count(*) FROM spans").fetchone()[0] > 9
    assert len(json.loads(attacked.ask("/history.json?since=2h").text)["changes"]) > 2


@pytest.mark.parametrize("query", ["x=1", "since=1h&since=2h", "since", "since=1h&until=0h&x=1", "&" * 900])
def test_a_parameter_that_nobody_knows_is_refused(attacked: Serving, query: str) -> None:
    assert is_refused(attacked.ask(f"/history.json?{query}"), 400)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"])
def test_it_takes_no_call_and_no_body_cve_2026_33533(attacked: Serving, method: str) -> None:
    call = b"<?xml version='1.0'?><methodCall><methodName>getAll</methodName></methodCall>"
    reply = attacked.ask("/RPC2", {**attacked.right, "Content-Type": "text/plain"}, method, call)
    assert is_refused(reply, 405) and "xml" not in reply.raw
    assert is_refused(attacked.ask("/status", body=call), 413)
    head = f"GET /status HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {attacked.token}\r\n"
    for length in ("Content-Length: 99999999999", "Transfer-Encoding: chunked"):
        assert attacked.sent(f"{head}{length}\r\n\r\n".encode()).startswith(b"HTTP/1.1 413 ")


def test_of_two_requests_in_one_the_second_is_not_read(attacked: Serving) -> None:
    head = f"GET /healthz HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {attacked.token}\r\n"
    for smuggled in (
        head + "\r\n",
        f"{head}Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ):
        assert attacked.sent((smuggled + head + "\r\n").encode()).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n\r\n", b"GET /\r\n\r\n", b"\x00" * 400,
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n X: folded\r\nA\x00: b\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)  # fmt: skip
def test_garbage_is_refused_in_words(attacked: Serving, data: bytes) -> None:
    with attacked.connected() as line:
        line.sendall(data)
        line.shutdown(socket.SHUT_WR)
        came = b"".join(iter(lambda: line.recv(65536), b""))
    assert came.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 421 ", b"HTTP/1.1 505 ")) or came == b""
    assert attacked.ask("/healthz").code == 200


def test_nothing_of_a_request_stands_in_an_answer(attacked: Serving) -> None:
    headers = {
        **attacked.right,
        "Origin": MARK,
        "X-Request-Id": MARK,
        "Referer": MARK,
        "Cookie": MARK,
        "User-Agent": MARK,
    }
    for path in (
        f"/{MARK}",
        f"/history.json?{MARK}=1",
        f"/history.json?since={MARK}",
        f"/status?{MARK}",
        "/status",
    ):
        assert MARK not in attacked.ask(path, headers).raw
    for more in ({"Host": f"{MARK}.example"}, {"Authorization": MARK}):
        assert MARK not in attacked.ask("/status", {**headers, **more}).raw
    assert MARK not in attacked.ask("/status", headers, MARK.upper()).raw.lower()
    assert MARK.encode() not in attacked.sent(f"{MARK} / {MARK}\r\n{MARK}\r\n\r\n".encode())


def test_a_head_without_end_is_cut_off(attacked: Serving) -> None:
    head = b"GET /status HTTP/1.1\r\nHost: localhost\r\n"
    with attacked.connected() as line:
        line.sendall(head + b"X: " + b"x" * 8192)
        assert line.recv(65536).startswith(b"HTTP/1.1 431 ")


def test_many_silent_connections_keep_nobody_out(attacked: Serving) -> None:
    lines = [attacked.connected() for _ in range(server.MOST + 20)]
    try:
        for line in lines:
            line.sendall(b"GET /status HTTP/1.1\r\nHost: loc")
        assert attacked.ask("/healthz").code == 200
        # The oldest had to go for it: besides what it holds for itself there is room for so many.
        assert len(os.listdir(f"/proc/{attacked.pid}/fd")) < server.MOST + 30  # noqa: PTH208
        assert lines[0].recv(1) == b""
    finally:
        for line in lines:
            line.close()


def test_who_asks_too_often_waits_and_keeps_nobody_else_out(attacked: Serving) -> None:
    for _ in range(2 * guard.OF_ALL):
        reply = attacked.ask("/status", {})
        if reply.code == 429:
            break
    assert is_refused(reply, 429) and reply.headers["retry-after"] == "10"
    assert attacked.ask("/healthz").code == 200
    for _ in range(2 * guard.OF_ALL):
        reply = attacked.ask("/healthz")
        if reply.code == 429:
            break
    assert is_refused(reply, 429)


def test_a_request_that_never_ends_is_hung_up_on(lingering: list[socket.socket]) -> None:
    for line in lingering:
        line.settimeout(patient(60))
        assert line.recv(65536) == b""
