"""Consul's HTTP API: leader, catalog, health and the key-value store."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.web import application, think
from sutaz_tui.simulator.world import World

NODE = "stack-host"
NODE_ID = "936d088c-eef1-9708-10c9-4afa8aa6a042"
DATACENTER = "sutazai-dc1"
SELF: dict[str, Any] = json.loads((files(__package__) / "consul_self.json").read_text(encoding="utf-8"))
"""What an agent says of itself, without its several hundred settings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A registered service; `endpoint` answers for it, or nothing does (a dead entry)."""

    id: str
    name: str
    tags: tuple[str, ...]
    address: str
    port: int
    endpoint: str | None


@dataclass(slots=True)
class Value:
    """One key's value with its indexes."""

    data: bytes
    created: int
    modified: int
    flags: int = 0


class Consul:
    def __init__(self, world: World) -> None:
        self.world = world
        self.keys: dict[str, Value] = {}
        self.registered: dict[str, Entry] = {}
        self.index = 271
        self._seen: dict[str, object] = {}
        self._changed: dict[str, int] = {}

    def entries(self) -> list[Entry]:
        backend = ("api", "backend", "fastapi")
        known = [
            Entry("mcp-bridge-1", "mcp-bridge", ("bridge", "mcp", "ai"), "localhost", 11100, "mcp-bridge"),
            Entry(f"sutazai-backend-{NODE}", "sutazai-backend", backend, NODE, 8000, "backend"),
        ]
        if self.world.traits.consul_dead_entries:
            for old in ("4f1c9e0ab2d7", "a90b6d3312fe"):
                known.append(Entry(f"sutazai-backend-{old}", "sutazai-backend", backend, old, 8000, None))
        return known + list(self.registered.values())

    def check(self, entry: Entry) -> dict[str, Any]:
        reached = entry.endpoint is None or self.world.is_reachable(entry.endpoint)
        dead = entry.endpoint is None and entry.id not in self.registered
        passing = reached and not dead and entry.name not in self.world.traits.consul_critical
        url = f"http://{entry.address}:{entry.port}/health"
        output = f'HTTP GET {url}: 200 OK Output: {{"status":"healthy"}}'
        if not passing:
            output = f'Get "{url}": dial tcp: connect: connection refused'
        return {
            **self._check(f"service:{entry.id}", f"Service '{entry.name}' check", output, passing),
            "ServiceID": entry.id,
            "ServiceName": entry.name,
            "ServiceTags": list(entry.tags),
            "Type": "http",
        }

    def serf(self) -> dict[str, Any]:
        return self._check("serfHealth", "Serf Health Status", "Agent alive and reachable", True)

    def _check(self, identity: str, name: str, output: str, passing: bool) -> dict[str, Any]:
        return {
            "Node": NODE,
            "CheckID": identity,
            "Name": name,
            "Status": "passing" if passing else "critical",
            "Notes": "",
            "Output": output,
            "ServiceID": "",
            "ServiceName": "",
            "ServiceTags": [],
            "Type": "",
            "Definition": {},
            "CreateIndex": 10,
            "ModifyIndex": 10,
        }

    def leader(self) -> str:
        return "172.20.0.14:8300" if self.world.traits.consul_has_leader else ""

    async def blocking(self, request: Request, make: Callable[[], object], status: int = 200) -> Response:
        """Its answer now, or for who tells the index that it knows, when something changed or its `wait` is over."""
        known, wait = request.query_params.get("index", "0"), request.query_params.get("wait", "300s")
        if not known.isdigit() or not wait.endswith("s") or not wait[:-1].replace(".", "", 1).isdigit():
            return Response("Invalid index or wait", 400)
        ends = time.monotonic() + min(float(wait[:-1]), 600.0) * 17 / 16
        while True:
            value = make()
            if self._seen.get(request.url.path) != value:
                self._seen[request.url.path] = value
                self.index += 1
                self._changed[request.url.path] = self.index
            index = self._changed[request.url.path]
            if known == "0" or index != int(known) or time.monotonic() >= ends:
                return self.answer(value, 404 if value is None else status, index)
            await asyncio.sleep(0.05)

    def answer(self, value: object, status: int = 200, index: int | None = None) -> Response:
        known = "true" if self.world.traits.consul_has_leader else "false"
        headers = {
            "x-consul-index": str(self.index if index is None else index),
            "x-consul-knownleader": known,
            "x-consul-lastcontact": "0",
        }
        return JSONResponse(value, status, headers)


def node() -> dict[str, Any]:
    addresses = dict.fromkeys(("lan", "lan_ipv4", "wan", "wan_ipv4"), "127.0.0.1")
    meta = {"consul-network-segment": ""}
    place = {"ID": NODE_ID, "Node": NODE, "Address": "127.0.0.1", "Datacenter": DATACENTER}
    return {**place, "TaggedAddresses": addresses, "Meta": meta, "CreateIndex": 10, "ModifyIndex": 12}


def registered(
    identity: str, name: str, tags: list[str], address: str, port: int, meta: object
) -> dict[str, Any]:
    return {
        "ID": identity,
        "Service": name,
        "Tags": tags,
        "Address": address,
        "Meta": meta,
        "Port": port,
        "Weights": {"Passing": 1, "Warning": 1},
        "EnableTagOverride": False,
        "Proxy": {"MeshGateway": {}, "Expose": {}},
        "Connect": {},
        "CreateIndex": 265,
        "ModifyIndex": 265,
    }


def app(world: World) -> Starlette:
    consul = Consul(world)

    async def leader(_: Request) -> Response:
        await think(world, 0.002)
        return JSONResponse(consul.leader())

    async def peers(_: Request) -> Response:
        return JSONResponse([consul.leader()] if consul.leader() else [])

    async def itself(_: Request) -> Response:
        debug = {
            "ACLsEnabled": False,
            "ACLDefaultPolicy": "allow",
            "Datacenter": DATACENTER,
            "NodeName": NODE,
        }
        return JSONResponse({**SELF, "DebugConfig": debug})

    async def services(request: Request) -> Response:
        def found() -> dict[str, list[str]]:
            return {"consul": [], **{entry.name: list(entry.tags) for entry in consul.entries()}}

        return await consul.blocking(request, found)

    async def nodes(_: Request) -> Response:
        return consul.answer([node()])

    async def datacenters(_: Request) -> Response:
        return JSONResponse([DATACENTER])

    async def state(request: Request) -> Response:
        await think(world, 0.003)
        wanted = request.path_params["state"]

        def found() -> list[dict[str, Any]]:
            checks = [consul.serf(), *(consul.check(entry) for entry in consul.entries())]
            return [check for check in checks if wanted in ("any", check["Status"])]

        return await consul.blocking(request, found)

    async def of_service(request: Request) -> Response:
        name = request.path_params["name"]
        found = []
        if name == "consul":
            meta = {
                "raft_version": "3",
                "serf_protocol_current": "2",
                "version": "1.19.2",
                "non_voter": "false",
            }
            meta |= {"serf_protocol_max": "5", "serf_protocol_min": "1"}
            own = registered("consul", "consul", [], "", 8300, meta)
            found.append({"Node": node(), "Service": own, "Checks": [consul.serf()]})
        for entry in consul.entries():
            if entry.name == name:
                shown = registered(entry.id, name, list(entry.tags), entry.address, entry.port, None)
                checks = [consul.serf(), consul.check(entry)]
                if "passing" not in request.query_params or checks[1]["Status"] == "passing":
                    found.append({"Node": node(), "Service": shown, "Checks": checks})
        return consul.answer(found)

    async def catalog_service(request: Request) -> Response:
        name = request.path_params["name"]
        found = [
            {**node(), "ServiceID": entry.id, "ServiceName": name, "ServicePort": entry.port}
            for entry in consul.entries()
            if entry.name == name
        ]
        return consul.answer(found)

    async def metrics(request: Request) -> Response:
        if request.query_params.get("format") == "prometheus":
            # As by default.
            return Response("Prometheus is not enabled since its retention time is not positive", 415)
        return JSONResponse({"Timestamp": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} +0000 UTC", "Gauges": []})

    async def agent_services(_: Request) -> Response:
        found = {
            entry.id: registered(entry.id, entry.name, list(entry.tags), entry.address, entry.port, {})
            for entry in consul.entries()
        }
        return JSONResponse(found)

    async def register(request: Request) -> Response:
        wanted = await request.json()
        identity = str(wanted.get("ID") or wanted["Name"])
        tags = tuple(wanted.get("Tags") or ())
        entry = Entry(
            identity,
            str(wanted["Name"]),
            tags,
            str(wanted.get("Address", "")),
            int(wanted.get("Port", 0)),
            None,
        )
        consul.registered[identity] = entry
        consul.index += 1
        return Response()

    async def deregister(request: Request) -> Response:
        if consul.registered.pop(request.path_params["id"], None) is None:
            return Response(f"Unknown service ID {request.path_params['id']!r}", 404)
        consul.index += 1
        return Response()

    async def kv(request: Request) -> Response:
        key = request.path_params["key"]
        query = request.query_params
        if request.method == "PUT":
            return JSONResponse(_put(consul, key, await request.body(), query.get("cas")))
        if request.method == "DELETE":
            for name in [
                name for name in consul.keys if name == key or ("recurse" in query and name.startswith(key))
            ]:
                del consul.keys[name]
            consul.index += 1
            return JSONResponse(True)
        if "keys" in query:

            def names() -> list[str] | None:
                # An empty store answers an empty list (1.8) where a store with a prefix that holds nothing answers 404.
                found = sorted(name for name in consul.keys if name.startswith(key))
                return found if found or not key else None

            return await consul.blocking(request, names)
        recurse = "recurse" in query
        found = [
            _shown(name, value)
            for name, value in sorted(consul.keys.items())
            if name == key or (recurse and name.startswith(key))
        ]
        if not found:
            return Response(status_code=404)
        return (
            Response(consul.keys[key].data) if "raw" in query and key in consul.keys else consul.answer(found)
        )

    return application(
        routes=[
            Route("/v1/status/leader", leader),
            Route("/v1/status/peers", peers),
            Route("/v1/agent/self", itself),
            Route("/v1/agent/metrics", metrics),
            Route("/v1/agent/services", agent_services),
            Route("/v1/agent/service/register", register, methods=["PUT"]),
            Route("/v1/agent/service/deregister/{id}", deregister, methods=["PUT"]),
            Route("/v1/catalog/services", services),
            Route("/v1/catalog/service/{name}", catalog_service),
            Route("/v1/catalog/nodes", nodes),
            Route("/v1/catalog/datacenters", datacenters),
            Route("/v1/health/state/{state}", state),
            Route("/v1/health/service/{name}", of_service),
            Route("/v1/kv/{key:path}", kv, methods=["GET", "PUT", "DELETE"]),
        ]
    )


def _put(consul: Consul, key: str, data: bytes, cas: str | None) -> bool:
    held = consul.keys.get(key)
    if cas is not None and int(cas) != (held.modified if held else 0):
        return False
    consul.index += 1
    if not consul.world.traits.consul_keeps_values:
        return True
    consul.keys[key] = Value(data, held.created if held else consul.index, consul.index)
    return True


def _shown(name: str, value: Value) -> dict[str, Any]:
    return {
        "LockIndex": 0,
        "Key": name,
        "Flags": value.flags,
        "Value": base64.b64encode(value.data).decode() if value.data else None,
        "CreateIndex": value.created,
        "ModifyIndex": value.modified,
    }
