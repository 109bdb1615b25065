"""A certificate or key file of ours that cannot be used makes every kind unknown: no service is blamed, none asked."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sutaz_tui.config import KINDS, Config, Source, Tls
from sutaz_tui.config.kinds import Docker, Kong, Postgres, Rabbitmq
from sutaz_tui.errors import Unreachable
from sutaz_tui.model import Status
from sutaz_tui.sources.amqp import AmqpClient
from sutaz_tui.sources.clients import Clients
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.http import HttpOrigin
from sutaz_tui.sources.http_stream import stream
from sutaz_tui.sources.postgres import PostgresClient
from sutaz_tui.sources.tcp import TlsDoor
from sutaz_tui.sources.websocket import websocket
from sutaz_tui.text.sanitise import Secrets
from tests.certificates import certificate
from tests.loopback import configured, probing, reading, speaking
from tests.probes.healthy import HEALTHY
from tests.servers.waiting import patient
from tests.unusable_files import FAULTS, Fault, openssl
from tests.web import web_server

# They have no TLS to set up: bare bytes, a program.
WITHOUT = {"tcp", "command", "memcached", "dns", "icmp", "systemd"}
MORE: dict[str, dict[str, Any]] = {
    "promql": {"query": "up"},
    "rabbitmq-queue": {"queue": "orders"},
    "consul-service": {"service": "shop"},
    "container": {"container": "shop"},
    "blackbox": {"instance": "shop"},
}


def config_of(kind: str, port: int, tls: Tls) -> Config:
    """A config of one service of this kind that is asked over TLS with these settings, at its source too."""
    entry = KINDS[kind]
    # A host on loopback would be read from /proc.
    url = "https://192.0.2.1" if kind == "host" else f"https://127.0.0.1:{port}"
    keys: dict[str, Any] = {"id": "shop", "title": "Shop", "tls": tls, "timeout": 5.0, **MORE.get(kind, {})}
    if "password" in entry.struct.__struct_fields__:
        keys |= {"user": "jarvis", "password": "sesame 17"}
    if entry.address:
        keys["address"] = f"127.0.0.1:{port}" if entry.address == "port" else url
    if entry.through:
        keys["source"] = "api"
    docker = Docker(id="docker", title="Docker", source="api")
    return configured(entry.struct(**keys), docker, sources={"api": Source(url=url, tls=tls)})


@pytest.fixture(scope="module", params=FAULTS.values(), ids=FAULTS)
def fault(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Fault, Tls]:
    """One thing wrong with one of the files, and the settings that name them."""
    wrong: Fault = request.param
    return wrong, wrong.make(tmp_path_factory.mktemp("files"))


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - WITHOUT))
async def test_the_row_reads_unknown_where_a_file_of_ours_is_at_fault(
    kind: str, fault: tuple[Fault, Tls]
) -> None:
    wrong, tls = fault
    async with speaking(b"") as port, probing(config_of(kind, port.port, tls)) as probe:
        found = await reading(probe)
        assert port.taken == 0
    assert found.status is Status.UNKNOWN, found.summary
    assert f"{wrong.setting} " in found.summary and wrong.told(tls) in (found.error or "")


async def test_a_second_door_with_a_file_at_fault_does_not_degrade_its_service(tmp_path: Path) -> None:
    missing = Tls(ca_file=str(tmp_path / "none.pem"))
    async with web_server() as web:
        web.routes |= HEALTHY["kong"].routes
        service = Kong(
            id="kong", title="Kong", address=web.url, proxy=web.url.replace("http:", "https:"), tls=missing
        )
        async with probing(configured(service)) as probe:
            found = await reading(probe)
    assert found.status is Status.UNKNOWN
    assert f"ca_file {missing.ca_file} is missing" in found.summary


@pytest.mark.parametrize("client", ["sql", "amqp", "websocket", "log", "door"])
async def test_what_checks_and_logs_ask_with_names_the_file_too(tmp_path: Path, client: str) -> None:
    tls = Tls(ca_file=str(tmp_path / "none.pem"))
    async with speaking(b"") as port:
        door: dict[str, Any] = {"id": "shop", "address": port.address, "tls": tls, "password": "sesame 17"}
        origin = HttpOrigin(f"https://{port.address}", "Shop", Contexts(), tls=tls)
        clients = Clients(configured())
        with pytest.raises(Unreachable, match=r"ca_file .*none\.pem is missing"):
            match client:
                case "sql":
                    await PostgresClient(Postgres(**door, user="jarvis"), clients).rows("SELECT 1")
                case "amqp":
                    async with AmqpClient(Rabbitmq(**door, source="api"), clients).channel(5.0):
                        pass
                case "websocket":
                    async with websocket(origin, "/", Secrets()):
                        pass
                case "log":
                    async with stream(origin, "/"):
                        pass
                case "door":
                    await TlsDoor(port.address, "Shop", Contexts(), tls, "").handshake(5.0)
        assert port.taken == 0


def test_an_encrypted_key_asks_nothing_on_the_terminal(tmp_path: Path) -> None:
    own, key = certificate(tmp_path / "own.pem"), tmp_path / "key.pem"
    key.write_bytes(openssl("pkcs8", "-topk8", "-in", str(own), "-passout", "pass:sesame"))
    entry = f"{{id: shop, kind: http, address: 'https://127.0.0.1:9/', tls: {{cert_file: {own}, key_file: {key}}}}}"
    (tmp_path / "c.yaml").write_text(f"services: [{entry}]\n")
    keyboard, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sutaz_tui", "status", "-c", str(tmp_path / "c.yaml")],
            stdin=terminal, stdout=subprocess.PIPE, stderr=terminal, start_new_session=True, timeout=patient(60),
            preexec_fn=lambda: _take_terminal(terminal),
        )  # fmt: skip
        os.set_blocking(keyboard, False)
        with pytest.raises(BlockingIOError):
            os.read(keyboard, 1)
    finally:
        os.close(keyboard)
        os.close(terminal)
    assert "is encrypted; give one without a passphrase" in done.stdout.decode()


def _take_terminal(terminal: int) -> None:
    """Make it this process's own, so that whoever opens /dev/tty finds it."""
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
