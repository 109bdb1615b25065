"""The config as the program uses it: frozen, complete, its secrets known so that they can be masked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from sutaz_tui.config.addresses import DOCKER, without_login
from sutaz_tui.config.charts import ChartConfig
from sutaz_tui.config.kinds import KINDS, AnyService
from sutaz_tui.config.notifiers import AnyNotifier
from sutaz_tui.config.own_checks import AnyOwnCheck, CheckCategory, CheckDefaults
from sutaz_tui.config.quiet import windows
from sutaz_tui.config.schema import Group, Seconds, ServiceConfig, Source, Struct
from sutaz_tui.config.serving import Serving
from sutaz_tui.config.suites import JunitFile, PytestSuite
from sutaz_tui.config.workers import Workers
from sutaz_tui.model import Service
from sutaz_tui.text.sanitise import Secrets
from sutaz_tui.text.units import bytes_of


class Limits(Struct, frozen=True, kw_only=True):
    """What this program allows itself.

    `connections` bounds the connections kept open (None: one a service), `asks` how many questions are under way at once.
    """

    connections: int | None = None
    asks: int = 64


class Pace(Struct, frozen=True, kw_only=True):
    """How often services are asked besides their own interval, in seconds.

    `selected`: the row under the cursor. `failing`: one that fails, for its first `failing_for`. `idle`: every row
    once no key came for `idle_after`.
    """

    selected: float = 5.0
    failing: float = 2.0
    failing_for: float = 60.0
    idle: float = 60.0
    idle_after: float = 900.0


class Account(Struct, frozen=True, kw_only=True):
    """A user of the stack that checks may log in with; both from the environment."""

    user: str = ""
    password: str = ""


class CheckLimits(Struct, frozen=True, kw_only=True):
    """What load and performance checks judge by, and never exceed when they send.

    `p95` seconds, `error_rate` a share of 1, `rps` requests a second at least, `memory_growth` bytes, `requests` and
    `concurrency` the most that one heavy check sends, `seconds` the longest that it lasts, `chats` chats with a model.
    """

    p95: float = 1.0
    error_rate: float = 0.01
    rps: float = 50.0
    memory_growth: int = 104857600
    requests: int = 1000
    concurrency: int = 50
    seconds: float = 30.0
    chats: int = 50


class Checks(Struct, frozen=True, kw_only=True):
    """How checks run: how many at once, what is allowed, with which account, and where the user's own stand.

    `allow` names classes besides reads that may run (only where env is test). `files` are Python files with own
    checks, `own` simple ones; `categories` are what they are shown under, `defaults` hold for them. `pytest` are suites
    run by their own interpreter, `junit` files of other runners. `every` is how often (seconds) a category
    runs by itself. `keep_days` is the older name of history.days.
    """

    concurrency: int = 16
    allow: list[str] = msgspec.field(default_factory=list)
    account: Account = Account()
    limits: CheckLimits = CheckLimits()
    files: list[str] = msgspec.field(default_factory=list)
    categories: list[CheckCategory] = msgspec.field(default_factory=list)
    defaults: CheckDefaults = CheckDefaults()
    own: list[AnyOwnCheck] = msgspec.field(default_factory=list)
    every: dict[str, Seconds] = msgspec.field(default_factory=dict)
    pytest: list[PytestSuite] = msgspec.field(default_factory=list)
    junit: list[JunitFile] = msgspec.field(default_factory=list)
    keep_days: float | UnsetType = UNSET


class History(Struct, frozen=True, kw_only=True):
    """How much is remembered in the state folder: so many days, and no more than `size`, such as 200MB."""

    days: float = 30.0
    size: str = "200MB"

    @property
    def bytes(self) -> int:
        """The size as a number."""
        return bytes_of(self.size) or 0


class Recording(Struct, frozen=True, kw_only=True):
    """What `sutaz-tui record` shares: its files may be read, and its socket used, by the members of `group`, "" for nobody.

    `socket` is where boards attach: a path, "" for one in the runtime folder, "off" for nowhere.
    """

    group: str = ""
    socket: str = ""


class LogFormat(Struct, frozen=True, kw_only=True):
    """How lines of a program are written that are of no known format.

    `regex` names its parts by groups: time, level, logger, message, and any other field. Each of `samples` must match.
    """

    regex: str
    samples: list[str] = msgspec.field(default_factory=list)


class Logs(Struct, frozen=True, kw_only=True):
    """How logs are shown, and what their sources are asked.

    `buffer` is how many lines are kept in memory, `height` the rows of the panel under the board. Loki counts a closed
    minute only where it would read fewer than `count_below` bytes for it. `loki` and `docker` name the sources that
    logs come from, "" the source of the first service of that kind. `queries` are LogQL queries by the names that they
    are opened by.
    """

    buffer: int = 50_000
    height: int = 12
    count_below: int = 104857600
    loki: str = ""
    docker: str = ""
    formats: list[LogFormat] = msgspec.field(default_factory=list)
    queries: dict[str, str] = msgspec.field(default_factory=dict)


class ConfigFile(Struct, frozen=True, kw_only=True):
    """A whole config file."""

    env: str = "production"
    services: list[AnyService]
    sources: dict[str, Source] = msgspec.field(default_factory=dict)
    groups: list[Group] = msgspec.field(default_factory=list)
    pace: Pace = Pace()
    limits: Limits = Limits()
    theme: str = "textual-dark"
    keymap: dict[str, str] = msgspec.field(default_factory=dict)
    env_file: str = ""
    checks: Checks = Checks()
    logs: Logs = Logs()
    history: History = History()
    record: Recording = Recording()
    serve: Serving = Serving()
    charts: dict[str, list[ChartConfig]] = msgspec.field(default_factory=dict)
    notify: list[AnyNotifier] = msgspec.field(default_factory=list)
    workers: Workers | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """A config file read, checked, and completed.

    `services` are the structs of their kinds, in order, with title, group, interval, timeout and warn filled in.
    `path` is None for the built-in default. `secrets` holds every value that must never be shown;
    `shell_names` maps them to what stands for them in a shell (`$POSTGRES_PASSWORD`, `$(cat /run/secrets/x)`).
    `login_variables` names the variable that a login comes from, see `login_variable`. `logs` names its sources.
    `warnings` are sentences to say once, at the start. `dockers` are the services of kind docker by their source.
    `charts` are sets by name: a service's id, a kind, or one of their own.
    `inside` maps hosts that stand for containers to their Docker's source and name.
    """

    env: str
    services: tuple[ServiceConfig, ...]
    sources: dict[str, Source]
    groups: tuple[Group, ...]
    pace: Pace
    limits: Limits
    theme: str
    keymap: dict[str, str]
    path: Path | None = None
    checks: Checks = Checks()
    logs: Logs = Logs()
    history: History = History()
    record: Recording = Recording()
    serve: Serving = Serving()
    charts: Mapping[str, list[ChartConfig]] = field(default_factory=dict)
    notify: tuple[AnyNotifier, ...] = ()
    workers: Workers | None = None
    secrets: Secrets = field(default_factory=Secrets)
    shell_names: Mapping[str, str] = field(default_factory=dict)
    login_variables: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    inside: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dockers: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        asked = {
            service.source: service.id for service in reversed(self.services) if kind_of(service) == "docker"
        }
        object.__setattr__(self, "dockers", asked)

    def __repr__(self) -> str:
        """Where it came from; the whole would be pages, with argument lists that may hold a login."""
        return f"Config({str(self.path) if self.path else 'built in'!r}, {len(self.services)} services)"

    def docker_of(self, service: ServiceConfig) -> str:
        """The source of the Docker that runs a service's container; "" where it has none, or Docker is not asked."""
        if not service.container and kind_of(service) != "container":
            return ""
        return service.docker or (next(iter(self.dockers)) if len(self.dockers) == 1 else "")

    def shown(self, address: str) -> str:
        """An address as the file has it: of a container by its name in Docker, and without a login."""
        for host, (_, name) in self.inside.items():
            before, found, after = address.partition(f"{host}:")
            if found:
                return f"{DOCKER}{name}:{after}" if not before or before.endswith("://") else address
        return without_login(address)

    def source_of(self, service: ServiceConfig) -> str:
        """The source that a service is asked through, of a container its Docker's; "" for none."""
        return self.docker_of(service) if kind_of(service) == "container" else service.source

    def service(self, id: str) -> ServiceConfig:
        """The service with this id; KeyError when there is none."""
        for service in self.services:
            if service.id == id:
                return service
        raise KeyError(id)


def kind_of(service: ServiceConfig) -> str:
    """The kind's name, as the file writes it."""
    return str(service.__struct_config__.tag)


def as_service(service: ServiceConfig, config: Config) -> Service:
    """The vocabulary's Service for a config entry; the address is the source's where it asks through one."""
    address = service.address
    if not address and (source := config.source_of(service)):
        address = config.sources[source].url
    address = config.shown(address)
    return Service(
        id=service.id,
        title=service.title,
        kind=kind_of(service),
        group=service.group,
        address=address,
        depends_on=tuple(service.depends_on),
        optional=service.optional,
        runbook=service.runbook,
        owner=service.owner,
        container=service.container,
        docker=config.dockers.get(config.docker_of(service), ""),
        down_after=service.down_after,
        quiet=tuple(windows(service.quiet)),
    )


def login_variable(service: ServiceConfig, config: Config) -> str:
    """The variable to set to log in to a service, of its own keys or else its source's; "" for none."""
    own = config.login_variables.get(f"services.{service.id}", "")
    return own or config.login_variables.get(f"sources.{config.source_of(service)}", "")


def interval_of(service: ServiceConfig) -> float:
    """Seconds between two asks: the service's own, else its kind's."""
    return (
        service.interval if isinstance(service.interval, (int, float)) else KINDS[kind_of(service)].interval
    )


def timeout_of(service: ServiceConfig) -> float:
    """Seconds until an ask is given up: the service's own, else its kind's, always below the interval."""
    if isinstance(service.timeout, (int, float)):
        return service.timeout
    return min(KINDS[kind_of(service)].timeout, 0.8 * interval_of(service))


def warn_of(service: ServiceConfig) -> float:
    """Seconds above which an answer is slow: the service's own, else its kind's."""
    return service.warn if isinstance(service.warn, (int, float)) else KINDS[kind_of(service)].warn
