"""RabbitMQ's management API over the world's queues, with basic authentication."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sutaz_tui.simulator.exposition import Family, counter, gauge
from sutaz_tui.simulator.platform import has_login
from sutaz_tui.simulator.rabbitmq_lists import WrongPage, WrongSort, columns_of, listed
from sutaz_tui.simulator.rabbitmq_shapes import (
    NODE,
    a_channel,
    a_connection,
    a_consumer,
    a_node,
    a_queue,
    an_exchange,
    an_overview,
)
from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import CONTAINERS, Queue, World, container_address

_FIXED = ("name", "vhost", "durable", "auto_delete", "exclusive", "arguments", "type", "node")
_MESSAGES = ("messages", "messages_ready", "messages_unacknowledged")
GUEST = {"www-authenticate": 'Basic realm="RabbitMQ Management"'}


def totals(world: World) -> dict[str, Any]:
    queues = world.queues.values()
    ready, unacked = sum(queue.depth for queue in queues), sum(queue.unacked for queue in queues)
    return with_rates(
        {"messages": ready + unacked, "messages_ready": ready, "messages_unacknowledged": unacked}
    )


def with_rates(counts: dict[str, Any]) -> dict[str, Any]:
    return counts | {f"{name}_details": {"rate": 0.0} for name in counts}


def metrics(world: World) -> list[Family]:
    """What the broker's own Prometheus port says; it is published nowhere, only Prometheus scrapes it."""
    counts = totals(world)
    consumers = sum(queue.consumers for queue in world.queues.values())
    published = sum(queue.published for queue in world.queues.values())
    return [
        gauge("rabbitmq_connections", "Connections.", ({}, float(len(world.amqp_connections) + 2))),
        gauge("rabbitmq_consumers", "Consumers.", ({}, float(consumers))),
        gauge("rabbitmq_queues", "Queues.", ({}, float(len(world.queues)))),
        gauge("rabbitmq_queue_messages", "Messages.", ({}, float(counts["messages"]))),
        gauge("rabbitmq_queue_messages_ready", "Ready.", ({}, float(counts["messages_ready"]))),
        gauge("rabbitmq_queue_messages_unacked", "Unacked.", ({}, float(counts["messages_unacknowledged"]))),
        gauge("rabbitmq_process_resident_memory_bytes", "Memory.", ({}, 144_601_088.0)),
        counter("rabbitmq_global_messages_received_total", "Received.", ({}, float(published))),
        gauge("rabbitmq_identity_info", "Node.", ({"rabbitmq_node": NODE, "rabbitmq_cluster": "sutaz"}, 1.0)),
    ]


class Guarded:
    """Asks every caller for the management login."""

    def __init__(self, inner: ASGIApp, world: World) -> None:
        self._inner = inner
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        secrets = self._world.secrets
        request = Request(scope, receive)
        if has_login(request, secrets["RABBITMQ_USER"], secrets["RABBITMQ_PASSWORD"]):
            await self._inner(scope, receive, send)
        elif "authorization" in request.headers:
            wrong = {"error": "not_authorised", "reason": "Login failed"}
            await JSONResponse(wrong, 401, GUEST)(scope, receive, send)
        else:
            await Response(status_code=401, headers=GUEST)(scope, receive, send)


def app(world: World) -> ASGIApp:
    def shown(queue: Queue) -> dict[str, Any]:
        idle = datetime.fromtimestamp(queue.idle_since, UTC).isoformat(timespec="milliseconds")
        counts = {"messages": queue.depth + queue.unacked, "messages_ready": queue.depth}
        counts["messages_unacknowledged"] = queue.unacked
        state = {"consumers": queue.consumers, "durable": queue.durable, "auto_delete": queue.auto_delete}
        state["exclusive"] = queue.exclusive
        extra = {"name": queue.name, "idle_since": idle, "message_bytes": queue.depth * 412}
        extra["message_stats"] = with_rates({"publish": queue.published, "deliver_get": queue.delivered})
        extra["consumer_utilisation"] = extra["consumer_capacity"] = 1 if queue.consumers else 0
        return a_queue() | with_rates(counts) | state | extra

    async def overview(request: Request) -> Response:
        await think(world, 0.004)
        channels = len(world.amqp_connections) + 2
        consumers = sum(queue.consumers for queue in world.queues.values())
        objects = {"channels": channels, "connections": channels, "consumers": consumers}
        objects |= {"exchanges": 7 + len(world.exchanges), "queues": len(world.queues)}
        whole = an_overview() | {"queue_totals": totals(world), "object_totals": objects}
        if not world.traits.rabbitmq_statistics:
            whole |= {"disable_stats": True}
            del whole["queue_totals"]
        columns = request.query_params.get("columns")
        return JSONResponse(columns_of(whole, columns) if columns else whole)

    async def queues(request: Request) -> Response:
        await think(world, 0.004)
        query = request.query_params
        found = [told(queue, query) for _, queue in sorted(world.queues.items())]
        try:
            return JSONResponse(listed(found, query))
        except WrongPage as error:
            return JSONResponse({"error": error.args[0], "reason": error.args[1]}, 400)
        except WrongSort:
            return Response(status_code=500)

    def told(queue: Queue, query: Mapping[str, str]) -> dict[str, Any]:
        """A queue with its statistics, with its totals alone, or with neither, as the broker is set and asked."""
        whole = shown(queue)
        if query.get("disable_stats") == "true":
            totals = (*_MESSAGES, "state") if query.get("enable_queue_totals") == "true" else ("state",)
            return {name: whole[name] for name in (*_FIXED, *totals)}
        if not world.traits.rabbitmq_statistics:
            return {name: whole[name] for name in _FIXED} | {"state": "live"}
        return whole

    async def queue(request: Request) -> Response:
        name = unquote(request.path_params["name"])
        found = world.queues.get(name)
        if request.method == "PUT":
            if found is None:
                wanted = await request.json()
                durable, fleeting = bool(wanted.get("durable", True)), bool(wanted.get("auto_delete"))
                world.queues[name] = Queue(name, durable, fleeting, idle_since=world.epoch())
            return Response(status_code=201 if found is None else 204)
        if found is None:
            return JSONResponse({"error": "Object Not Found", "reason": "Not Found"}, 404)
        if request.method == "DELETE":
            del world.queues[name]
            return Response(status_code=204)
        return JSONResponse(shown(found))

    async def contents(request: Request) -> Response:
        found = world.queues.get(unquote(request.path_params["name"]))
        if found is None:
            return JSONResponse({"error": "Object Not Found", "reason": "Not Found"}, 404)
        if request.method == "DELETE":
            found.messages.clear()
            found.ready = 0
            return Response(status_code=204)
        wanted = await request.json()
        taken = []
        for place in range(min(int(wanted.get("count", 1)), len(found.messages))):
            body = (
                found.messages.popleft()
                if "requeue_false" in str(wanted.get("ackmode"))
                else found.messages[place]
            )
            message = {
                "payload": body.decode("utf-8", "replace"),
                "payload_bytes": len(body),
                "redelivered": False,
            }
            taken.append({**message, "exchange": "", "routing_key": found.name, "payload_encoding": "string"})
        return JSONResponse(taken)

    async def publish(request: Request) -> Response:
        wanted, key = await request.json(), ""
        key = str(wanted.get("routing_key", ""))
        exchange = request.path_params["name"]
        to = [
            queue
            for queue in world.queues.values()
            if (exchange == "amq.default" and queue.name == key)
            or any(bound == exchange and _matches(pattern, key) for bound, pattern in queue.bindings)
        ]
        for queue in to:
            queue.messages.append(str(wanted.get("payload", "")).encode())
            queue.published += 1
        return JSONResponse({"routed": bool(to)})

    async def exchanges(_: Request) -> Response:
        fixed = (
            "",
            "amq.direct",
            "amq.fanout",
            "amq.headers",
            "amq.match",
            "amq.rabbitmq.trace",
            "amq.topic",
        )
        found = [an_exchange(name, world.exchanges.get(name, _fixed_kind(name))) for name in fixed]
        return JSONResponse(found + [an_exchange(name, kind) for name, kind in world.exchanges.items()])

    async def bindings(_: Request) -> Response:
        # Each queue is bound to the default exchange by its own name.
        found = [
            {"source": source, "vhost": "/", "destination": queue.name, "destination_type": "queue"}
            | {"routing_key": key, "arguments": {}, "properties_key": key}
            for _, queue in sorted(world.queues.items())
            for source, key in [("", queue.name), *queue.bindings]
        ]
        return JSONResponse(found)

    async def consumers(request: Request) -> Response:
        user, found = world.secrets["RABBITMQ_USER"], []
        for name, queue in sorted(world.queues.items()):
            for number in range(queue.consumers):
                found.append(a_consumer(name, user, number, _reader(name)))
        columns = request.query_params.get("columns")
        return JSONResponse([columns_of(one, columns) if columns else one for one in found])

    async def connections(request: Request) -> Response:
        user = world.secrets["RABBITMQ_USER"]
        own = [a_connection(f"127.0.0.1:{port} -> 127.0.0.1:10004", user) for port in (48210, 51870)]
        found = own + [a_connection(name, user) | more for name, more in world.amqp_connections.items()]
        try:
            return JSONResponse(listed(found, request.query_params))
        except WrongPage as error:
            return JSONResponse({"error": error.args[0], "reason": error.args[1]}, 400)
        except WrongSort:
            return Response(status_code=500)

    async def channels(_: Request) -> Response:
        user = world.secrets["RABBITMQ_USER"]
        return JSONResponse(
            [a_channel(f"127.0.0.1:{port} -> 127.0.0.1:10004", user) for port in (48210, 51870)]
        )

    async def nodes(_: Request) -> Response:
        uptime = int((world.elapsed() + 9_000) * 1000)
        return JSONResponse([a_node() | {"uptime": uptime, "mem_alarm": world.traits.rabbitmq_alarm}])

    async def alarms(_: Request) -> Response:
        if world.traits.rabbitmq_alarm:
            alarm = {"node": NODE, "resource": "memory"}
            reason = "There are alarms in effect in the cluster"
            return JSONResponse({"status": "failed", "reason": reason, "alarms": [alarm]}, 503)
        return JSONResponse({"status": "ok"})

    async def fine(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def vhosts(_: Request) -> Response:
        about = {"description": "Default virtual host", "tags": []}
        traffic = {"recv_oct": 2848, "send_oct": 1953}
        state = {"cluster_state": {NODE: "running"}, "default_queue_type": "undefined", "tracing": False}
        return JSONResponse(
            [{**about, **state, "metadata": about, "name": "/"} | totals(world) | with_rates(traffic)]
        )

    async def whoami(_: Request) -> Response:
        return JSONResponse({"name": world.secrets["RABBITMQ_USER"], "tags": ["administrator"]})

    inner = application(
        routes=[
            Route("/api/overview", overview),
            Route("/api/queues", queues),
            Route("/api/queues/%2F", queues),
            Route("/api/queues/{vhost}/{name}", queue, methods=["GET", "PUT", "DELETE"]),
            Route("/api/queues/{vhost}/{name}/contents", contents, methods=["DELETE"]),
            Route("/api/queues/{vhost}/{name}/get", contents, methods=["POST"]),
            Route("/api/exchanges/{vhost}/{name}/publish", publish, methods=["POST"]),
            Route("/api/exchanges", exchanges),
            Route("/api/exchanges/%2F", exchanges),
            Route("/api/bindings/%2F", bindings),
            Route("/api/connections", connections),
            Route("/api/consumers", consumers),
            Route("/api/channels", channels),
            Route("/api/nodes", nodes),
            Route("/api/vhosts", vhosts),
            Route("/api/whoami", whoami),
            Route("/api/health/checks/alarms", alarms),
            Route("/api/health/checks/local-alarms", alarms),
            Route("/api/aliveness-test/{vhost}", fine),
        ]
    )
    return Guarded(RawPath(inner), world)


class RawPath:
    """Routes by the path as it was sent, so that the vhost `%2F` is one segment."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._inner({**scope, "path": scope["raw_path"].decode("latin-1")}, receive, send)


def _reader(queue: str) -> str:
    """Where the stack's own reader of a queue is; others come through the port that is published."""
    container = f"sutazai-{queue.removeprefix('agent.').replace('.', '-')}"
    return container_address(container) if container in CONTAINERS else "127.0.0.1"


def _fixed_kind(name: str) -> str:
    return {"": "direct", "amq.match": "headers", "amq.rabbitmq.trace": "topic"}.get(name) or name.rpartition(
        "."
    )[2]


def _matches(pattern: str, key: str) -> bool:
    wanted, found = pattern.split("."), key.split(".")
    if "#" in wanted:
        place = wanted.index("#")
        return wanted[:place] == found[:place]
    return len(wanted) == len(found) and all(a in ("*", b) for a, b in zip(wanted, found, strict=True))
