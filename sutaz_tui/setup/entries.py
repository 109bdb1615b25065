"""How each service that was seen is asked: by its image's recipe, by its own health check, else by its container."""

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import Struct

from sutaz_tui.config.kinds import SOURCES
from sutaz_tui.config.recipes import Recipe, for_image
from sutaz_tui.setup.seen import Seen

LOGINS = {
    "postgres": (
        ("user", ("POSTGRES_USER", "POSTGRESQL_USERNAME", "DB_USER")),
        ("password", ("POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "DB_PASS")),
        ("database", ("POSTGRES_DB", "POSTGRESQL_DATABASE", "DB_NAME")),
    ),
    "mysql": (
        ("user", ("MYSQL_USER", "MARIADB_USER")),
        ("password", ("MYSQL_PASSWORD", "MARIADB_PASSWORD")),
    ),
    "redis": (("password", ("REDIS_PASSWORD", "VALKEY_PASSWORD", "REDISCLI_AUTH", "REDIS_AUTH")),),
    "rabbitmq": (("user", ("RABBITMQ_DEFAULT_USER",)), ("password", ("RABBITMQ_DEFAULT_PASS",))),
}
"""Keys of a kind, and the variables of its image that hold them."""

BARE = ("postgres", "mysql", "redis", "rabbitmq", "memcached", "tcp", "dns")
"""Kinds whose address is no URL."""

PLAIN = {"prometheus": "/-/ready", "loki": "/ready", "consul": "/v1/status/leader"}
"""Pages that say of a source that it is well, where this host has no URL of it."""

NEEDS_LOGIN = ("postgres", "mysql", "rabbitmq")
"""Kinds that without a login say little of their service."""


class Entry(Struct, frozen=True):
    """A service of the config: its keys, the source it is asked through, the secrets that its keys name, and how that
    was found ("recipe", "health check", "container")."""

    seen: Seen
    keys: dict[str, Any]
    source: dict[str, Any] | None = None
    secrets: tuple[str, ...] = ()
    how: str = "container"


def entries_of(every: Sequence[Seen]) -> list[Entry]:
    """An entry for each service, in an order in which what is needed comes first."""
    ids = {one.service or one.id: one.id for one in every} | {one.id: one.id for one in every}
    made = [_entry(one, ids, [each.id for each in every]) for one in every]
    lokis = [one.seen.id for one in made if one.keys["kind"] == "loki"]
    return [_with_loki(one, lokis) if one.keys["kind"] == "promtail" else one for one in made]


def _with_loki(entry: Entry, lokis: Sequence[str]) -> Entry:
    """Promtail is judged by what its Loki has; without one by its container."""
    seen, needs = entry.seen, {name: entry.keys[name] for name in ("depends_on",) if name in entry.keys}
    if not lokis:
        return by_container(seen, needs)
    return Entry(seen, {"kind": "promtail", "source": lokis[0], **_container(seen), **needs}, how="recipe")


def _entry(seen: Seen, ids: dict[str, str], known: Collection[str]) -> Entry:
    by_name = {name: id for name, id in ids.items() if id in known}
    needs = list(
        dict.fromkeys(by_name[name] for name, _ in seen.needs if name in by_name and by_name[name] != seen.id)
    )
    after = {"depends_on": needs} if needs else {}
    recipe = for_image(seen.image) if not seen.ends else None
    is_told = recipe is not None and (
        # What is published of a kind of its own is there to be asked.
        (recipe.kind not in ("http", "tcp") and recipe.port in seen.published)
        or recipe.fits(seen.command, seen.variables)
    )
    if recipe is not None and is_told and (made := _by_recipe(seen, recipe)) is not None:
        return Entry(seen, {**made.keys, **after}, made.source, made.secrets, "recipe")
    speaks_no_http = recipe.port if recipe is not None and recipe.kind in BARE else 0
    page = seen.health_page
    if not seen.ends and page is not None and page[0] != speaks_no_http and (at := seen.at(page[0])):
        return Entry(seen, {**_http(at, page[1]), **_container(seen), **after}, how="health check")
    return by_container(seen, after)


def _http(at: str, path: str) -> dict[str, Any]:
    return {"kind": "http", "address": at + path if at.startswith("docker://") else f"http://{at}{path}"}


def by_container(seen: Seen, more: dict[str, Any] | None = None) -> Entry:
    """Judged by Docker's word on its container alone."""
    return Entry(seen, {"kind": "container", **_whole(seen), **(more or {})})


def _by_recipe(seen: Seen, recipe: Recipe) -> Entry | None:
    if recipe.kind == "container" or not recipe.port:
        return None
    keys: dict[str, Any] = {"kind": recipe.kind}
    source: dict[str, Any] | None = None
    if recipe.kind in SOURCES:
        at = seen.at(SOURCES[recipe.kind])
        if not at or at.startswith("docker://"):
            # A source's URL is one that this host reaches.
            path = PLAIN.get(recipe.kind)
            return Entry(seen, {**_http(at, path), **_container(seen)}) if at and path else None
        source = {"url": f"http://{at}"}
        keys["source"] = seen.id
    if recipe.kind not in SOURCES or recipe.kind == "rabbitmq":
        at = seen.at(_port(seen, recipe))
        if not at or (recipe.is_any_page and at.startswith("docker://")):
            # Where its pages are is set inside.
            return None
        keys |= {"address": at} if recipe.kind in BARE else {**_http(at, recipe.path), "kind": recipe.kind}
    login, secrets = _login(seen, recipe.kind)
    if recipe.kind in NEEDS_LOGIN and not login:
        return None
    if recipe.kind == "rabbitmq" and source is not None:
        source = {**source, "auth": {"type": "basic", **login}}
    else:
        keys |= login
    return Entry(seen, {**keys, **recipe.keys, **_container(seen)}, source, secrets)


def _port(seen: Seen, recipe: Recipe) -> int:
    """The port inside at which a recipe asks."""
    page = seen.health_page if recipe.kind not in BARE else None
    if page is not None and page[0] in seen.published:
        # Its own health check knows its port better than its image's documents.
        return page[0]
    if recipe.is_any_page and recipe.port not in seen.published:
        return next((port for port in seen.published if port != 443), recipe.port)
    return recipe.port


def _login(seen: Seen, kind: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The keys of a login by the names of variables, and the names that hold secrets."""
    keys: dict[str, str] = {}
    secrets: list[str] = []
    for key, names in LOGINS.get(kind, ()):
        name = next((one for one in names if one in seen.variables), "")
        if not name and kind == "redis" and any("requirepass" in word for word in seen.command):
            name = names[0]
        if name in seen.plain:
            keys[key] = seen.plain[name]
        elif name:
            usual = "postgres" if kind == "postgres" and key != "password" else ""
            keys[key] = f"${{{name}:-{usual}}}"
            secrets.append(name)
    return keys, tuple(secrets)


def _container(seen: Seen) -> dict[str, Any]:
    return {"container": seen.container} if seen.container and seen.replicas == 1 else {}


def _whole(seen: Seen) -> dict[str, Any]:
    made: dict[str, Any] = {"ends": True} if seen.ends else {}
    if seen.project and seen.service:
        return {"project": seen.project, "service": seen.service, **made}
    return {"container": seen.container, **made}
