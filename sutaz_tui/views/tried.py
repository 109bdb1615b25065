"""How checks ended last, as views are told it, and which of them tried a route of a gateway, by the requests that it sent."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from sutaz_tui.model import RED, CheckResult, Outcome
from sutaz_tui.views.base import Tried


def ended(results: Iterable[CheckResult]) -> list[Tried]:
    """How checks ended last, without those that were left out."""
    return [
        Tried(
            one.check_id,
            one.started.timestamp(),
            one.outcome,
            one.message,
            tuple(step.request for step in one.steps),
        )
        for one in results
        if one.outcome is not Outcome.SKIP
    ]


def tried_routes(
    tries: Iterable[Tried], proxy: str, prefixes: Mapping[str, Sequence[str]]
) -> dict[str, Tried]:
    """By route what tried it last, of several what failed; `prefixes` are the paths of each, of which the longest wins."""
    base = proxy.rstrip("/")
    found: dict[str, Tried] = {}
    for one in tries:
        paths = {_path(request, base) for request in one.requests}
        for route in {_route(path, prefixes) for path in paths if path} - {""}:
            before = found.get(route)
            if before is None or (one.outcome in RED, one.at) > (before.outcome in RED, before.at):
                found[route] = one
    return found


def _path(request: str, base: str) -> str:
    url = request.partition(" ")[2]
    return urlsplit(url.removeprefix(base)).path if base and url.startswith(f"{base}/") else ""


def _route(path: str, prefixes: Mapping[str, Sequence[str]]) -> str:
    fits = [
        (len(prefix), route)
        for route, all_of in prefixes.items()
        for prefix in all_of
        if path.startswith(prefix)
    ]
    return max(fits)[1] if fits else ""
