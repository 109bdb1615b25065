"""What the simulated stack was asked: connections and requests of each endpoint since the last reset."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KEPT_REQUESTS = 10_000
KEPT_PATHS = 1_000


@dataclass(slots=True)
class Count:
    """Connections opened and requests seen at one endpoint; `paths` holds at most KEPT_PATHS different ones.

    `credentials` are the logins, tokens and cookies that it was given, right or wrong.
    """

    connections: int = 0
    requests: int = 0
    credentials: int = 0
    paths: Counter[str] = field(default_factory=Counter)


class Counts:
    """Counters of every endpoint and the last 10,000 requests, never their bodies."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._counts: defaultdict[str, Count] = defaultdict(Count)
        self._requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self._since = clock()

    def connection(self, endpoint: str) -> None:
        self._counts[endpoint].connections += 1

    def credential(self, endpoint: str) -> None:
        self._counts[endpoint].credentials += 1

    def request(
        self, endpoint: str, method: str, path: str, user_agent: str = "", query: str = ""
    ) -> dict[str, Any]:
        """One request, kept as what is returned; a protocol without paths counts its command as the method (`PING`).

        `query` is what stands behind a path, a statement, or a command's arguments where those hold no data.
        """
        count = self._counts[endpoint]
        count.requests += 1
        what = f"{method} {path}".rstrip()
        if what in count.paths or len(count.paths) < KEPT_PATHS:
            count.paths[what] += 1
        kept = {
            "at": self._clock(),
            "endpoint": endpoint,
            "method": method,
            "path": path,
            "query": query,
            "user_agent": user_agent,
        }
        self._requests.append(kept)
        return kept

    def of(self, endpoint: str) -> Count:
        return self._counts[endpoint]

    def reset(self) -> None:
        self._counts.clear()
        self._requests.clear()
        self._since = self._clock()

    def as_json(self) -> dict[str, Any]:
        return {
            "seconds": self._clock() - self._since,
            "endpoints": {
                name: {
                    "connections": count.connections,
                    "requests": count.requests,
                    "credentials": count.credentials,
                    "paths": dict(count.paths),
                }
                for name, count in sorted(self._counts.items())
            },
        }

    def requests(self) -> list[dict[str, Any]]:
        return list(self._requests)
