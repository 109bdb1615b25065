"""`check --prove`: every check is shown to pass on the healthy stack, to pass on no broken one, and to fail on its twin."""

import asyncio
import json
import re
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sutaz_tui.config import Config, Tls
from sutaz_tui.config.kinds import Blackbox, Container, Dns, Http, Memcached, Mysql, Systemd, TlsPort
from sutaz_tui.demo.stack import Demo
from sutaz_tui.model import CheckClass, CheckResult, CheckRun, Outcome
from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.wiring.checks import Checking

if TYPE_CHECKING:
    from sutaz_tui.checks.base import Check, Twin
    from sutaz_tui.config import Config

LONGEST = 0.5
EVERYTHING = frozenset(CheckClass)
SILENT = "slow beyond the deadline"
IMPOSTERS = ("html", "nginx", "json", "list", "echo", "ssh", "smtp", "redis")
# Broken stacks on which nothing may pass: what HTTP answers, and what the binary protocols do meanwhile.
BROKEN: dict[str, str] = {
    "nothing there": "refuse",
    "all 404": "404",
    "all 401": "401",
    "all 200 with {}": "empty",
    "all 500": "500",
    SILENT: "hang",
    **{f"{who} at every port": f"imposter={who}" for who in IMPOSTERS},
}
PLANTED: dict[str, tuple[str, str]] = {
    "types": ("right keys with wrong types", r"planted|\b1717\b"),
    "shapes": ("lists for objects", r"(?!)"),
    "null": ("null for every value", r"\bNone\b|\bnull\b"),
    "nan": ("NaN for every number", r"(?i)\bnan\b"),
    "huge": ("numbers beyond what can be", r"1e\+?1[89]|\d{15,}|1,000,000,000,000"),
    "negative": ("numbers below 0", r"-1e\+?1[89]|-\d{9,}"),
    "past": ("moments of three years ago", r"\d{8,} s (?:old|ago)"),
    "future": ("moments of nine years ahead", r"-\d{6,} s|\d{8,} s ahead"),
}
"""Answers of the healthy stack with something in them that cannot be, and what shows in the words of a check that took it.

No check may tell it as found, nor stumble over it.
"""
OWN_FAULT = "internal error of the check"
BINARY = frozenset(
    {
        "postgres",
        "redis",
        "rabbitmq",
        "neo4j-bolt",
        "qdrant-grpc",
        "dns",
        "mysql",
        "memcached",
        "systemd",
        "tls",
    }
)
HTTP = [name for name in PORTS if name not in BINARY]


@dataclass(frozen=True, slots=True)
class Unproven:
    """A check that is not what it promises to be: on which stack it ended how, and how it should have."""

    check_id: str
    stack: str
    ended: Outcome
    words: str
    should: str

    def __str__(self) -> str:
        return (
            f"{self.check_id}: on {self.stack} it should {self.should}, but ended {self.ended}: {self.words}"
        )


class Control:
    """The simulated stack's control API."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def put(self, path: str, **body: Any) -> None:
        """Change something."""
        await asyncio.to_thread(self._send, "PUT", path, body)

    async def be(
        self,
        traits: Mapping[str, Any] | None = None,
        patches: Iterable[Mapping[str, Any]] = (),
        faults: Mapping[str, str] | None = None,
    ) -> None:
        """Be the healthy stack with these changes, and no other."""
        await self.put(
            "/control/state",
            traits=dict(traits or {}),
            patches=[dict(patch) for patch in patches],
            faults=dict(faults or {}),
        )

    def _send(self, method: str, path: str, body: Any) -> None:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


class _Counted(Checking):
    """Calls `ended` behind each check."""

    def __init__(self, config: "Config", ended: Callable[[], None]) -> None:
        super().__init__(config)
        self._ended = ended

    async def run(
        self, checks: "list[Check]", on_result: Callable[[CheckResult], None] = lambda _: None, **more: Any
    ) -> CheckRun:
        """Run checks."""

        def both(result: CheckResult) -> None:
            on_result(result)
            self._ended()

        return await super().run(checks, both, **more)


def runs_of(checks: "Iterable[Check]") -> int:
    """How many runs of one check a proof takes."""
    wanted = list(_on_the_stack(checks))
    return len(wanted) * (1 + len(BROKEN) + len(PLANTED)) + sum(len(_twins(check)) for check in wanted)


async def prove(
    checks: "Iterable[Check]",
    say: Callable[[str], None] = lambda _: None,
    ended: Callable[[], None] = lambda: None,
) -> list[Unproven]:
    """Run the bodies of checks on the healthy stack, on every broken one and on their own twins; what is unproven.

    `say` hears what comes next, `ended` is called behind each run of one check.
    """
    wanted = list(_on_the_stack(checks))
    unproven: list[Unproven] = []
    with Demo("healthy") as stack, stack.programs():
        await stack.listening()
        control = Control(stack.control)
        checking = _Counted(with_more_kinds(stack), ended)
        try:
            say(f"{len(wanted)} checks on the healthy stack")
            for healthy in {id(one): one for one in map(_healthy, wanted)}.values():
                await control.be(healthy.traits, healthy.patches, healthy.faults)
                unproven += await _all_pass(checking, [one for one in wanted if _healthy(one) is healthy])
            for name, words in BROKEN.items():
                say(f"on a stack with {name}")
                await _break(control, words)
                unproven += await _none_passes(checking, wanted, name)
            for how, (name, shown) in PLANTED.items():
                say(f"on a stack with {name}")
                await control.be(patches=[{"endpoint": name, "mutated": how} for name in HTTP])
                unproven += await _none_takes_it(checking, wanted, name, shown)
            say("each on its own twin")
            for check in wanted:
                for name, twin in _twins(check):
                    await control.be(twin.traits, twin.patches, twin.faults)
                    result = await _one(checking, check, check.timeout)
                    # Not an error either: whoever could not ask has not seen the fault.
                    if result.outcome is not Outcome.FAIL:
                        unproven.append(Unproven(check.id, name, result.outcome, result.message, "fail"))
        finally:
            await checking.aclose()
    return unproven


def _on_the_stack(checks: "Iterable[Check]") -> "Iterable[Check]":
    """The checks as they are of the simulated stack: one of a kind for all services of that kind."""
    seen = set()
    for check in checks:
        made = check.made_by
        if made is None:
            yield check
        elif (made.kind, made.name) not in seen:
            seen.add((made.kind, made.name))
            yield made.of_simulated()


def with_more_kinds(stack: Demo) -> Config:
    """The stack's config with a service of each kind that has checks and of which it has none."""
    config = stack.smallest_config()
    address = next(service.address for service in config.services if service.id == "portainer")
    page = Http(id="http", title="a page", address=f"{address}/", body_regex="<title>Portainer")
    redis = Container(id="container", title="a container", container="sutazai-redis", docker="docker")
    at = f"127.0.0.1:{stack.port('dns')}"
    names = Dns(id="dns", title="a name server", address=at, query="sutazai.test", expect=["192.0.2.10"])
    trusted = Tls(ca_file=str(stack.authority()))
    shop = Http(
        id="https",
        title="a page by TLS",
        address=f"https://127.0.0.1:{stack.port('https')}/",
        body_regex="<title>Shop",
        tls=trusted,
        plain=f"http://127.0.0.1:{stack.port('https-plain')}/",
    )
    door = TlsPort(id="tls", title="a TLS port", address=f"127.0.0.1:{stack.port('tls')}", tls=trusted)
    orders = Mysql(
        id="mysql",
        title="a MySQL",
        address=f"127.0.0.1:{stack.port('mysql')}",
        user="shop",
        password=stack.environ["MYSQL_PASSWORD"],
    )
    sessions = Memcached(id="memcached", title="a Memcached", address=f"127.0.0.1:{stack.port('memcached')}")
    afar = Blackbox(
        id="blackbox", title="a page from afar", source="prometheus", instance="https://shop.test/"
    )
    unit = Systemd(id="systemd", title="a unit", unit="shop.service")
    more = (page, redis, names, shop, door, orders, sessions, afar, unit)
    return replace(config, services=(*config.services, *more))


def _healthy(check: "Check") -> "Twin":
    from sutaz_tui.checks.by_kind.base import HEALTHY

    return check.made_by.healthy if check.made_by is not None else HEALTHY


def _twins(check: "Check") -> "list[tuple[str, Twin]]":
    from sutaz_tui.checks.fresh_faults import FAULTS
    from sutaz_tui.checks.second_twins import SECOND
    from sutaz_tui.checks.wrong_content import WRONG_CONTENT

    if check.made_by is not None:
        return [(f"its twin {number}", twin) for number, twin in enumerate(check.made_by.twins, 1)]
    others = {"its second twin": SECOND, "wrong content": WRONG_CONTENT}
    more = [(name, twins[check.id]) for name, twins in others.items() if check.id in twins]
    more += [(words, twin) for id, words, twin in FAULTS if id == check.id]
    return [("its own twin", check.twin), *more]


async def _run(checking: Checking, checks: "list[Check]", longest: float | None = None) -> CheckRun:
    """Run checks on a stack that is another one than the last."""
    await checking.forget()
    return await checking.run(checks, allow=EVERYTHING, ignore_needs=True, longest=longest)


async def _all_pass(checking: Checking, checks: "list[Check]") -> list[Unproven]:
    run = await _run(checking, checks)
    return [
        Unproven(result.check_id, "the healthy stack", result.outcome, result.message, "pass")
        for result in run.results
        if result.outcome is not Outcome.PASS
    ]


async def _none_passes(checking: Checking, checks: "list[Check]", name: str) -> list[Unproven]:
    # Many wait out their deadline: heavy ones and those of one budget need not do so one after another.
    checks = [replace(check, check_class=CheckClass.READS, budget="") for check in checks]
    run = await _run(checking, checks, LONGEST)
    return [
        Unproven(result.check_id, f"a stack with {name}", result.outcome, result.message, "not pass")
        for result in run.results
        if result.outcome in (Outcome.PASS, Outcome.SKIP)
    ]


async def _none_takes_it(checking: Checking, checks: "list[Check]", name: str, shown: str) -> list[Unproven]:
    run = await _run(checking, checks, LONGEST)
    return [
        Unproven(
            result.check_id, f"a stack with {name}", result.outcome, result.message, "see that it cannot be"
        )
        for result in run.results
        if OWN_FAULT in result.message or (result.outcome is Outcome.PASS and re.search(shown, result.found))
    ]


async def _one(checking: Checking, check: "Check", longest: float) -> CheckResult:
    run = await _run(checking, [check], longest)
    return run.results[0]


async def _break(control: Control, words: str) -> None:
    of_binary = words if words in ("refuse", "hang") or words.startswith("imposter") else "garbage"
    faults = dict.fromkeys(BINARY, of_binary)
    if words == "empty":
        patches = [{"endpoint": name, "status": 200, "body": {}} for name in HTTP]
        await control.be(patches=patches, faults=faults)
    else:
        await control.be(faults={**faults, **dict.fromkeys(HTTP, words)})
