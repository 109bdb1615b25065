"""Who is answered: a known name of ours in Host, GET without a body, the token, and not too often."""

import hmac
import re
from collections import Counter
from collections.abc import Collection
from http import HTTPStatus

from sutaz_tui.clock import Clock
from sutaz_tui.sources.serving.messages import Answer, Asked, said

WINDOW = 10.0
"""Seconds in which requests are counted."""
OF_ONE = 100
OF_ALL = 300

# A name, or an IPv6 address in brackets, and perhaps a port.
_HOST = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?", re.IGNORECASE)


class Rate:
    """At most OF_ONE requests of a client in WINDOW seconds, and OF_ALL of all."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self._of: Counter[str] = Counter()
        self._all = 0

    def allows(self, client: str) -> bool:
        """Whether one more is within it; counts it."""
        now = self._clock.monotonic()
        if now - self._began >= WINDOW:
            self._began, self._all = now, 0
            self._of.clear()
        # What is over the bound of all is not counted by client: the table stays small.
        if self._all >= OF_ALL or self._of[client] >= OF_ONE:
            return False
        self._all += 1
        self._of[client] += 1
        return True


class Guard:
    """`hosts` are the names that we are asked by; `token` None: the line itself says who asks, by a client's certificate."""

    def __init__(self, hosts: Collection[str], token: str | None, clock: Clock) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._token = token.encode() if token is not None else None
        # Who has no token cannot use up what the others may ask.
        self._strangers, self._known = Rate(clock), Rate(clock)

    def refusal(self, asked: Asked) -> Answer | None:
        """Why this is not answered, None where it is."""
        is_known = self._is_known(asked)
        rate = self._known if is_known else self._strangers
        if not rate.allows(asked.client):
            return said(
                HTTPStatus.TOO_MANY_REQUESTS, "too many requests", ("Retry-After", str(round(WINDOW)))
            )
        if not self._is_ours(asked.hosts):
            return said(
                HTTPStatus.MISDIRECTED_REQUEST, "this Host is not allowed: see serve.hosts in the config"
            )
        if asked.method not in ("GET", "HEAD"):
            return said(HTTPStatus.METHOD_NOT_ALLOWED, "GET and HEAD alone", ("Allow", "GET, HEAD"))
        if asked.has_body:
            return said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "no body is taken")
        if not is_known:
            return said(
                HTTPStatus.UNAUTHORIZED, "a token is required: Authorization: Bearer ...", ("WWW-Authenticate", "Bearer")
            )  # fmt: skip
        return None

    def _is_ours(self, hosts: tuple[str, ...]) -> bool:
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        return found is not None and found[1].lower() in self._hosts

    def _is_known(self, asked: Asked) -> bool:
        if self._token is None:
            return True
        if len(asked.logins) != 1:
            return False
        scheme, _, token = asked.logins[0].partition(" ")
        is_right = hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token)
        return is_right and scheme.lower() == "bearer"
