"""What `:` does to the simulated stack while it runs: break a service, mend it, set a scenario, by its control API."""

import json

from sutaz_tui.config.words import nearest
from sutaz_tui.demo.stack import SCENARIOS, Demo
from sutaz_tui.errors import SourceError
from sutaz_tui.simulator.ports import PORTS
from sutaz_tui.text.sanitise import one_line
from sutaz_tui.wiring.clients import SharedClients

HINT = "demo: try :break postgres refuse, c, Enter, :mend postgres, :scenario real"
"""Fits in 80 columns."""
FAULTS = (
    "refuse", "hang", "slow", "reset", "503", "denied", "redirect", "garbage", "wrong-name", "truncated", "flapping"
)  # fmt: skip
"""The faults that complete; the stack knows more (`slow=2`, `404`), and names them all where one is none."""
UNSEEN = ("dns", "mysql", "memcached", "systemd", "https", "https-plain", "tls")
"""What only `check --prove` asks: broken, it changes nothing on the board."""
DOORS = {
    "kong": ("kong", "kong-admin"),
    "rabbitmq": ("rabbitmq", "rabbitmq-management"),
    "neo4j": ("neo4j", "neo4j-bolt"),
    "qdrant": ("qdrant", "qdrant-grpc"),
}
"""The services that have more than one port: all are broken together."""


def completions() -> list[str]:
    """Everything that completes in a demo after `:`."""
    seen = [name for name in PORTS if name not in UNSEEN]
    breaks = [f"break {name} {fault}" for name in seen for fault in FAULTS]
    mends = [f"mend {name}" for name in seen]
    return [*breaks, *mends, *(f"scenario {name}" for name in SCENARIOS), "control"]


async def obey(stack: Demo, clients: SharedClients, typed: str) -> str:
    """Do what was typed, such as `break postgres refuse`: what to say."""
    word, *given = typed.split()
    if word == "control":
        return stack.control or "the simulated stack is still starting"
    if word == "scenario":
        name = given[0] if given else ""
        if name not in SCENARIOS:
            return f"no scenario {one_line(name, 30)!r}, expected {nearest(name, SCENARIOS)}"
        return await _put(stack, clients, "scenario", {"scenario": name}) or f"scenario {name}"
    service = given[0] if given else ""
    if not service:
        return f"{word} which service? {word} postgres"
    if service not in PORTS:
        return f"no service {one_line(service, 30)!r} to {word}, expected {nearest(service, PORTS)}"
    fault = given[1] if given[1:] else ("refuse" if word == "break" else None)
    for door in DOORS.get(service, (service,)):
        if trouble := await _put(stack, clients, f"faults/{door}", {"fault": fault}):
            return trouble
    return f"{service}: {fault}; :mend {service} ends it" if fault else f"{service} mended"


async def _put(stack: Demo, clients: SharedClients, path: str, body: dict[str, str | None]) -> str:
    """Send an order to the control API; "" where it was taken, else why not."""
    if not stack.control:
        return "the simulated stack is still starting"
    origin = (await clients.get()).origin(stack.control, "the simulated stack")
    try:
        answer = await origin.request("PUT", f"/control/{path}", content=json.dumps(body).encode())
    except SourceError as error:
        return str(error)
    if answer.status == 200:
        return ""
    try:
        return one_line(str(json.loads(answer.body)["error"]), 300)
    except (ValueError, KeyError, TypeError):
        return f"the simulated stack answers {answer.status}"
