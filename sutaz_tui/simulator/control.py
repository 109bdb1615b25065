"""The control API: what a test or the demo changes and reads while the stack runs."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from sutaz_tui.simulator import certificates, faults, scenarios
from sutaz_tui.simulator.agents import HEALTH_SEEN
from sutaz_tui.simulator.asgi import Root
from sutaz_tui.simulator.backend_auth import RESETS_ASKED


class Wrong(ValueError):
    """A body that the control API cannot use; the message says what it expected."""


def app(
    root: Root, apply: Callable[[str], Awaitable[None]], endpoints: Callable[[], dict[str, int]]
) -> Starlette:
    """`apply` makes a changed fault true for one endpoint, or for all (`*`); `endpoints` counts their open connections."""
    world = root.world

    async def state(request: Request) -> JSONResponse:
        traits = {name: getattr(world.traits, name) for name in scenarios.Traits.__dataclass_fields__}
        return JSONResponse(
            {
                "scenario": world.scenario,
                "faults": world.faults.as_words(),
                "traits": traits,
                "patches": root.patches,
                "endpoints": {
                    name: world.addresses.get(name) for name in endpoints() if not name.startswith("svc-")
                },
            }
        )

    async def fault(request: Request) -> JSONResponse:
        endpoint = request.path_params["endpoint"]
        if endpoint not in endpoints():
            return JSONResponse({"error": f"no endpoint {endpoint!r}"}, 404)
        words = (await body(request)).get("fault")
        if words is not None and not isinstance(words, str | int):
            raise Wrong('expected {"fault": "hang"} or {"fault": null}')
        world.faults.set(endpoint, None if words is None else faults.parse(str(words)))
        await apply(endpoint)
        return JSONResponse({"faults": world.faults.as_words()})

    async def clear_faults(request: Request) -> JSONResponse:
        for endpoint in world.faults.as_words():
            world.faults.set(endpoint, None)
            await apply(endpoint)
        return JSONResponse({"faults": {}})

    async def trait(request: Request) -> JSONResponse:
        name = request.path_params["name"]
        wanted = await body(request)
        if "value" not in wanted:
            raise Wrong('expected {"value": …}')
        absent = world.traits.absent
        world.traits = scenarios.changed(world.traits, {name: wanted["value"]})
        for endpoint in set(absent) ^ set(world.traits.absent):
            await apply(endpoint)
        return JSONResponse({name: getattr(world.traits, name)})

    async def scenario(request: Request) -> JSONResponse:
        name = (await body(request)).get("scenario")
        if name not in scenarios.SCENARIOS:
            raise Wrong(f"expected a scenario of {', '.join(scenarios.SCENARIOS)}")
        world.scenario, world.traits = name, scenarios.SCENARIOS[name]
        # A stack in this state has not been asked for a password reset within the last minute.
        world.state.get(RESETS_ASKED, {}).clear()
        await apply("*")
        return JSONResponse({"scenario": name})

    async def whole(request: Request) -> JSONResponse:
        wanted = await body(request)
        name = wanted.get("scenario", "healthy")
        if name not in scenarios.SCENARIOS:
            raise Wrong(f"expected a scenario of {', '.join(scenarios.SCENARIOS)}")
        told = {endpoint: faults.parse(str(words)) for endpoint, words in wanted.get("faults", {}).items()}
        if unknown := [endpoint for endpoint in told if endpoint not in endpoints()]:
            raise Wrong(f"no endpoint {unknown[0]!r}")
        traits = scenarios.changed(scenarios.SCENARIOS[name], wanted.get("traits", {}))
        # Who asked before a switch changed asks anew by another connection.
        touched = {*told, *world.faults.as_words()} if traits == world.traits else set(endpoints())
        world.scenario, world.traits = name, traits
        root.be(wanted.get("patches", []))
        for kept in (RESETS_ASKED, HEALTH_SEEN):
            world.state.get(kept, {}).clear()
        for endpoint in touched:
            world.faults.set(endpoint, told.get(endpoint))
            await apply(endpoint)
        return await state(request)

    async def patches(request: Request) -> JSONResponse:
        wanted = (await body(request)).get("patches")
        if not isinstance(wanted, list) or any("endpoint" not in patch for patch in wanted):
            raise Wrong('expected {"patches": [{"endpoint": …, "path": …, …}]}')
        root.be(wanted)
        return JSONResponse({"patches": root.patches})

    async def counts(request: Request) -> JSONResponse:
        return JSONResponse(world.counts.as_json()["endpoints"])

    async def connections(request: Request) -> JSONResponse:
        return JSONResponse(endpoints())

    async def rates(request: Request) -> JSONResponse:
        return JSONResponse(world.counts.as_json())

    async def reset(request: Request) -> JSONResponse:
        world.counts.reset()
        return JSONResponse({})

    async def requests(request: Request) -> JSONResponse:
        return JSONResponse(world.counts.requests())

    async def authority(request: Request) -> PlainTextResponse:
        return PlainTextResponse(certificates.authority(world))

    async def wrong(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": str(error)}, 400)

    return Starlette(
        routes=[
            Route("/control", state),
            Route("/control/state", whole, methods=["PUT"]),
            Route("/control/faults", clear_faults, methods=["DELETE"]),
            Route("/control/faults/{endpoint}", fault, methods=["PUT"]),
            Route("/control/traits/{name}", trait, methods=["PUT"]),
            Route("/control/scenario", scenario, methods=["PUT"]),
            Route("/control/patches", patches, methods=["PUT"]),
            Route("/control/counts", counts),
            Route("/control/connections", connections),
            Route("/control/rates", rates),
            Route("/control/counts/reset", reset, methods=["POST"]),
            Route("/control/requests", requests),
            Route("/control/authority", authority),
        ],
        exception_handlers={
            Wrong: wrong,
            faults.UnknownFault: wrong,
            scenarios.UnknownTrait: wrong,
        },
    )


async def body(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Wrong(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Wrong("expected a JSON object")
    return value
