"""A web shop that is reached by TLS: its page, the plain port that leads there, and a port of another protocol."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sutaz_tui.simulator.web import application
from sutaz_tui.simulator.wire import Factory, Silent
from sutaz_tui.simulator.world import World


def app(world: World) -> Starlette:
    """The page."""

    async def page(_: Request) -> Response:
        headers = {
            "x-content-type-options": "nosniff",
            "content-security-policy": "frame-ancestors 'none'",
            "strict-transport-security": "max-age=31536000",
        }
        return Response("<!doctype html><title>Shop</title>", media_type="text/html", headers=headers)

    return application(routes=[Route("/", page)])


def plain(world: World) -> Starlette:
    """What answers by plain HTTP: the way to the page."""

    async def there(request: Request) -> Response:
        host, port = world.addresses["https"]
        return RedirectResponse(f"https://{host}:{port}{request.url.path}", 301)

    return application(routes=[Route("/{path:path}", there, methods=["GET", "HEAD", "POST"])])


def silent(world: World) -> Factory:
    """A protocol whose clients speak first, behind TLS."""
    return Silent
