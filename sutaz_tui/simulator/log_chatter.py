"""What the stack logs by itself, second by second: requests, prompts, access lines, and errors where faults are."""

from datetime import UTC, datetime

from sutaz_tui.simulator.world import AGENTS, World

TITLES = {
    "letta": "letta",
    "crewai": "crewai",
    "aider": "aider",
    "langchain": "langchain",
    "finrobot": "finrobot",
    "shellgpt": "shellgpt",
    "documind": "documind",
    "gpt-engineer": "gpt_engineer",
}
MESSAGES = (
    "Processing chat completion request",
    "Generated 128 tokens in 2.31 s",
    "Request handled",
    "Heartbeat sent to MCP bridge",
)
HISTORY = 900
"""Seconds of lines that are there when the stack starts."""


def fill(world: World) -> None:
    """The lines of the last quarter of an hour; from now on faults tell of themselves."""
    world.faults.on_change.append(lambda endpoint: tell_of_faults(world, endpoint))
    now = world.epoch()
    for ago in range(HISTORY, 0, -1):
        chatter(world, now - ago)


def chatter(world: World, at: float) -> None:
    """The lines of one second of the model."""
    rng, logs = world.random, world.logs
    logs.muted = not world.traits.promtail_runs or world.fault("loki") is not None
    second = int(at)
    for place, agent in enumerate(AGENTS):
        if (second + place) % 15 == 0:
            logs.container(f"sutazai-{agent}", _access("GET /health", 200), at=at + 0.1)
        if rng.random() < 0.03:
            message = rng.choice(MESSAGES)
            logs.container(f"sutazai-{agent}", python_line(at, TITLES[agent], "INFO", message), at=at + 0.2)
        if (second + place) % 30 == 0 and not world.is_reachable("ollama-agents"):
            text = python_line(
                at, TITLES[agent], "ERROR", "Ollama connection failed: All connection attempts failed"
            )
            logs.container(f"sutazai-{agent}", text, "stderr", at=at + 0.3)
    if second % 15 == 0:
        logs.container("sutazai-backend", _access("GET /metrics", 200), at=at + 0.4)
        logs.container("sutazai-mcp-bridge", _access("GET /health", 200), at=at + 0.45)
    if second % 10 == 0:
        address = "172.20.0.1 - -"
        stamp = datetime.fromtimestamp(at, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
        line = f'{address} [{stamp}] "GET /mcp/services HTTP/1.1" 200 1412 "-" "curl/8.5.0"'
        logs.container("sutazai-kong", line, at=at + 0.5)
    if second % 20 == 0:
        stamp = datetime.fromtimestamp(at, UTC).strftime("%b %d %H:%M:%S")
        logs.syslog(f"{stamp} stack-host systemd[1]: Started Session {second % 997} of User root.", at + 0.6)
    _databases(world, at, second)
    for endpoint in ("postgres", "redis", "rabbitmq", "neo4j", "chromadb", "qdrant", "consul"):
        if second % 5 == 0 and not world.is_reachable(endpoint):
            logs.backend(
                "ERROR",
                "app.services.connections",
                f"{endpoint}: connection refused",
                at=at + 0.7,
                exception_type="ConnectionError",
                exception_message=f"Connect call failed ('{endpoint}')",
            )


def _databases(world: World, at: float, second: int) -> None:
    """What PostgreSQL and Consul write as long as they run."""
    logs = world.logs
    if world.is_reachable("postgres"):
        if second % 60 == 0:
            words = "checkpoint complete: wrote 38 buffers (0.2%); write=3.713 s, sync=0.004 s, total=3.729 s"
            logs.container("sutazai-postgres", postgres_line(at, 27, "LOG", words), "stderr", at=at + 0.2)
        if second % 15 == 0 and world.traits.postgres_pool_limit:
            words = "remaining connection slots are reserved for roles with the SUPERUSER attribute"
            logs.container("sutazai-postgres", postgres_line(at, 311, "FATAL", words), "stderr", at=at + 0.3)
    if world.is_reachable("consul"):
        if second % 60 == 0:
            logs.container("sutazai-consul", consul_line(at, "INFO", "agent: Synced node info"), at=at + 0.2)
        for name in world.traits.consul_critical if second % 10 == 0 else ():
            words = f"agent: Check is now critical: check=service:{name}"
            logs.container("sutazai-consul", consul_line(at, "WARN", words), at=at + 0.3)


def tell_of_faults(world: World, endpoint: str) -> None:
    """The last or first lines of PostgreSQL and Consul, as a fault ends or a mend starts them."""
    at, fault = world.epoch(), world.fault(endpoint)
    stopped: set[str] = world.state.setdefault("stopped", set())
    ended = fault is not None and fault.name == "refuse"
    if ended is (endpoint in stopped):
        return
    (stopped.add if ended else stopped.discard)(endpoint)
    if endpoint == "postgres":
        # As of a killed server: the kernel takes a process first, and the next start replays the WAL.
        told = (
            (
                "server process (PID 71) was terminated by signal 9: Killed",
                "terminating any other active server processes",
            )
            if ended
            else (
                "starting PostgreSQL 16.4",
                "database system was not properly shut down; automatic recovery in progress",
                "database system is ready to accept connections",
            )
        )
        for number, words in enumerate(told):
            line = postgres_line(at, 1, "LOG", words)
            world.logs.container("sutazai-postgres", line, "stderr", at=at + number / 10)
    elif endpoint == "consul" and not ended:
        line = consul_line(at, "INFO", "agent: Consul agent running!")
        world.logs.container("sutazai-consul", line, at=at)


def postgres_line(at: float, pid: int, level: str, words: str) -> str:
    """A line as PostgreSQL's image writes it."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%Y-%m-%d %H:%M:%S}.{when.microsecond // 1000:03d} UTC [{pid}] {level}:  {words}"


def consul_line(at: float, level: str, words: str) -> str:
    """A line as Consul's agent writes it."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z [{level}]  {words}"


def python_line(at: float, logger: str, level: str, message: str) -> str:
    """A line of Python's logging as the agents, the bridge and FAISS write it."""
    when = datetime.fromtimestamp(at, UTC)
    return f"{when:%Y-%m-%d %H:%M:%S},{when.microsecond // 1000:03d} - {logger} - {level} - {message}"


def _access(what: str, status: int) -> str:
    return f'INFO:     172.20.0.1:40122 - "{what} HTTP/1.1" {status} OK'
