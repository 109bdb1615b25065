"""RabbitMQ's management API as checks ask it: with the config's login, of the config's vhost."""

from typing import Any, cast
from urllib.parse import quote

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong
from sutaz_tui.checks.reading import MOST
from sutaz_tui.config.config import login_variable
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.rabbitmq import has_login, refusal

AGENT_QUEUES = (
    *("agent.letta", "agent.autogpt", "agent.crewai", "agent.aider", "agent.langchain", "agent.bigagi"),
    *("agent.agentzero", "agent.skyvern", "agent.shellgpt", "agent.autogen", "agent.browseruse"),
    "agent.semgrep",
)
QUEUES = (*AGENT_QUEUES, "mcp.bridge")
"""What the MCP bridge declares when it starts."""

EXCHANGE = "mcp.exchange"


def vhost(ask: Ask, id: str = "rabbitmq") -> str:
    """The vhost of the config, as a path says it."""
    return quote(cast(Rabbitmq, ask.service(id)).vhost, safe="")


async def managed(ask: Ask, path: str, id: str = "rabbitmq", **params: str | int) -> HttpAnswer:
    """GET a path of the management API; a login that it refuses is wrong, without one the check is not run."""
    service = ask.service(id)
    if not has_login(ask.config.sources[service.source]):
        variable = login_variable(service, ask.config) or "its password"
        raise NotRun(f"no login for the management API: set {variable}")
    answer = await ask.get(id, path, params=params)
    if answer.status in (401, 403):
        raise Wrong(
            "the management API takes the configured login",
            f"{answer.status}: {refusal(answer, cast(Rabbitmq, service).vhost)}; it is that of source {service.source}",
        )
    return answer


async def listed(ask: Ask, path: str, id: str = "rabbitmq", **params: str | int) -> list[dict[str, Any]]:
    """The objects of a list of the management API."""
    found = ask.as_list(await managed(ask, path, id, **params))
    ask.expect(all(isinstance(entry, dict) for entry in found), "a list of objects", found)
    return found


async def queues(ask: Ask, id: str = "rabbitmq") -> dict[str, dict[str, Any]]:
    """The vhost's queues by name, with depth, consumers and what they are."""
    columns = (
        "name,durable,auto_delete,exclusive,consumers,messages_ready,messages_ready_details.rate,"
        "messages_unacknowledged,state"
    )
    found = await listed(ask, f"/api/queues/{vhost(ask, id)}", id, columns=columns)
    return {str(queue.get("name")): queue for queue in found}


async def stack_queues(ask: Ask) -> dict[str, dict[str, Any]]:
    """The 13 queues of the bridge, all of them there."""
    found = await queues(ask)
    missing = [name for name in QUEUES if name not in found]
    ask.expect(
        not missing,
        f"the {len(QUEUES)} queues of the bridge",
        f"{len(QUEUES) - len(missing)}; not there: {', '.join(missing)}",
    )
    return {name: found[name] for name in QUEUES}


def whole(entry: dict[str, Any], key: str) -> int:
    """A count of an object; one that is missing or no number is wrong."""
    value = entry.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST:
        raise Wrong(f"{entry.get('name', 'it')} tells {key}", f"{value!r}: are management statistics off?")
    return value


def takes(pattern: str, key: str) -> bool:
    """Whether a topic binding takes a routing key: `*` is one word, `#` any number of them."""
    return _takes(pattern.split("."), key.split("."))


def _takes(pattern: list[str], words: list[str]) -> bool:
    if not pattern or not words:
        return not words and set(pattern) <= {"#"}
    if pattern[0] == "#":
        return _takes(pattern[1:], words) or _takes(pattern, words[1:])
    return pattern[0] in ("*", words[0]) and _takes(pattern[1:], words[1:])
