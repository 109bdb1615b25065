"""Free loopback ports, each given to one server of one test process only."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

# Below the kernel's own range for outgoing connections (32768 up), so that no client takes the port of a
# server while that one is stopped; several thousand listeners fit.
_RANGE = range(18000, 32000)
_claims: dict[int, int] = {}
_untried: list[int] = []


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, claimed until `release` or the end of this process."""
    folder = Path(tempfile.gettempdir()) / f"sutaz-tui-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    if not _untried:
        _untried.extend(random.sample(sorted(set(_RANGE) - set(_claims)), len(_RANGE) - len(_claims)))
    while _untried:
        port = _untried.pop()
        claim = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        if _is_unclaimed(claim) and _is_unused(port):
            _claims[port] = claim
            return port
        os.close(claim)
    raise RuntimeError("every port that tests may use is taken")


def release(port: int) -> None:
    """Gives a claimed port back."""
    os.close(_claims.pop(port))


def _is_unclaimed(claim: int) -> bool:
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_unused(port: int) -> bool:
    with socket.socket() as candidate:
        try:
            candidate.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
