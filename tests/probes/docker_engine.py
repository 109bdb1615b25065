"""An engine's answers as Docker words them, and services whose containers it has."""

from typing import Any

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Agent, Docker, Redis
from sutaz_tui.config.schema import ServiceConfig, Source
from sutaz_tui.model import Answer
from tests.loopback import configured, probing
from tests.web import Reply, Web

LIST = "/containers/json"


REDIS = Redis(id="redis", title="Redis", container="stack-redis")


LETTA = Agent(id="letta", title="Letta", container="stack-letta")


def of(
    url: str, *others: ServiceConfig, timeout: float = 2.0, optional: bool = False, warn_cpu: float = 0.0
) -> Config:
    entry = Docker(
        id="docker", title="Docker", source="d", timeout=timeout, interval=60.0, warn=1.9, optional=optional,
        warn_cpu=warn_cpu,
    )  # fmt: skip
    return configured(entry, *others, sources={"d": Source(url=url)})


def container(
    name: str = "stack-redis", status: str = "Up 2 hours", state: str = "running", **more: object
) -> Any:
    entry = {"Id": f"id-{name}", "Names": [f"/{name}"], "Image": "redis:7", "ImageID": "sha256:" + "a" * 64}
    return entry | {"State": state, "Status": status} | more


def page(
    restarts: int = 0,
    started: str = "2026-11-22T10:00:00Z",
    memory: int = 0,
    start_period: float = 0.0,
    created: str = "2026-11-01T10:00:00Z",
    **state: object,
) -> Reply:
    known = {"Status": "running", "StartedAt": started, "ExitCode": 0, "OOMKilled": False}
    check = {"Test": ["CMD", "true"], "StartPeriod": int(start_period * 1e9)}
    return Reply(
        body={
            "State": known | state,
            "RestartCount": restarts,
            "Created": created,
            "HostConfig": {"Memory": memory},
            "Config": {"Healthcheck": check if start_period else None},
        }
    )


def stats(memory: int = 4_000_000, cpu: float | None = None) -> Reply:
    body: dict[str, Any] = {
        "memory_stats": {"usage": memory + 1_000_000, "stats": {"inactive_file": 1_000_000}, "limit": 9}
    }
    return Reply(body=body | ({"cpu_stats": {"cpu_usage": {"total_usage": int(cpu * 1e9)}}} if cpu else {}))


STATS = stats()


class Engine:
    """The routes of an engine whose containers a test may change."""

    def __init__(self, web: Web, *containers: Any) -> None:
        self.web = web
        self.set(*containers)

    def set(self, *containers: Any, pages: Reply | None = None) -> None:
        self.web.routes = {LIST: Reply(body=list(containers), headers={"Server": "Docker/27.3.1 (linux)"})}
        for entry in containers:
            self.web.routes[f"/containers/{entry['Id']}/json"] = pages or page()
            self.web.routes[f"/containers/{entry['Id']}/stats"] = STATS


async def ask(config: Config) -> Answer:
    async with probing(config) as probe:
        return await probe.ask()
