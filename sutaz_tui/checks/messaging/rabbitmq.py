"""The broker: its figures and alarms, its exchanges, who is connected, and a message's way through it and back."""

import secrets
import time
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch, trait
from sutaz_tui.checks.messaging.category import CATEGORY
from sutaz_tui.checks.messaging.management import EXCHANGE, listed, managed, vhost, whole
from sutaz_tui.config.kinds import Rabbitmq
from sutaz_tui.model import CheckClass
from sutaz_tui.sources.amqp_channel import AmqpChannel, ChannelRefused
from sutaz_tui.text.units import plural

MESSAGES = 100
OURS = "sutaz-tui"
JUST_STARTED = 10


@CATEGORY.check(
    "rabbitmq.overview",
    "the broker reports its version and totals",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/overview", remove=["object_totals"]),
    covers=("rck-01",),
)
async def overview(ask: Ask) -> str:
    body = ask.as_object(await managed(ask, "/api/overview"))
    version = body.get("product_version") or body.get("rabbitmq_version")
    ask.expect(isinstance(version, str) and version[:1].isdigit(), "a version", version)
    totals = body.get("object_totals")
    if not isinstance(totals, dict):
        raise Wrong("totals of queues, connections and consumers", "none: are management statistics off?")
    counts = [f"{whole(totals, key)} {key}" for key in ("queues", "connections", "consumers", "exchanges")]
    return f"RabbitMQ {version}: {', '.join(counts)}"


@CATEGORY.check(
    "rabbitmq.vhost",
    "the stack's vhost runs on every node",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/vhosts", set={"0.cluster_state": {"sutaz@localhost": "stopped"}}),
    covers=("rck-02",),
)
async def the_vhost(ask: Ask) -> str:
    service = ask.service("rabbitmq")
    wanted = service.vhost if isinstance(service, Rabbitmq) else "/"
    found = {str(entry.get("name")): entry for entry in await listed(ask, "/api/vhosts")}
    ask.expect(wanted in found, f"vhost {wanted}", f"vhosts {', '.join(found) or 'none'}")
    state = found[wanted].get("cluster_state")
    ask.expect(
        isinstance(state, dict) and bool(state) and set(state.values()) == {"running"},
        f"vhost {wanted} running on every node",
        state,
    )
    return f"vhost {wanted} runs on {plural(len(state or {}), 'node')}"


async def _exchanges(ask: Ask) -> dict[str, dict[str, Any]]:
    return {str(entry.get("name")): entry for entry in await listed(ask, f"/api/exchanges/{vhost(ask)}")}


def _is(entry: dict[str, Any] | None, kind: str) -> str:
    """What is wrong with an exchange, "" for nothing."""
    if entry is None:
        return "not there"
    if entry.get("type") != kind:
        return f"of type {entry.get('type')}"
    return "" if entry.get("durable") is True else "not durable"


@CATEGORY.check(
    "rabbitmq.exchange",
    f"{EXCHANGE} is a durable topic exchange",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/exchanges/*", set={"7.durable": False}),
    covers=("rck-03",),
)
async def exchange(ask: Ask) -> str:
    wrong = _is((await _exchanges(ask)).get(EXCHANGE), "topic")
    ask.expect(not wrong, f"{EXCHANGE}: topic, durable", f"{EXCHANGE} is {wrong}; has the bridge started?")
    return f"{EXCHANGE}: topic, durable"


@CATEGORY.check(
    "rabbitmq.built-in",
    "the built-in exchanges exist with their types",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/exchanges/*", remove=["6"]),
    covers=("rck-04",),
)
async def built_in(ask: Ask) -> str:
    found = await _exchanges(ask)
    wanted = {"amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic", "amq.headers": "headers"}
    wrong = [f"{name} is {words}" for name, kind in wanted.items() if (words := _is(found.get(name), kind))]
    ask.expect(not wrong, f"{len(wanted)} built-in exchanges", "; ".join(wrong))
    return ", ".join(wanted)


@CATEGORY.check(
    "rabbitmq.alarms",
    "no memory or disk alarm (publishers are not blocked)",
    "rabbitmq",
    twin=trait(rabbitmq_alarm=True),
)
async def alarms(ask: Ask, id: str = "rabbitmq") -> str:
    answer = await managed(ask, "/api/health/checks/alarms", id)
    if answer.status == 503:
        body = answer.json()
        named = body.get("alarms") if isinstance(body, dict) else None
        resources = [str(alarm.get("resource")) for alarm in named or [] if isinstance(alarm, dict)]
        raise Wrong("no alarm", f"alarm: {', '.join(resources) or 'unnamed'}; publishers are blocked")
    body = ask.as_object(answer)
    ask.expect(body.get("status") == "ok", "status ok", body.get("status"))
    return "no alarm in effect"


@CATEGORY.check(
    "rabbitmq.node",
    f"every node runs, for {JUST_STARTED} s, unpartitioned, with memory, disk and file descriptors left",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/nodes", set={"0.disk_free": 1_000_000}),
)
async def node(ask: Ask, id: str = "rabbitmq") -> str:
    nodes = await listed(ask, "/api/nodes", id)
    ask.expect(bool(nodes), "at least one node", "none")
    for entry in nodes:
        name = entry.get("name")
        ask.expect(entry.get("running") is True, f"{name} running", f"running {entry.get('running')}")
        ask.expect(entry.get("partitions") == [], f"{name} sees all others", entry.get("partitions"))
        memory, limit = whole(entry, "mem_used"), whole(entry, "mem_limit")
        ask.expect(memory < limit, f"{name}: memory below {limit}", memory)
        disk, least = whole(entry, "disk_free"), whole(entry, "disk_free_limit")
        ask.expect(disk > least, f"{name}: more than {least} bytes of disk free", f"{disk}")
        used, most = whole(entry, "fd_used"), whole(entry, "fd_total")
        ask.expect(used < 0.9 * most, f"{name}: below 90% of {most} descriptors", used)
        # In milliseconds; an old node does not tell it.
        up = whole(entry, "uptime") / 1000 if "uptime" in entry else JUST_STARTED
        ask.expect(
            up >= JUST_STARTED,
            f"{name}: up for {JUST_STARTED} s",
            f"{up:.0f} s: it has just started, and who used it may still be away",
        )
    return f"{plural(len(nodes), 'node')} with room"


def _others(connections: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The connections that are not this program's own."""
    found = []
    for entry in connections:
        client = entry.get("client_properties")
        if not isinstance(client, dict) or client.get("product") != OURS:
            found.append(entry)
    return found


@CATEGORY.check(
    "rabbitmq.clients",
    "backend and bridge are connected, and not blocked",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/connections", remove=["0"]),
    covers=("rck-07",),
)
async def clients(ask: Ask) -> str:
    columns = "name,user,state,channels,client_properties"
    found = _others(await listed(ask, "/api/connections", columns=columns))
    running = [entry for entry in found if entry.get("state") in ("running", "flow")]
    words = ", ".join(f"{entry.get('user')} {entry.get('state')}" for entry in found) or "none"
    different = {str(entry.get("name")) for entry in running}
    ask.expect(len(different) >= 2, "two running connections: the backend's and the bridge's", words)
    ask.expect(len(running) == len(found), "every connection running", words)
    mute = [str(entry.get("name")) for entry in running if whole(entry, "channels") < 1]
    ask.expect(not mute, "a channel on each connection", f"none on {', '.join(mute)}")
    return f"{len(running)} connections beside our own"


@CATEGORY.check(
    "rabbitmq.channels",
    "no channel has too many unacknowledged messages",
    "rabbitmq",
    twin=patch("rabbitmq-management", "/api/channels", set={"0.messages_unacknowledged": 50_000}),
    covers=("rck-08",),
)
async def channels(ask: Ask) -> str:
    columns = "name,state,messages_unacknowledged,consumer_count"
    found = await listed(ask, "/api/channels", columns=columns)
    ask.expect(bool(found), "open channels", "none")
    most = max(whole(entry, "messages_unacknowledged") for entry in found)
    ask.expect(most <= 1000, "at most 1000 unacknowledged messages a channel", most)
    return f"{len(found)} channels, at most {most} unacknowledged on one"


def _name() -> str:
    return f"sutaztui-{secrets.token_hex(6)}"


async def _way(channel: AmqpChannel, queue: str, exchange: str, key: str) -> None:
    """Publish to an exchange and fetch the same message from the private queue."""
    where = f"exchange {exchange}" if exchange else "the default exchange"
    body = secrets.token_hex(8).encode()
    try:
        routed = await channel.publish(exchange, key, body)
    except ChannelRefused as refused:
        raise Wrong(f"{where} takes a message", refused.words) from refused
    if not routed:
        raise Wrong(f"{where} routes {key} to the private queue", "the broker returned it: no queue takes it")
    arrived = await channel.fetch(queue)
    if arrived is None:
        raise Wrong(f"the message that {where} confirmed is in its queue", "the queue is empty: it was lost")
    if arrived.body != body:
        raise Wrong("the message as it was sent", f"other {len(arrived.body)} bytes")


@CATEGORY.check(
    "rabbitmq.round-trip",
    "a published message is confirmed and read back",
    "rabbitmq",
    twin=trait(rabbitmq_keeps_messages=False),
    check_class=CheckClass.WRITES,
    sends="one message on a private queue sutaztui-… that ends with its connection",
)
async def round_trip(ask: Ask, id: str = "rabbitmq") -> str:
    name = _name()
    async with ask.amqp(id) as channel:
        await channel.private_queue(name)
        await _way(channel, name, "", name)
        left = await channel.fetch(name)
    ask.expect(left is None, "the message once", "it came twice")
    return "published, confirmed, fetched"


@CATEGORY.check(
    "rabbitmq.routing",
    f"{EXCHANGE} routes by pattern and amq.direct by key, and to no other queue",
    "rabbitmq",
    twin=trait(mcp_exchange_type="direct"),
    check_class=CheckClass.WRITES,
    sends=f"messages through {EXCHANGE} and amq.direct with keys that only a private queue sutaztui-… takes",
    covers=("rck-09",),
)
async def routing(ask: Ask) -> str:
    name = _name()
    async with ask.amqp("rabbitmq") as channel:
        try:
            await channel.private_queue(name, [(EXCHANGE, f"{name}.*"), ("amq.direct", name)])
        except ChannelRefused as refused:
            raise Wrong(f"{EXCHANGE} can be bound to", refused.words) from refused
        await _way(channel, name, EXCHANGE, f"{name}.probe")
        await _way(channel, name, "amq.direct", name)
        strayed = await channel.publish(EXCHANGE, f"{name}.two.words", b"stray")
    ask.expect(not strayed, f"{name}.* takes one word, not two", "a key of two words was routed to it")
    return "by pattern, by key, and nowhere else"


@CATEGORY.check(
    "rabbitmq.throughput",
    f"{MESSAGES} confirmed messages come back in order, within the limit per message",
    "rabbitmq",
    twin=trait(rabbitmq_queue_limit=10),
    check_class=CheckClass.WRITES,
    sends=f"{MESSAGES} small messages on a private queue sutaztui-… that ends with its connection",
    covers=("rck-12",),
)
async def throughput(ask: Ask) -> str:
    name = _name()
    slowest = 0.0
    async with ask.amqp("rabbitmq") as channel:
        await channel.private_queue(name)
        began = time.perf_counter()
        for number in range(MESSAGES):
            sent = time.perf_counter()
            ask.expect(
                await channel.publish("", name, b"%d" % number), "every message routed", f"not {number}"
            )
            slowest = max(slowest, time.perf_counter() - sent)
        back = [arrived.body for _ in range(MESSAGES) if (arrived := await channel.fetch(name)) is not None]
        rate = MESSAGES / (time.perf_counter() - began)
    wanted = [b"%d" % number for number in range(MESSAGES)]
    ask.expect(
        back == wanted, f"{MESSAGES} messages in order", f"{len(back)}, in order {back == sorted(back)}"
    )
    ask.expect(
        slowest <= ask.limits.p95, f"each confirmed within {ask.limits.p95:g} s", f"{slowest:.3f} s for one"
    )
    return f"{MESSAGES} there and back at {rate:.0f}/s, the slowest confirm {slowest * 1000:.0f} ms"
