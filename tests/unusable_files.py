"""Certificate and key files that cannot be used, each with the setting that names it and what must be said of it."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sutaz_tui.config import Tls
from tests.certificates import certificate
from tests.servers.waiting import patient


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one of the three files; `make` makes the settings in a folder, well but for that."""

    setting: str
    words: str
    make: Callable[[Path], Tls]

    def told(self, tls: Tls) -> str:
        """How the sentence about it begins."""
        return f"{self.setting} {getattr(tls, self.setting)} {self.words}"


def openssl(*words: str) -> bytes:
    """What the openssl program prints."""
    return subprocess.run(["openssl", *words], capture_output=True, timeout=patient(30), check=True).stdout


def _ca(file: Callable[[Path], str | Path]) -> Callable[[Path], Tls]:
    return lambda folder: Tls(ca_file=str(file(folder)))


def _cert(file: Callable[[Path], str | Path]) -> Callable[[Path], Tls]:
    return lambda folder: Tls(cert_file=str(file(folder)), key_file=str(certificate(folder / "own.pem")))


def _key(file: Callable[[Path], str | Path]) -> Callable[[Path], Tls]:
    return lambda folder: Tls(cert_file=str(certificate(folder / "own.pem")), key_file=str(file(folder)))


def _holding(content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        file = folder / "bad.pem"
        file.write_bytes(content)
        return file

    return make


def _der(folder: Path) -> Path:
    pem = certificate(folder / "pem.pem")
    return _holding(openssl("x509", "-in", str(pem), "-outform", "der"))(folder)


def _pkcs8(folder: Path) -> Path:
    own = str(certificate(folder / "own.pem"))
    return _holding(openssl("pkcs8", "-topk8", "-in", own, "-passout", "pass:sesame"))(folder)


def _traditional(folder: Path) -> Path:
    own = str(certificate(folder / "own.pem"))
    return _holding(openssl("ec", "-in", own, "-aes128", "-passout", "pass:sesame"))(folder)


def _expired(folder: Path) -> Path:
    pem = str(certificate(folder / "pem.pem"))
    return _holding(openssl("x509", "-in", pem, "-signkey", pem, "-days", "-1"))(folder)


def _missing(folder: Path) -> Path:
    return folder / "none.pem"


def _folder(folder: Path) -> Path:
    return folder


def _broken(_: Path) -> str:
    # It opens and cannot be read, even by root.
    return "/proc/self/mem"


_TEXT = _holding(b"not a certificate\n")
_EMPTY = _holding(b"")
_NO_CERTIFICATE = "holds no certificate; give one in PEM form"
_NO_KEY = "holds no private key; give one in PEM form"
_MISSING = "is missing; put it there, or correct the config"
_FOLDER = "is a folder; name a file in the config"

FAULTS: dict[str, Fault] = {
    "ca missing": Fault("ca_file", _MISSING, _ca(_missing)),
    "ca is a folder": Fault("ca_file", _FOLDER, _ca(_folder)),
    "ca cannot be read": Fault("ca_file", "cannot be read: ", _ca(_broken)),
    "ca empty": Fault("ca_file", _NO_CERTIFICATE, _ca(_EMPTY)),
    "ca is no PEM": Fault("ca_file", _NO_CERTIFICATE, _ca(_TEXT)),
    "ca is DER": Fault("ca_file", _NO_CERTIFICATE, _ca(_der)),
    "ca expired": Fault("ca_file", "expired ", _ca(_expired)),
    "cert missing": Fault("cert_file", _MISSING, _cert(_missing)),
    "cert is a folder": Fault("cert_file", _FOLDER, _cert(_folder)),
    "cert empty": Fault("cert_file", _NO_CERTIFICATE, _cert(_EMPTY)),
    "cert is no PEM": Fault("cert_file", _NO_CERTIFICATE, _cert(_TEXT)),
    "cert is DER": Fault("cert_file", _NO_CERTIFICATE, _cert(_der)),
    "key missing": Fault("key_file", _MISSING, _key(_missing)),
    "key is a folder": Fault("key_file", _FOLDER, _key(_folder)),
    "key empty": Fault("key_file", _NO_KEY, _key(_EMPTY)),
    "key is no PEM": Fault("key_file", _NO_KEY, _key(_TEXT)),
    "key of another certificate": Fault(
        "key_file", "is not the key of cert_file ", _key(lambda folder: certificate(folder / "other.pem"))
    ),
    "key encrypted": Fault("key_file", "is encrypted; give one without a passphrase", _key(_pkcs8)),
    "key encrypted, old form": Fault(
        "key_file", "is encrypted; give one without a passphrase", _key(_traditional)
    ),
}
