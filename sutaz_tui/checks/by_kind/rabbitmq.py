"""Any RabbitMQ, by its management API and its own port."""

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.checks.messaging.management import managed, queues, whole
from sutaz_tui.checks.messaging.rabbitmq import alarms, node, round_trip
from sutaz_tui.model import CheckClass
from sutaz_tui.text.units import first_of

KIND = Kind("rabbitmq")
MANAGEMENT = "rabbitmq-management"
QUEUES = "/api/queues/*"
WAITING = 100
"""Messages from which a queue is looked at: a few come and go."""


@KIND.check(
    "answers",
    "the management API answers with its version",
    patch(MANAGEMENT, "/api/overview", remove=["product_version", "rabbitmq_version"]),
    is_identity=True,
)
async def answers(ask: Ask, id: str) -> str:
    body = ask.as_object(await managed(ask, "/api/overview", id))
    version = reading.version(body.get("product_version") or body.get("rabbitmq_version"))
    return f"RabbitMQ {version}"


KIND.add("alarms", "no memory or disk alarm (publishers are not blocked)", alarms, trait(rabbitmq_alarm=True))
KIND.add("nodes", "every node runs, and not just since now, unpartitioned, with memory, disk and descriptors left", node,
         patch(MANAGEMENT, "/api/nodes", set={"0.disk_free": 1_000_000}),
         patch(MANAGEMENT, "/api/nodes", set={"0.running": False}),
         patch(MANAGEMENT, "/api/nodes", set={"0.uptime": 4_000}))  # fmt: skip
KIND.add("round-trip", "a published message is confirmed and read back", round_trip,
         trait(rabbitmq_keeps_messages=False), trait(rabbitmq_cuts_messages=True), check_class=CheckClass.WRITES,
         sends="one message on a private queue sutaztui-… that ends with its connection")  # fmt: skip


@KIND.check(
    "consumed",
    "no queue with messages is without a consumer",
    patch(MANAGEMENT, QUEUES, set={"3.messages_ready": 5, "3.consumers": 0}),
)
async def consumed(ask: Ask, id: str) -> str:
    found = await queues(ask, id)
    lonely = [
        f"{name} {waiting}"
        for name, queue in found.items()
        if (waiting := whole(queue, "messages_ready")) and not whole(queue, "consumers")
    ]
    ask.expect(not lonely, "a consumer where messages wait", f"none on {first_of(sorted(lonely), 5)}")
    return f"{len(found)} queues"


@KIND.check(
    "growing",
    f"no queue above {WAITING} messages grows",
    patch(
        MANAGEMENT,
        QUEUES,
        set={"3.messages_ready": 5_000, "3.messages_ready_details": {"rate": 12.0}},
    ),
    patch(MANAGEMENT, QUEUES, set={"3.messages_ready": 5_000, "3.messages_ready_details": None}),
)
async def growing(ask: Ask, id: str) -> str:
    found = await queues(ask, id)
    grow = []
    for name, queue in found.items():
        ready, details = whole(queue, "messages_ready"), queue.get("messages_ready_details")
        rate = details.get("rate") if isinstance(details, dict) else None
        if ready <= WAITING:
            continue
        if not isinstance(rate, int | float):
            raise Wrong(f"{name} tells its rate", "none: are management statistics off?")
        if rate > 0:
            grow.append(f"{name} {ready}, {rate:.0f} more a second")
    ask.expect(not grow, "no queue that grows", first_of(sorted(grow), 5))
    return f"none of {len(found)} queues"
