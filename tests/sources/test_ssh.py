"""`ssh://` of a Docker: through a stand-in for the system's ssh that forwards sockets as ssh -L does."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from sutaz_tui.config import Config, load
from sutaz_tui.config.brought import digest
from sutaz_tui.config.effects import effects
from sutaz_tui.config.load import trace
from sutaz_tui.errors import ConfigError
from sutaz_tui.model import Reading, Status
from sutaz_tui.probes.base import Probe
from tests.loopback import probing, reading, until

SSH = """#!{python}
import os, socket, sys, threading, time
argv = sys.argv[1:]
open({folder!r} + "/called", "w").write("\\n".join([str(os.getpid()), *argv]))
assert not sys.stdin.isatty() and sys.stdin.read() == ""
said = open({folder!r} + "/said").read()
if said:
    sys.exit(sys.stderr.write(said) and 255)
if os.path.exists({folder!r} + "/hangs"):
    time.sleep(600)
local, remote = argv[argv.index("-L") + 1].split(":")
server = socket.socket(socket.AF_UNIX)
server.bind(local)
server.listen()
def copy(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError:
        pass
while True:
    near, _ = server.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect({folder!r} + remote)
    for pair in ((near, far), (far, near)):
        threading.Thread(target=copy, args=pair, daemon=True).start()
"""


class Ssh:
    """The stand-in: `said` is what it prints before it ends with 255, "" to forward."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.says("")

    def says(self, text: str) -> None:
        (self.folder / "said").write_text(text)

    @property
    def called(self) -> list[str]:
        return (self.folder / "called").read_text().splitlines()

    def runs(self) -> bool:
        try:
            os.kill(int(self.called[0]), 0)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ssh:
    import sys

    program = tmp_path / "ssh"
    program.write_text(SSH.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return Ssh(tmp_path)


def config_of(folder: Path, url: str, more: str = "") -> Config:
    path = folder / "shop.yaml"
    path.write_text(
        f"sources: {{d: {{url: '{url}'{more}}}}}\nservices: [{{id: docker, kind: docker, source: d, timeout: 4}}]\n"
    )
    return load(None, path, {})


async def docker(folder: Path) -> asyncio.Server:
    """A Docker without containers, behind the socket that ssh forwards to."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(
                    b"HTTP/1.1 200 OK\r\nServer: Docker/27.3.1 (linux)\r\nContent-Length: 2\r\n\r\n[]"
                )
        writer.close()

    (folder / "run").mkdir()
    return await asyncio.start_unix_server(answer, folder / "run" / "d.sock")


async def read(config: Config) -> Reading:
    async with probing(config) as probe:
        return await reading(probe)


async def test_a_docker_of_another_host_is_asked_through_ssh(ssh: Ssh) -> None:
    server = await docker(ssh.folder)
    async with probing(config_of(ssh.folder, "ssh://ops@shop-host:2222/run/d.sock")) as probe:
        for _ in range(2):
            found = await reading(probe)
            assert (found.status, found.summary) == (Status.UP, "Docker 27.3.1: 0 of 0 running"), found.error
        pid, *argv = ssh.called
        assert argv[-2:] == ["--", "shop-host"] and "BatchMode=yes" in argv
        assert argv[argv.index("-l") + 1] == "ops" and argv[argv.index("-p") + 1] == "2222"
        assert any(word.startswith("ConnectTimeout=") for word in argv)
        forwarded = Path(argv[argv.index("-L") + 1].partition(":")[0])
        assert forwarded.parent.stat().st_mode & 0o777 == 0o700
        os.kill(int(pid), 9)
        await until(lambda: not ssh.runs())
        await until(lambda: is_up(probe))
    await until(lambda: not ssh.runs())
    assert not forwarded.parent.exists()
    server.close()


async def is_up(probe: Probe) -> bool:
    """Whether ssh was begun again: its end may be heard of an ask late."""
    return (await reading(probe)).status is Status.UP


@pytest.mark.parametrize(
    ("said", "word", "words"),
    [
        (
            "ops@shop-host: Permission denied (publickey).",
            "denied",
            "ssh may ask nothing here: load a key (ssh-add)",
        ),
        ("Host key verification failed.", "?", "connect once by hand and compare its key"),
        ("ssh: Could not resolve hostname shop-host: Name or service not known", "?", "Could not resolve"),
    ],
)
async def test_what_ssh_says_is_told_and_says_nothing_of_the_containers(
    ssh: Ssh, said: str, word: str, words: str
) -> None:
    ssh.says(said)
    found = await read(config_of(ssh.folder, "ssh://shop-host"))
    assert (found.status, found.word) == (Status.UNKNOWN, word)
    assert words in found.summary and found.steps[0].reproduce.startswith("ssh -N -T -o BatchMode=yes")


async def test_an_ssh_that_hangs_is_given_up_and_ended(ssh: Ssh) -> None:
    (ssh.folder / "hangs").touch()
    found = await read(config_of(ssh.folder, "ssh://shop-host"))
    assert found.status is Status.UNKNOWN and "ssh to shop-host: no connection within" in found.summary
    await until(lambda: not ssh.runs())


@pytest.mark.parametrize(
    "url",
    [
        "ssh://-oProxyCommand=x",
        "ssh://-l@host",
        "ssh://a:sesame@host",
        "ssh://host/a b",
        "ssh://host:1:2",
        "ssh://",
    ],
)
def test_a_host_that_would_be_an_option_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as error:
        config_of(tmp_path, url)
    assert "sesame" not in str(error.value)


def test_tcp_is_http_or_https_by_tls(tmp_path: Path) -> None:
    assert config_of(tmp_path, "tcp://10.0.0.7:2375").sources["d"].url == "http://10.0.0.7:2375"
    assert config_of(tmp_path, "tcp://10.0.0.7:2376", ", tls: {}").sources["d"].url == "https://10.0.0.7:2376"


def test_trust_says_that_ssh_is_run(tmp_path: Path) -> None:
    config_of(tmp_path, "ssh://shop-host")
    traced = trace(None, tmp_path / "shop.yaml", {})
    assert digest(traced) and "ssh to shop-host (source d), with your keys" in "\n".join(effects(traced))
