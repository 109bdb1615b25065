"""Stand-ins for a stack of compose: its Docker, and a web server for each service that is asked a page.

The Docker answers as Engine API 1.41 does, with pages made of a compose file; each container has an address of its own in
127/8, and each test process its own network of them, for the ports there are those of the file. A port below 1024 is
published, for which no test needs rights. All are well until `sicken()`: then health checks fail and pages are answered by
503, while each container runs on.
"""

import hashlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sutaz_tui.config.recipes import for_image
from sutaz_tui.setup.entries import Entry
from sutaz_tui.setup.from_docker import services
from sutaz_tui.setup.seen import Seen
from tests.web import Reply, Web, web_server

_SECOND = 1_000_000_000
_NETWORK = f"127.{32 + os.getpid() // 256 % 128}.{os.getpid() % 256}"


class Stack:
    """A stack of stand-ins: `docker` is its Docker, `webs` the server of each service by its id."""

    def __init__(self, every: Sequence[Seen], docker: Web) -> None:
        self.every = every
        self.docker = docker
        self.webs: dict[str, Web] = {}
        self.ports: dict[tuple[str, int], int] = {}
        self.is_well = True

    def seen(self) -> list[Seen]:
        """The services as they are read from this Docker."""
        return services("Docker", [self._page(one, 0) for one in self.every], "127.0.0.1")

    def tell(self) -> None:
        """Let the Docker answer what is true now."""
        listed = []
        for one in self.every:
            for number in range(one.replicas):
                page = self._page(one, number)
                self.docker.routes[f"/containers/{page['Id']}/json"] = Reply(body=page)
                self.docker.routes[f"/containers{page['Name']}/json"] = Reply(body=page)
                health = "" if not one.test or one.ends else f" ({page['State']['Health']['Status']})"
                listed.append(
                    {
                        "Id": page["Id"],
                        "Names": [page["Name"]],
                        "Image": one.image,
                        "ImageID": "sha256:" + "0" * 64,
                        "State": page["State"]["Status"],
                        "Status": "Exited (0) 2 hours ago" if one.ends else f"Up 2 hours{health}",
                        "Labels": page["Config"]["Labels"],
                        "Ports": [],
                    }
                )
        self.docker.routes["/containers/json"] = Reply(
            body=listed, headers={"Server": "Docker/27.3.1 (linux)"}
        )
        self.docker.routes["/info"] = Reply(body={"OperatingSystem": "Debian", "SecurityOptions": []})

    def answer(self, entries: Sequence[Entry]) -> None:
        """Let each web server answer as what it stands for does when it is well."""
        for entry in entries:
            web, recipe = self.webs.get(entry.seen.id), for_image(entry.seen.image)
            if web is None or entry.keys["kind"] != "http":
                continue
            path = "/" + str(entry.keys["address"]).partition("://")[2].partition("/")[2]
            if entry.how != "recipe" or recipe is None:
                web.routes = {path: Reply(200, "fine")}
                continue
            header = {recipe.keys["header"]: "registry/2.0"} if "header" in recipe.keys else {}
            web.routes = {path: Reply(200, recipe.well or "", header)}

    def sicken(self) -> None:
        """Make all of it sick while it runs."""
        self.is_well = False
        self.tell()
        for web in self.webs.values():
            web.answers(503, "sick")

    def _page(self, one: Seen, number: int) -> dict[str, Any]:
        name = one.container if one.replicas == 1 else f"{one.project}-{one.service}-{number + 1}"
        at = self.every.index(one)
        status = "exited" if one.ends else "running"
        state: dict[str, Any] = {
            "Status": status,
            "ExitCode": 0,
            "StartedAt": "2026-01-01T00:00:00Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
        }
        if one.test and not one.ends:
            word, code = ("healthy", 0) if self.is_well else ("unhealthy", 1)
            state["Health"] = {
                "Status": word,
                "FailingStreak": code * 5,
                "Log": [{"ExitCode": code, "Output": word}],
            }
        test = [*(("CMD-SHELL",) if len(one.test) == 1 else ("CMD",)), *one.test]
        published = {
            port: self.ports.get((one.id, port), outside) for port, (_, outside) in one.published.items()
        }
        published |= {port: own for (id, port), own in self.ports.items() if id == one.id}
        return {
            "Id": hashlib.sha256(name.encode()).hexdigest(),
            "Name": f"/{name}",
            "Created": "2026-01-01T00:00:00Z",
            "RestartCount": 0,
            "State": state,
            "HostConfig": {"NetworkMode": "own", "RestartPolicy": {"Name": "no" if one.ends else "always"}},
            "Config": {
                "Image": one.image,
                "Cmd": list(one.command),
                "Env": [f"{name}=" for name in one.variables],
                "ExposedPorts": {f"{port}/tcp": {} for port in one.exposed},
                "Labels": {
                    "com.docker.compose.project": one.project,
                    "com.docker.compose.service": one.service,
                    "com.docker.compose.depends_on": ",".join(f"{name}:{how}:false" for name, how in one.needs),
                },
                **({"Healthcheck": {"Test": test, "Interval": 30 * _SECOND}} if one.test else {}),
            },
            "NetworkSettings": {
                "Ports": {f"{port}/tcp": [{"HostIp": "0.0.0.0", "HostPort": str(own)}] for port, own in published.items()},
                "Networks": {"own": {"IPAddress": f"{_NETWORK}.{at + 1}", "Gateway": "127.0.0.1", "IPPrefixLen": 16}},
            },
        }  # fmt: skip


@asynccontextmanager
async def stack_of(every: Sequence[Seen], entries: Sequence[Entry]) -> AsyncIterator[Stack]:
    """The stand-ins of a stack; `entries` say which services are asked a page, and at which port inside."""
    async with AsyncExitStack() as stays:
        stack = Stack(every, await stays.enter_async_context(web_server()))
        for entry in entries:
            if "address" not in entry.keys and entry.source is None:
                continue
            at = str(entry.keys.get("address") or (entry.source or {})["url"])
            port = int(
                at.removeprefix("http://").removeprefix("docker://").partition("/")[0].rpartition(":")[2]
            )
            seen = entry.seen
            inside = next((one for one, (_, outside) in seen.published.items() if outside == port), port)
            is_published = inside in seen.published or inside < 1024
            host = "127.0.0.1" if is_published else f"{_NETWORK}.{every.index(seen) + 1}"
            if entry.keys["kind"] != "http":
                # Nobody listens there.
                held = stays.enter_context(socket.socket())
                held.bind((host, 0))
                stack.ports[seen.id, inside] = held.getsockname()[1]
                continue
            web = await stays.enter_async_context(web_server(host=host, port=0 if is_published else inside))
            stack.webs[seen.id] = web
            if is_published:
                stack.ports[seen.id, inside] = web.port
        stack.tell()
        yield stack
