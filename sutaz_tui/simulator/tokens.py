"""JSON Web Tokens by HS256, as the backend signs them."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any


class WrongToken(ValueError):
    """A token that is malformed, wrongly signed, expired or of another type."""


def encode(claims: dict[str, Any], key: str, algorithm: str = "HS256") -> str:
    """A token of these claims; `algorithm` is what its head says, whatever signs it."""
    head = _b64(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    body = _b64(json.dumps(claims).encode())
    return f"{head}.{body}.{_b64(_sign(f'{head}.{body}', key))}"


def decode(token: str, key: str, kinds: tuple[str, ...], now: float, checked: bool = True) -> dict[str, Any]:
    """The claims of a token of one of these types; raises WrongToken. `checked=False` takes any signature."""
    try:
        signed, _, signature = token.rpartition(".")
        head, body = signed.split(".")
        algorithm = json.loads(_bytes(head)).get("alg")
        claims = json.loads(_bytes(body))
        right = hmac.compare_digest(_bytes(signature), _sign(signed, key)) and algorithm == "HS256"
    except (ValueError, AttributeError, binascii.Error) as error:
        raise WrongToken("malformed") from error
    if not isinstance(claims, dict) or (checked and not right):
        raise WrongToken("wrong signature")
    if claims.get("type") not in kinds or float(claims.get("exp", 0)) <= now:
        raise WrongToken("expired or of another type")
    return claims


def _sign(signed: str, key: str) -> bytes:
    return hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
