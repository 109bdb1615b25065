"""The authority of the simulated stack, the certificates that its TLS ports show, and TLS around what speaks there.

All are made when the first of them is asked for: nobody else waits for it, and none is older than the stack.
"""

import asyncio
import ipaddress
import ssl
import tempfile
from asyncio.sslproto import SSLProtocol
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sutaz_tui.simulator.wire import Factory
from sutaz_tui.simulator.world import World

SHOWN = ("good", "expiring", "expired", "not-yet", "other-host", "unknown-authority", "short-chain")
"""Days of validity, the name, who signed it, and whether the authority between is sent along, one fault each."""
DAYS = {"expiring": (-30, 5), "expired": (-30, -1), "not-yet": (1, 30)}
_MADE = "certificates"


@dataclass(frozen=True, slots=True)
class _Made:
    authority: str
    contexts: dict[str, ssl.SSLContext]


def authority(world: World) -> str:
    """The certificate of the authority, PEM: what a client trusts to accept the good one."""
    return _made(world).authority


def secured(spoken: Factory, world: World) -> Factory:
    """What is spoken, by TLS with the certificate that the trait says."""

    def connection() -> asyncio.Protocol:
        context = _made(world).contexts[world.traits.tls_shows]
        loop = asyncio.get_running_loop()
        shaken: asyncio.Future[None] = loop.create_future()
        # A client that refuses the certificate is no trouble here.
        shaken.add_done_callback(asyncio.Future.exception)
        return _Secured(loop, spoken(), context, shaken, server_side=True)

    return connection


class _Secured(SSLProtocol, asyncio.Protocol):
    """TLS on the server's side, which takes its bytes also from a protocol that hands them on, as a slow one does."""

    def data_received(self, data: bytes) -> None:
        while data:
            room = self.get_buffer(len(data))
            taken = data[: len(room)]
            room[: len(taken)] = taken
            self.buffer_updated(len(taken))
            data = data[len(taken) :]


def _made(world: World) -> _Made:
    if _MADE not in world.state:
        world.state[_MADE] = _make(datetime.now(UTC))
    made: _Made = world.state[_MADE]
    return made


def _make(now: datetime) -> _Made:
    # A quarter of a second to import, which only those wait for who ask for TLS.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    @dataclass(frozen=True)
    class Owner:
        name: x509.Name
        key: ec.EllipticCurvePrivateKey

    def owner(name: str) -> Owner:
        return Owner(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
            ec.generate_private_key(ec.SECP256R1()),
        )

    def signed(of: Owner, by: Owner, days: tuple[int, int], host: str = "") -> str:
        is_authority = not host
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only"), False,
        )  # fmt: skip
        built = (
            x509.CertificateBuilder()
            .subject_name(of.name)
            .issuer_name(by.name)
            .public_key(of.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(is_authority, None), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), False)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority, **usage
                ),
                True,
            )
        )
        if host:
            names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
            built = built.add_extension(names, False)
        return built.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()

    root, between, stranger, shop = map(
        owner, ("simulated root", "simulated authority", "another root", "shop")
    )
    long = (-365, 365)
    chain = signed(between, root, long)
    key = shop.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()

    def shown(word: str) -> ssl.SSLContext:
        host = "192.0.2.1" if word == "other-host" else "127.0.0.1"
        by = stranger if word == "unknown-authority" else between
        own = signed(shop, by, DAYS.get(word, (-30, 90)), host)
        return _context(key + own + ("" if word in ("unknown-authority", "short-chain") else chain))

    return _Made(signed(root, root, long), {word: shown(word) for word in SHOWN})


def _context(pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # The library reads it from a file alone.
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(Path(file.name))
    return context
