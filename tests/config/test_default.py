"""The built-in stack, its file, and what is said of it: show, cost, schema, paths."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

import sutaz_tui.config
from sutaz_tui.config import KINDS, Config, as_service, kind_of, load, trace
from sutaz_tui.config.config import ConfigFile, History, Limits, Logs, Pace, Recording
from sutaz_tui.config.cost import cost, cost_text, total
from sutaz_tui.config.files import built_in
from sutaz_tui.config.json_schema import json_schema, schema_text
from sutaz_tui.config.schema import Basic, Bearer, Group, Header, LogPlace, Source, Tls
from sutaz_tui.config.show import check_text, show, show_text
from sutaz_tui.logs.following import loki_following
from sutaz_tui.text.sanitise import bytes_size

DEFAULT = Path(__file__).parents[2] / "config.example.yaml"

STACK = {
    "agents": "letta crewai aider langchain finrobot shellgpt documind gpt-engineer",
    "databases": "postgres redis neo4j chromadb qdrant faiss",
    "gateway": "kong consul rabbitmq mcp-bridge backend",
    "platform": "frontend ollama ollama-agents portainer host docker",
    "monitoring": "prometheus grafana loki promtail node-exporter cadvisor postgres-exporter redis-exporter alertmanager",
}
PORTS = {
    "letta": 11401, "crewai": 11403, "aider": 11404, "langchain": 11405, "finrobot": 11410, "shellgpt": 11413,
    "documind": 11414, "gpt-engineer": 11416, "postgres": 10000, "redis": 10001, "neo4j": 10002, "consul": 10006,
    "rabbitmq": 10004, "kong": 10009, "chromadb": 10100, "qdrant": 10102, "faiss": 10103, "backend": 10200,
    "frontend": 11000, "mcp-bridge": 11100, "ollama": 11434, "ollama-agents": 11435, "portainer": 9000,
    "prometheus": 10300, "grafana": 10301, "alertmanager": 10303, "node-exporter": 10305, "cadvisor": 10306,
    "postgres-exporter": 10307, "redis-exporter": 10308, "loki": 10310,
}  # fmt: skip


@pytest.fixture
def config() -> Config:
    return load(None, DEFAULT, {})


def test_the_built_in_stack_needs_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    config = load(None, None, {})
    assert config.path is None
    assert config.env == "production"
    assert config.login_variables["services.postgres"] == "POSTGRES_PASSWORD"
    assert all(source.auth is None for source in config.sources.values())


def test_services_and_groups_stand_in_their_order(config: Config) -> None:
    groups = {group.id: [s.id for s in config.services if s.group == group.id] for group in config.groups}
    assert groups == {group: ids.split() for group, ids in STACK.items()}
    assert list(groups) == list(STACK)
    assert [s.id for s in config.services] == " ".join(STACK.values()).split()
    assert [group.title for group in config.groups] == [
        "Agents",
        "Databases",
        "Gateway",
        "Platform",
        "Monitoring",
    ]


def test_ports_and_what_is_optional(config: Config) -> None:
    for id, port in PORTS.items():
        address = as_service(config.service(id), config).address
        assert re.fullmatch(rf"(http://)?127\.0\.0\.1:{port}", address), (id, address)
    assert {s.id for s in config.services if s.optional} == {"portainer", "docker", "alertmanager"}


def test_every_kind_of_the_stack_is_used_and_times_are_filled_in(config: Config) -> None:
    generic = {"http", "tcp", "tls", "promql", "rabbitmq-queue", "consul-service", "container", "command"}
    generic |= {"mysql", "memcached", "dns", "icmp", "systemd", "blackbox"}
    assert {kind_of(s) for s in config.services} == KINDS.keys() - generic
    for service in config.services:
        assert isinstance(service.interval, float)
        assert isinstance(service.timeout, float)
        assert isinstance(service.warn, float)
        assert service.timeout < service.interval


def test_the_example_is_the_built_in_config_and_the_only_copy() -> None:
    assert built_in() == DEFAULT.read_bytes()
    assert not [*Path(sutaz_tui.config.__file__).parents[1].rglob("default.yaml")]


def test_every_key_is_explained_in_the_default() -> None:
    comments = "\n".join(line for line in DEFAULT.read_text().splitlines() if line.startswith("#"))
    named: list[type[msgspec.Struct]] = [
        ConfigFile,
        Limits,
        Pace,
        Logs,
        History,
        Recording,
        Group,
        Source,
        Tls,
    ]
    named += [Basic, Bearer, Header, LogPlace]
    structs = [*named, *(kind.struct for kind in KINDS.values())]
    sections = {"services", "sources", "groups", "pace", "limits"}
    for struct in structs:
        for key in (field.name for field in msgspec.structs.fields(struct)):
            assert key in sections or re.search(rf"(^#\s+|`|\{{|, ){key}(\b|`)", comments, re.MULTILINE), (
                struct,
                key,
            )
    for kind in KINDS:
        assert re.search(rf"^#   {re.escape(kind)}  ", comments, re.MULTILINE), kind


def test_defaults_in_the_comments_are_those_of_the_program() -> None:
    text = DEFAULT.read_text()
    for struct in (Pace, Limits):
        for field in msgspec.structs.fields(struct):
            told = "one a service" if field.name == "connections" else f"{field.default:g}"
            # Its words may go on in rows of their own, which begin with a blank.
            words = rf"^# {field.name} .*(\n#  .*)*Default: {told}\.$"
            assert re.search(words, text, re.MULTILINE), field.name
    for key in ("buffer", "height", "count_below"):
        explained = re.search(rf"^# {key}  .*?Default: (\d+)\.$", text, re.MULTILINE | re.DOTALL)
        assert explained and int(explained[1]) == getattr(Logs(), key), key
    for kind, entry in KINDS.items():
        line = re.search(rf"^#   {re.escape(kind)}  .*$", text, re.MULTILINE)
        assert line
        interval = re.search(r"interval (\d+)", line[0])
        timeout = re.search(r"timeout (\d+)", line[0])
        assert entry.interval == (float(interval[1]) if interval else 15.0), kind
        assert entry.timeout == (float(timeout[1]) if timeout else 5.0), kind


def test_show_tells_every_value_and_where_it_came_from() -> None:
    traced = trace(None, DEFAULT, {"POSTGRES_PASSWORD": "hunter2"})
    rows = {row.key: row for row in show(traced)}
    lines = DEFAULT.read_text().splitlines()
    password = rows["services.postgres.password"]
    assert password.value == "***"
    where, _, came = password.came.partition(", ")
    assert came == "environment POSTGRES_PASSWORD"
    assert "${POSTGRES_PASSWORD:-}" in lines[int(where.rpartition(":")[2]) - 1]
    assert rows["services.letta.interval"].value == "15.0"
    assert rows["services.letta.interval"].came == "default of kind agent"
    assert rows["services.kong.depends_on"].value == '["postgres"]'
    assert rows["services.kong.kind"].value == "kong"
    assert rows["sources.rabbitmq.auth.user"].value == "sutazai"
    assert "RABBITMQ_PASSWORD is not set" in rows["sources.rabbitmq.auth.password"].came
    for row in rows.values():
        match = re.match(rf"{re.escape(str(DEFAULT))}:(\d+)", row.came)
        if match:
            assert row.key.rpartition(".")[2] in lines[int(match[1]) - 1], row
    assert "hunter2" not in show_text(traced)


def test_logs_come_from_the_first_loki_and_docker_unless_named(config: Config, tmp_path: Path) -> None:
    assert (config.logs.loki, config.logs.docker) == ("loki", "docker")
    file = tmp_path / "x.yaml"
    text = (
        "sources: {l: {url: 'http://h'}, m: {url: 'http://i'}, d: {url: 'unix:///d.sock'}}\nlogs: {loki: m, height: 9}\n"
        "services:\n  - {id: a, kind: loki, source: l, logs: {file: logs/a.log}}\n"
        "  - {id: b, kind: loki, source: m, logs: {selector: '{app=\"b\"}'}}\n"
    )
    file.write_text(text)
    config = load(None, file, {})
    assert (config.logs.loki, config.logs.docker, config.logs.height) == ("m", "", 9)
    assert config.service("a").logs == LogPlace(file=str(tmp_path / "logs/a.log"))
    assert config.service("b").logs == LogPlace(selector='{app="b"}')
    file.write_text(text.replace("logs: {loki: m, height: 9}\n", ""))
    assert load(None, file, {}).logs.loki == "l"
    rows = {row.key: row for row in show(trace(None, file, {}))}
    assert (rows["logs.loki"].value, rows["logs.loki"].came) == (
        "l",
        "default: of the first service of its kind",
    )
    assert rows["services.b.logs.selector"].value == '{app="b"}'


def test_check_and_schema_say_it_in_text(tmp_path: Path) -> None:
    assert check_text(trace(None, DEFAULT, {})) == f"{DEFAULT}: 34 services in 5 groups, 5 sources, no fault"
    file = tmp_path / "x.yaml"
    file.write_text("services:\n  - {id: a, kind: tcp, address: 'h:1'}\n")
    assert check_text(trace(None, file, {})) == f"{file}: 1 service in 1 group, 0 sources, no fault"
    assert json.loads(schema_text()) == json_schema()


def test_the_address_to_dial_has_no_login_and_is_the_source_where_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(
        "sources: {c: {url: 'http://u:${PW}@h:8500/'}}\nservices:\n  - {id: a, kind: consul, source: c, container: x}\n"
        "  - {id: b, kind: cadvisor, address: 'http://u:${PW}@h/base/', depends_on: [a]}\n"
    )
    config = load(None, file, {"PW": "hunter2"})
    first, second = (as_service(service, config) for service in config.services)
    assert (first.address, first.kind, first.group, first.container) == (
        "http://h:8500",
        "consul",
        "services",
        "x",
    )
    assert (second.address, second.depends_on) == ("http://h/base", ("a",))


def test_cost_counts_requests_and_connections(config: Config) -> None:
    by_id = {one.service_id: one for one in cost(config)}
    assert list(by_id) == [service.id for service in config.services]
    assert by_id["letta"].requests == 4
    assert by_id["letta"].requests_selected == 12
    assert by_id["kong"].kept == 2
    assert by_id["kong"].opened == 2 * 240
    whole = total(cost(config))
    assert whole.requests == pytest.approx(sum(one.requests for one in by_id.values()))
    dearest = max(by_id.values(), key=lambda one: one.requests_selected - one.requests)
    assert whole.requests_selected == pytest.approx(
        whole.requests - dearest.requests + dearest.requests_selected
    )
    text = cost_text(config)
    assert all(service.id in text for service in config.services)
    assert "at most" in text


def test_cost_says_what_an_open_log_asks_of_its_sources(config: Config, tmp_path: Path) -> None:
    text = " ".join(cost_text(config).split())
    least, most = 60 / loki_following.QUIET, 60 / loki_following.FILL
    assert f"{least:g} to {most:g} range queries a minute" in text
    assert f"({60 / loki_following.POLL:g} where there is no WebSocket" in text
    # What a flood really costs is measured in tests/logs/following/test_loki_cost.py.
    assert "200 at 5000 lines a second" in text
    assert f"under {bytes_size(config.logs.count_below)};" in text
    assert "From Docker one connection" in text
    file = tmp_path / "x.yaml"
    file.write_text("services:\n  - {id: a, kind: tcp, address: 'h:1'}\n")
    assert "log" not in cost_text(load(None, file, {}))


def test_a_service_that_is_asked_often_is_not_asked_less_when_selected(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("services:\n  - {id: a, kind: tcp, address: 'h:1', interval: 2, timeout: 1}\n")
    (one,) = cost(load(None, file, {}))
    assert (one.requests, one.requests_selected, one.kept, one.opened) == (30, 30, 0, 1800)


def test_the_schema_knows_every_key_of_the_default() -> None:
    schema = json.loads(json.dumps(json_schema()))
    definitions = schema["$defs"]

    def resolve(part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            part = definitions[str(part["$ref"]).rpartition("/")[2]]
        return part

    def flat(part: dict[str, Any]) -> list[dict[str, Any]]:
        part = resolve(part)
        return [one for option in part["anyOf"] for one in flat(option)] if "anyOf" in part else [part]

    def check(value: object, part: dict[str, Any], key: str) -> int:
        options = flat(part)
        if isinstance(value, dict):
            mappings = [option for option in options if option.get("type") == "object"]
            for tag in ("kind", "type"):
                if tag in value:
                    mappings = [o for o in mappings if o["properties"][tag] == {"enum": [value[tag]]}]
            (mapping,) = mappings
            assert set(mapping.get("required", [])) <= value.keys(), key
            if "properties" not in mapping:
                return sum(
                    check(entry, mapping["additionalProperties"], f"{key}.{name}")
                    for name, entry in value.items()
                )
            assert mapping["additionalProperties"] is False
            assert value.keys() <= mapping["properties"].keys(), key
            return sum(
                check(entry, mapping["properties"][name], f"{key}.{name}") for name, entry in value.items()
            )
        if isinstance(value, list):
            (items,) = [option["items"] for option in options if option.get("type") == "array"]
            return sum(check(entry, items, key) for entry in value)
        names = {str: {"string"}, bool: {"boolean"}, int: {"integer", "number"}, float: {"number"}}[
            type(value)
        ]
        types = {option.get("type") or {str: "string"}[type(option["enum"][0])] for option in options}
        assert names & types, (key, value, types)
        return 1

    assert check(yaml.safe_load(DEFAULT.read_text()), schema, "") > 250
    assert definitions["Postgres"]["description"].startswith("PostgreSQL")
    assert definitions["Agent"]["required"] == ["kind", "id"]
