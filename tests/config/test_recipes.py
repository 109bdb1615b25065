"""The table of recipes: each entry is a config that checks, is well on the answer of its document, and not on others."""

import json
from pathlib import Path

import pytest

from sutaz_tui.config import KINDS
from sutaz_tui.config.recipes import Recipe, advice, for_image, of_health_check, recipes
from sutaz_tui.model import Status
from tests.config.faults import faults, read
from tests.loopback import probing, reading, speaking
from tests.web import Reply, web_server

ALL = {recipe.title: recipe for recipe in recipes()}
ASKED = {name: recipe for name, recipe in ALL.items() if recipe.well is not None}
COUNTED = {3306: "mysql", 5432: "postgres", 25: "container", 587: "container", 27017: "container"}
"""Ports whose servers count or log who connects and says nothing."""


async def found(folder: Path, recipe: Recipe, port: int) -> Status:
    entry = {"id": "it", **recipe.entry("127.0.0.1", port)}
    # JSON is YAML.
    async with probing(read(folder, json.dumps({"services": [entry]}))) as probe:
        return (await reading(probe)).status


def test_each_image_and_word_stands_once_and_says_where_it_is_from() -> None:
    names = [name for recipe in recipes() for name in (*recipe.images, *recipe.words)]
    assert len(recipes()) >= 25 and len(set(names)) == len(names)
    for recipe in recipes():
        assert recipe.source and recipe.kind in KINDS
        assert recipe.well is not None or recipe.kind not in ("http", "tcp")


def test_no_recipe_opens_a_bare_connection() -> None:
    for recipe in recipes():
        assert recipe.kind != "tcp" or (recipe.keys["send"] and recipe.keys["expect"])
        assert COUNTED.get(recipe.port, recipe.kind) == recipe.kind


@pytest.mark.parametrize("name", ASKED)
async def test_an_entry_is_well_on_its_answer_and_down_on_another(name: str, tmp_path: Path) -> None:
    recipe = ASKED[name]
    well = recipe.well or ""
    if recipe.kind == "tcp":
        for said, status in ((well, Status.UP), ("HTTP/1.1 400 Bad Request", Status.DOWN)):
            async with speaking(said.encode()) as port:
                assert await found(tmp_path, recipe, port.port) is status
        return
    async with web_server() as web:
        header = {recipe.keys["header"]: "registry/2.0"} if "header" in recipe.keys else {}
        web.routes = {recipe.path: Reply(200, well, header)}
        assert await found(tmp_path, recipe, web.port) is Status.UP
        for wrong in (Reply(503, well, header), Reply(404)):
            web.routes = {recipe.path: wrong}
            is_any_page = recipe.path == "/" and wrong.status == 404
            assert (await found(tmp_path, recipe, web.port) is Status.DOWN) or is_any_page
        if {"json_path", "body_regex", "header"} & set(recipe.keys):
            web.routes = {recipe.path: Reply(200, "<html>It works!</html>")}
            assert await found(tmp_path, recipe, web.port) is Status.DOWN, "a stranger's page"


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ("postgres:16-alpine", "postgres"),
        ("docker.io/library/redis@sha256:" + "a" * 64, "redis"),
        ("registry.example.com:5000/team/qdrant:v1", "qdrant"),
        ("ghcr.io/goauthentik/server:2025.2", "http"),
        ("example/server:1", None),
        ("sutazai-letta:latest", None),
        ("", None),
    ],
)
def test_an_image_is_known_whatever_its_registry_and_tag(image: str, kind: str | None) -> None:
    recipe = for_image(image)
    assert (recipe.kind if recipe else None) == kind


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("docker-container", 'found "docker-container", expected "container"'),
        (
            "elasticsearch",
            'found "elasticsearch", expected {kind: http, address: http://HOST:9200/_cluster/health, json_path: status, '
            "json_value: [green, yellow]} (needs where security is on: https, tls and auth; with one node yellow is "
            "usual)",
        ),
        ("nginx", "expected {kind: http, address: http://HOST:80/, status: 200-499}"),
        ("postgress", 'expected "postgres"'),
    ],
)
def test_a_wrong_kind_names_what_to_write(kind: str, words: str, tmp_path: Path) -> None:
    text = f"services:\n  - id: a\n    kind: {kind}\n    address: 127.0.0.1:1\n"
    [fault] = faults(tmp_path, text)
    assert words in fault
    assert not advice("nothing-of-ours")


@pytest.mark.parametrize(
    ("test", "found"),
    [
        (["CMD", "curl", "-f", "http://localhost:9999/health"], (9999, "/health")),
        (
            ["CMD-SHELL", "wget -q --spider http://127.0.0.1:3000/api/public/health || exit 1"],
            (3000, "/api/public/health"),
        ),
        (
            ["CMD-SHELL", "/usr/bin/curl --fail --silent 'localhost:8080/healthz?deep=1'"],
            (8080, "/healthz?deep=1"),
        ),
        (["CMD", "wget", "--no-verbose", "--tries=1", "--spider", "http://localhost"], (80, "/")),
        (["CMD-SHELL", "pg_isready -U postgres"], None),
        (["CMD-SHELL", "curl -s http://localhost/x | grep -q ok"], None),
        (["CMD-SHELL", "curl -fu $USER:$PASSWORD http://localhost/"], None),
        (["CMD", "curl", "-X", "POST", "http://localhost/"], None),
        (["CMD", "curl", "-f", "https://localhost/"], None),
        (["CMD", "curl", "-f", "http://db:5984/_up"], None),
        (["CMD-SHELL", "curl 'http://localhost"], None),
        (["NONE"], None),
    ],
)
def test_what_a_health_check_of_curl_or_wget_asks(test: list[str], found: tuple[int, str] | None) -> None:
    assert of_health_check(test) == found
