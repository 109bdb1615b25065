"""Self-signed certificates of 127.0.0.1, each its own authority, made by the openssl program."""

import ssl
import subprocess
from pathlib import Path

from tests.servers.waiting import patient


def certificate(file: Path, days: int = 30, *, name: str = "IP:127.0.0.1") -> Path:
    """Key and certificate in one PEM file, valid for so many days; `name` is its alternative name."""
    made = subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days),
            "-subj", f"/CN={file.stem}", "-addext", f"subjectAltName={name}", "-keyout", "-", "-out", "-",
        ],
        capture_output=True,
        timeout=patient(30),
        check=True,
    )  # fmt: skip
    file.write_bytes(made.stdout)
    return file


def security(file: Path) -> ssl.SSLContext:
    """How a client of this library speaks to the owner of the certificate: it trusts that one alone, whatever its name."""
    context = ssl.create_default_context(cafile=file)
    context.check_hostname = False
    return context
