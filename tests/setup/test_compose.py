"""A first config from a compose file: what a person would have written, and nothing that nobody may."""

from pathlib import Path

import pytest
import yaml

from sutaz_tui.config import load
from sutaz_tui.config.config import Config
from sutaz_tui.setup.entries import Entry, entries_of
from sutaz_tui.setup.from_compose import CannotFollow, seen
from sutaz_tui.setup.writing import config_text, counted, env_text

STACKS = Path(__file__).with_name("stacks")
DOCKER = "unix:///var/run/docker.sock"


def made(name: str) -> list[Entry]:
    return entries_of(seen(STACKS / f"{name}.yml", {}))


def written(entries: list[Entry], folder: Path) -> Config:
    file = folder / "made.yaml"
    file.write_text(config_text(entries, DOCKER, "made"))
    return load(None, file, {})


@pytest.mark.parametrize("name", ["langfuse", "supabase"])
def test_what_is_written_is_a_config_without_a_fault_and_without_a_command(name: str, tmp_path: Path) -> None:
    entries = made(name)
    config = written(entries, tmp_path)
    assert {service.id for service in config.services} == {"docker", *(entry.seen.id for entry in entries)}
    text = (tmp_path / "made.yaml").read_text()
    assert (
        "command" not in text
        and "a secret value" not in text
        and "postgrest" not in text.replace("rest:", "")
    )
    assert config.warnings == ()


def test_each_service_is_asked_by_what_is_known_of_it() -> None:
    by_id = {entry.seen.id: entry for entry in made("langfuse")}
    keys = {id: entry.keys for id, entry in by_id.items()}
    assert keys["clickhouse"]["address"] == "http://127.0.0.1:8123/ping", "its recipe, at its published port"
    assert keys["minio"]["address"] == "http://127.0.0.1:9090/minio/health/live", (
        "published under another number"
    )
    assert keys["redis"] == {"kind": "redis", "address": "127.0.0.1:6379", "container": "langfuse-redis-1"}
    assert keys["postgres"]["address"] == "docker://langfuse-postgres-1:5432", "not published"
    assert keys["postgres"]["password"] == "${POSTGRES_PASSWORD:-}"
    assert keys["langfuse-worker"]["kind"] == "container", "nothing is known but its container"
    assert keys["db-migrate"] | {"depends_on": []} == {
        "kind": "container",
        "project": "langfuse",
        "service": "db-migrate",
        "ends": True,
        "depends_on": [],
    }
    assert keys["worker-scaled"]["service"] == "worker-scaled" and "address" not in keys["worker-scaled"]
    assert "debug" not in keys, "its profile is not started"
    assert keys["langfuse-web"]["depends_on"] == ["postgres", "minio", "redis", "clickhouse"]


def test_a_health_check_of_curl_or_wget_becomes_an_http_question() -> None:
    keys = {entry.seen.id: entry.keys for entry in made("supabase")}
    assert (keys["auth"]["kind"], keys["auth"]["address"]) == ("http", "docker://supabase-auth:9999/health")
    assert keys["analytics"]["address"] == "http://127.0.0.1:4000/health"
    assert keys["rest"]["kind"] == "container" and keys["studio"]["kind"] == "container"
    assert keys["auth"]["depends_on"] == ["db", "analytics"], (
        "what is not required is waited for where it is there"
    )


def test_secrets_are_names_in_an_example_and_never_values() -> None:
    assert env_text(made("langfuse")) == "POSTGRES_PASSWORD=\n"


def test_how_each_is_asked_is_counted() -> None:
    assert counted(made("supabase")) == (
        "2 by Docker's health check, 4 by its container's state alone, 6 asked inside Docker's network, "
        "1 asked at a published port"
    )


@pytest.mark.parametrize(
    ("port", "found"),
    [
        ("8080:80", {80: ("127.0.0.1", 8080)}),
        ("80", {}),
        ("127.0.0.1:8080:80/tcp", {80: ("127.0.0.1", 8080)}),
        ("10.0.0.5:8080:80", {80: ("10.0.0.5", 8080)}),
        ("[::1]:8080:80", {80: ("::1", 8080)}),
        ("53:53/udp", {}),
        ("${PORT:-8080}:80", {80: ("127.0.0.1", 8080)}),
        ("${HOST:?must be set}:8080:80", {80: ("127.0.0.1", 8080)}),
        ("3000-3005:3000-3005", {3000: ("127.0.0.1", 3000)}),
        ({"target": 80, "published": "8080", "protocol": "tcp"}, {80: ("127.0.0.1", 8080)}),
        ({"target": 80, "published": 8080, "host_ip": "127.0.0.1"}, {80: ("127.0.0.1", 8080)}),
        ({"target": 53, "published": 53, "protocol": "udp"}, {}),
    ],
)
def test_ports_as_compose_writes_them(
    port: object, found: dict[int, tuple[str, int]], tmp_path: Path
) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(yaml.safe_dump({"services": {"a": {"image": "x", "ports": [port]}}}))
    assert seen(file, {})[0].published == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("services: {a: {extends: {service: b}}}", "services.a: has extends"),
        ("include: [b.yml]\nservices: {a: {image: x}}", "has include"),
        ("services: [a]", "has no services"),
        ("a: [", "is no YAML"),
        ("", "has no services"),
        ("services: {a: 1}\n" * 2, "services"),
        ("services: {a: {image: x, scale: many}}", "services.a: is written as no service is"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(text)
    try:
        assert seen(file, {}) == []
    except CannotFollow as error:
        assert told in str(error)


def test_a_hostile_name_is_a_plain_id_and_its_text_does_nothing(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    name = "web'}: {kind: command"
    file.write_text(yaml.safe_dump({"services": {name: {"image": "x' ; rm -rf /\n"}}}))
    config = written(entries_of(seen(file, {})), tmp_path)
    assert [type(service).__name__ for service in config.services] == ["Docker", "Container"]


def test_the_profiles_of_its_env_file_are_started_and_a_job_that_others_await_ends(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=${STORE:-weaviate},other\n")
    file = tmp_path / "compose.yaml"
    job = "{job: {condition: service_completed_successfully}}"
    file.write_text(
        f"services: {{a: {{image: x, depends_on: {job}, deploy: {{replicas: '${{N:-3}}'}}}}, job: {{image: y}},"
        " b: {image: z, profiles: [weaviate]}, c: {image: z, profiles: [mysql]}}"
    )
    found = {one.service: one for one in seen(file, {})}
    assert set(found) == {"a", "job", "b"}
    assert found["a"].replicas == 3 and found["job"].ends and not found["a"].ends


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("{image: 'ghcr.io/goauthentik/server', command: worker}", "container"),
        ("{image: 'ghcr.io/goauthentik/server', command: server}", "http"),
        ("{image: traefik}", "container"),
        ("{image: traefik, command: [--ping=true]}", "http"),
        ("{image: elasticsearch, environment: {ELASTIC_PASSWORD: x}}", "container"),
        ("{image: eclipse-mosquitto}", "container"),
        ("{image: 'kong:2.8.1', ports: ['8000:8000']}", "container"),
        ("{image: nginx}", "container"),
        ("{image: nginx, ports: ['8080:8080']}", "http"),
        ("{image: own, healthcheck: {test: [CMD, curl, -f, 'http://web:81/up']}}", "http"),
        ("{image: own, healthcheck: {test: \"curl -H 'Authorization: x' localhost:81/up\"}}", "container"),
    ],
)
def test_what_would_be_red_by_mistake_is_left_to_its_container(entry: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(f"services: {{web: {entry}}}")
    assert [one.keys["kind"] for one in entries_of(seen(file, {}))] == [kind]


def test_a_redis_that_its_command_locks_gets_a_password_by_name(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text("services: {redis: {image: redis, command: redis-server --requirepass secret-text}}")
    entries = entries_of(seen(file, {}))
    assert entries[0].keys["password"] == "${REDIS_PASSWORD:-}"
    assert "secret-text" not in config_text(entries, DOCKER, "made")


@pytest.mark.parametrize("user", ["${HOME}", "$(id)", "a b", "a: {kind: command}", "x" * 200])
def test_a_user_that_is_no_plain_name_is_a_variable(user: str, tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    environment = {
        "POSTGRES_USER": user.replace("$", "$$"),
        "POSTGRES_PASSWORD": "secret-text",
        "POSTGRES_DB": "shop",
    }
    file.write_text(yaml.safe_dump({"services": {"db": {"image": "postgres", "environment": environment}}}))
    [entry] = entries_of(seen(file, {}))
    assert entry.keys["user"] == "${POSTGRES_USER:-postgres}" and entry.keys["database"] == "shop"
    assert "secret-text" not in config_text([entry], DOCKER, "made")


WHOLE = '{"services": {"web": {"image": "nginx", "ports": [{"target": 80, "published": "8080", "protocol": "tcp"}]}}}'


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (f"echo '{WHOLE}'", ""),
        ("echo 'service \"b\" not found' >&2; exit 14", "docker compose config refuses it: service"),
        ("echo nothing", "docker compose config says nothing of services"),
        ("echo 'docker: unknown command: docker compose' >&2; exit 1", "only Docker follows"),
    ],
)
@pytest.mark.parametrize("text", ["include: [b.yml]", "services: {web: {extends: {service: b}}}"])
def test_what_only_docker_follows_is_read_by_it_where_somebody_named_the_file(
    script: str, told: str, text: str, tmp_path: Path
) -> None:
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/ran\n{script}\n')
    docker.chmod(0o755)
    file = tmp_path / "compose.yaml"
    file.write_text(text)
    environ = {"PATH": f"{docker.parent}:/usr/bin:/bin"}
    with pytest.raises(CannotFollow, match="only Docker follows"):
        seen(file, environ)
    assert not (tmp_path / "ran").exists(), "a file that nobody named runs nothing"
    if told:
        with pytest.raises(CannotFollow, match=told):
            seen(file, environ, by_docker=True)
        return
    assert seen(file, environ, by_docker=True)[0].published == {80: ("127.0.0.1", 8080)}
    assert (tmp_path / "ran").read_text().split() == [
        "compose",
        "--file",
        str(file),
        "config",
        "--format",
        "json",
    ]


def test_what_compose_waits_for_stands_beside_who_is_needed(tmp_path: Path) -> None:
    entries = made("langfuse")
    written(entries, tmp_path)
    text = (tmp_path / "made.yaml").read_text()
    assert (
        "depends_on: [postgres, minio, redis, clickhouse]  # compose waits until healthy: postgres, minio"
        in text
    )
