"""The server's half of SCRAM-SHA-256 (RFC 5802, RFC 7677), as PostgreSQL asks for a password."""

import base64
import functools
import hashlib
import hmac
import secrets

ITERATIONS = 4096
"""PostgreSQL's own number (`scram_iterations`, version 16)."""


class ScramRefused(ValueError):
    """The client's proof does not belong to the password, or its message is no SCRAM at all."""


class ScramExchange:
    """One login: `first` answers the client's first message, `final` its proof.

    Passwords are taken as they are, without SASLprep: the simulated stack makes its own, in ASCII.
    """

    def __init__(self, password: str, salt: bytes) -> None:
        self._password = password
        self._salt = salt
        self._client_first_bare = ""
        self._server_first = ""
        self._nonce = ""

    def first(self, message: str) -> str:
        """The server's first message: both nonces, the salt and the number of rounds."""
        header, _, bare = message.partition(",,")
        nonce = _field(bare, "r")
        if header not in ("n", "y") or not nonce:
            raise ScramRefused("malformed SCRAM message")
        self._client_first_bare = bare
        self._nonce = nonce + base64.b64encode(secrets.token_bytes(18)).decode()
        salt = base64.b64encode(self._salt).decode()
        self._server_first = f"r={self._nonce},s={salt},i={ITERATIONS}"
        return self._server_first

    def final(self, message: str) -> str:
        """The server's signature, once the client's proof was found right; else ScramRefused."""
        without_proof, _, proof_text = message.rpartition(",p=")
        try:
            proof = base64.b64decode(proof_text, validate=True)
        except ValueError as error:
            raise ScramRefused("malformed SCRAM message") from error
        salted = _salted(self._password, self._salt)
        client_key = _hmac(salted, b"Client Key")
        auth_message = f"{self._client_first_bare},{self._server_first},{without_proof}".encode()
        signature = _hmac(hashlib.sha256(client_key).digest(), auth_message)
        expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        if _field(without_proof, "r") != self._nonce or not hmac.compare_digest(expected, proof):
            raise ScramRefused("password authentication failed")
        return "v=" + base64.b64encode(_hmac(_hmac(salted, b"Server Key"), auth_message)).decode()


@functools.lru_cache(maxsize=32)
def _salted(password: str, salt: bytes) -> bytes:
    """Kept, as PostgreSQL keeps it in pg_authid: 4096 rounds a login would stop the loop for milliseconds."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _field(message: str, name: str) -> str:
    return next((part[2:] for part in message.split(",") if part.startswith(f"{name}=")), "")
