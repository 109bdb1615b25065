"""The bridge's 13 queues: there, kept over a restart, bound, taken from, and not filling up."""

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import patch, trait
from sutaz_tui.checks.messaging.category import CATEGORY
from sutaz_tui.checks.messaging.management import (
    AGENT_QUEUES,
    EXCHANGE,
    QUEUES,
    listed,
    stack_queues,
    takes,
    vhost,
    whole,
)

MOST_WAITING = 1000
_QUEUES_PATH = "/api/queues/*"


@CATEGORY.check(
    "rabbitmq.queues",
    f"the bridge's {len(QUEUES)} queues exist and are running",
    "rabbitmq",
    twin=patch("rabbitmq-management", _QUEUES_PATH, remove=["0"]),
    covers=("rck-05", "mcp-17"),
)
async def there(ask: Ask) -> str:
    found = await stack_queues(ask)
    stopped = [name for name, queue in found.items() if queue.get("state") not in ("running", "idle", "flow")]
    ask.expect(not stopped, "every queue running", f"not running: {', '.join(stopped)}")
    return f"{len(found)} queues"


@CATEGORY.check(
    "rabbitmq.durable",
    "the bridge's queues are durable",
    "rabbitmq",
    twin=patch("rabbitmq-management", _QUEUES_PATH, set={"3.durable": False}),
    covers=("rck-11",),
)
async def durable(ask: Ask) -> str:
    found = await stack_queues(ask)
    fleeting = [name for name, queue in found.items() if queue.get("durable") is not True]
    ask.expect(not fleeting, "all durable", f"lost at a restart: {', '.join(fleeting)}")
    gone = [name for name, queue in found.items() if queue.get("auto_delete") or queue.get("exclusive")]
    ask.expect(not gone, "queues that stay", f"deleted with their last consumer: {', '.join(gone)}")
    return f"{len(QUEUES)} durable queues"


@CATEGORY.check(
    "rabbitmq.bindings",
    f"{EXCHANGE} is bound to each agent's queue, by name and for broadcasts",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/bindings/*", remove=["2"]),
    covers=("rck-10",),
)
async def bindings(ask: Ask) -> str:
    found = {
        (binding.get("destination"), binding.get("routing_key"))
        for binding in await listed(ask, f"/api/bindings/{vhost(ask)}")
        if binding.get("source") == EXCHANGE and binding.get("destination_type") == "queue"
    }
    wanted = [(name, key) for name in AGENT_QUEUES for key in (f"{name}.*", "agent.all.*")]
    wanted.append(("mcp.bridge", "bridge.*"))
    missing = [f"{queue} by {key}" for queue, key in wanted if (queue, key) not in found]
    ask.expect(not missing, f"{len(wanted)} bindings", f"{len(missing)} missing: {', '.join(missing)}")
    greedy = [
        f"{queue} by {key}"
        for queue, key in found
        if queue in QUEUES
        and any(takes(str(key), f"{other}.task") for other in AGENT_QUEUES if other != queue)
    ]
    ask.expect(not greedy, "to each agent its own alone", f"the others' too: {', '.join(sorted(greedy))}")
    return f"{len(wanted)} bindings"


@CATEGORY.check(
    "rabbitmq.consumers",
    "each of the bridge's queues has a consumer",
    "rabbitmq",
    twin=trait(queues_have_consumers=False),
    covers=("rck-06",),
)
async def consumers(ask: Ask) -> str:
    found = await stack_queues(ask)
    lonely = [name for name, queue in found.items() if whole(queue, "consumers") < 1]
    waiting = sum(whole(found[name], "messages_ready") for name in lonely)
    ask.expect(
        not lonely,
        f"a consumer on each of {len(QUEUES)} queues",
        f"none on {len(lonely)} ({', '.join(lonely)}); {waiting} messages wait there",
    )
    return f"a consumer on each of {len(QUEUES)} queues"


@CATEGORY.check(
    "rabbitmq.backlog",
    "no backlog in the bridge's queues",
    "rabbitmq",
    twin=patch("rabbitmq-management", _QUEUES_PATH, set={"2.messages_ready": 250_000}),
    covers=("mcp-18",),
)
async def backlog(ask: Ask) -> str:
    depth = {
        name: whole(queue, "messages_ready") + whole(queue, "messages_unacknowledged")
        for name, queue in (await stack_queues(ask)).items()
    }
    full = [f"{name} {count}" for name, count in depth.items() if count > MOST_WAITING]
    ask.expect(not full, f"at most {MOST_WAITING} messages a queue", ", ".join(full))
    return f"{sum(depth.values())} messages in {len(depth)} queues"
