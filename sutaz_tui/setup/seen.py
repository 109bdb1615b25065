"""One service of a stack as Docker or a compose file tells it, before it is an entry of a config."""

import re
from collections.abc import Sequence

from msgspec import Struct

_URL = re.compile(
    r"(?:curl|wget|http)\b.*?(https?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(\d{1,5}))?(/[^\s\"'|;&)]*)?",
    re.DOTALL,
)
_OTHER_THAN_ID = re.compile(r"[^a-z0-9_-]+")


class Seen(Struct, frozen=True, kw_only=True):
    """A service: `container` is its container's name, `project` and `service` are compose's names for it.

    `published` maps ports inside to ports of this host, `exposed` are the ports that it opens inside. `needs` are names of
    services with the condition that compose waits for. `test` is its health check as argv or shell text, () for none;
    `variables` are the names of its environment. `ends` when its work has an end.
    """

    id: str
    image: str
    container: str = ""
    project: str = ""
    service: str = ""
    replicas: int = 1
    published: dict[int, tuple[str, int]] = {}
    exposed: tuple[int, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    test: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    ends: bool = False

    @property
    def health_url(self) -> tuple[str, int, str] | None:
        """Scheme, port inside and path that its health check asks by HTTP; None where it asks otherwise."""
        found = _URL.search(" ".join(self.test))
        if found is None:
            return None
        return found[1], int(found[2] or (443 if found[1] == "https" else 80)), found[3] or "/"

    def at(self, port: int) -> str:
        """`host:port` at which its port is asked: as it is published, else inside Docker's network; "" for neither."""
        if port in self.published:
            host, outside = self.published[port]
            return f"{host}:{outside}"
        return f"docker://{self.container}:{port}" if self.container and self.replicas == 1 else ""


def id_of(name: str, taken: Sequence[str] = ()) -> str:
    """A service id made of a name, that none of `taken` is."""
    made = _OTHER_THAN_ID.sub("-", name.lower()).strip("-") or "service"
    return next(one for one in (made, *(f"{made}-{n}" for n in range(2, 10_000))) if one not in taken)
