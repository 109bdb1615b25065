"""What users write who come from other programs: connection strings, anchors, spans, keys without a value."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sutaz_tui.config import interval_of, load, timeout_of
from sutaz_tui.config.json_schema import json_schema
from tests.config.faults import faults, read

PG = "services:\n  - id: db\n    kind: postgres\n    address: "


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (
            "postgresql://mon@127.0.0.1:5432/postgres",
            "address: 127.0.0.1:5432, user: mon, database: postgres",
        ),
        ("postgres://db", "address: db:5432"),
        (
            "postgres://mon:${PW}@db/shop?sslmode=require",
            "address: db:5432, user: mon, password: ${PW}, database: shop, tls: {verify: insecure}",
        ),
        (
            "postgresql+asyncpg://mon:${PW}@[::1]:6432/shop?sslmode=verify-full",
            "address: [::1]:6432, user: mon, password: ${PW}, database: shop, tls: {}",
        ),
        (
            "jdbc:postgresql://db:5432/my%20shop?user=mon&password=${PW}",
            "address: db:5432, user: mon, password: ${PW}, database: my shop",
        ),
        ("postgres://a,b:5433/shop", "one host of it; each server is an entry of its own"),
    ],
)
def test_a_pasted_connection_string_is_told_as_the_keys_to_write(
    text: str, keys: str, tmp_path: Path
) -> None:
    said = faults(tmp_path, f"{PG}'{text}'\n", {"PW": "hunter2 in quotes"})
    came = " (from environment PW)" if "${PW}" in text else ""
    expected = f"services.db.address: found a connection string{came}, expected host:port; write {keys}"
    assert [line.partition(": ")[2] for line in said] == [expected]
    assert "hunter2" not in str(said)


@pytest.mark.parametrize(
    ("kind", "text", "keys"),
    [
        ("redis", "rediss://cache/0", "address: cache:6379, tls: {}"),
        ("redis", "redis://:${PW}@cache:6380/0", "address: cache:6380, password: ${PW}"),
        (
            "tcp",
            "amqps://mon:${PW}@mq/%2Fshop",
            "address: mq:5671, user: mon, password: ${PW}, vhost: /shop, tls: {}",
        ),
        ("tcp", "http://web/", "address: web:80"),
    ],
)
def test_so_is_one_of_another_kind(kind: str, text: str, keys: str, tmp_path: Path) -> None:
    said = faults(
        tmp_path,
        f"services:\n  - id: a\n    kind: {kind}\n    address: '{text}'\n",
        {"PW": "hunter2 in quotes"},
    )
    assert len(said) == 1
    assert said[0].endswith(f"expected host:port; write {keys}")


@pytest.mark.parametrize(
    "text",
    ["postgres://user:p@ss@host/db", "redis://:sesame17@cache", "jdbc:postgresql://mon:sesame17@db/x"],
)
def test_a_password_in_one_is_told_as_such_and_never_shown(text: str, tmp_path: Path) -> None:
    said = faults(tmp_path, f"{PG}'{text}'\n")
    assert said[0].endswith(
        "expected ${NAME} or file:PATH (in the URL's user:password@); user and password have keys of their own"
    )
    assert "p@ss" not in str(said) and "sesame17" not in str(said)


def test_where_a_url_is_all_there_is_no_other_key_is_named(tmp_path: Path) -> None:
    said = faults(tmp_path, "workers: {broker: 'amqp://sutaz:sesame17@rabbit'}\n")
    assert any(line.endswith("expected ${NAME} or file:PATH (in the URL's user:password@)") for line in said)


@given(
    st.sampled_from(["postgres://mon:{}@db/shop", "http://mon:{}@web", "jdbc:postgresql://db/x?password={}"]),
    st.sampled_from(["postgres", "http", "redis"]),
    st.text("ab/?#@:%[], 7", min_size=1, max_size=8).map(lambda middle: f"Qq{middle}Zz"),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_half_of_such_a_password_is_told(tmp_path: Path, text: str, kind: str, secret: str) -> None:
    entry = f"services:\n  - {{id: a, kind: {kind}, address: '{text.format(secret)}'}}\n"
    said = str(faults(tmp_path, entry)) if "http" not in kind or "http" not in text else ""
    assert "Qq" not in said and "Zz" not in said


def test_one_that_comes_whole_from_a_variable_is_not_shown(tmp_path: Path) -> None:
    said = faults(tmp_path, PG + "${DATABASE_URL}\n", {"DATABASE_URL": "postgres://mon:sesame17@db/shop"})
    assert said[0].endswith(
        "found a connection string (from environment DATABASE_URL), expected host:port;"
        " user, password, database and vhost have keys of their own"
    )
    assert "sesame17" not in str(said)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("'::1'", "expected an IPv6 address in brackets: [::1]:PORT"),
        ("'fd77::2:5432'", "expected an IPv6 address in brackets: [fd77::2]:5432"),
        ("'2001:db8:1:2:3:4:5:6:5432'", "expected an IPv6 address in brackets: [2001:db8:1:2:3:4:5:6]:5432"),
        ("' db:5432'", "expected host:port such as 127.0.0.1:5432"),
        ("'db:5432/'", "expected host:port such as 127.0.0.1:5432"),
    ],
)
def test_an_address_that_is_none_is_told_as_it_should_be(address: str, words: str, tmp_path: Path) -> None:
    said = faults(tmp_path, PG + address + "\n")
    assert said[0].endswith(words)


def test_keys_of_others_are_let_be_at_every_level_and_anchors_merge(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "x-defaults: &d {kind: tcp, interval: 30}\n"
        "services:\n"
        "  - {<<: *d, id: a, address: 'h:1', x-note: [of, mine]}\n"
        "  - <<: [*d, {x-more: &t {verify: insecure}}]\n"
        "    id: b\n"
        "    address: h:2\n"
        "    interval: 20\n"
        "pace: {x-why: 1}\n",
    )
    assert [(one.id, interval_of(one)) for one in config.services] == [("a", 30.0), ("b", 20.0)]


@pytest.mark.parametrize(
    ("span", "seconds"),
    [("30s", 30.0), ("'15'", 15.0), ("1.5m", 90.0), ("2 h", 7200.0), ("2500ms", 2.5), ("1d", 86400.0)],
)
def test_a_span_is_taken_as_seconds(span: str, seconds: float, tmp_path: Path) -> None:
    config = read(tmp_path, f"services:\n  - {{id: a, kind: tcp, address: 'h:1', interval: {span}}}\n")
    assert interval_of(config.services[0]) == seconds


@pytest.mark.parametrize("span", ["'1:30'", "30 seconds", "-5s", "'0x10'", "5 m 3 s", "1e3s", "'٣s'"])
def test_what_is_no_span_is_told(span: str, tmp_path: Path) -> None:
    said = faults(tmp_path, f"services:\n  - {{id: a, kind: tcp, address: 'h:1', interval: {span}}}\n")
    assert said[0].endswith(", expected seconds, or a span such as 5m")


def test_a_key_without_a_value_has_its_default(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        "pace:\ntheme: ~\nservices:\n  - id: a\n    kind: postgres\n    address: h:1\n"
        "    owner:\n    depends_on: null\n    timeout:\n    password:\n    tls:\n",
    )
    (service,) = config.services
    assert (service.owner, service.depends_on, service.tls, timeout_of(service)) == ("", [], None, 5.0)


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes(b"\xef\xbb\xbfservices:\r\n  - id: a\r\n    kind: tcp\r\n    address: h:1\r\n")
    assert [one.id for one in load(None, file, {}).services] == ["a"]


def test_a_variable_and_a_secret_of_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "env").write_bytes(b"\xef\xbb\xbfNAME=h:1\r\nOTHER=x\r\n")
    (tmp_path / "secret").write_bytes(b"\xef\xbb\xbfsesame 17\r\n")
    config = read(
        tmp_path,
        "env_file: env\nservices:\n  - {id: a, kind: redis, address: '${NAME}', password: 'file:secret'}\n",
    )
    (service,) = config.services
    assert service.address == "h:1"
    assert getattr(service, "password", "") == "sesame 17"


def test_an_editor_takes_them_too() -> None:
    schema = json_schema()
    redis = schema["$defs"]["Redis"]
    assert redis["patternProperties"] == {"^x-": {}}
    assert '"pattern": "^[0-9]+' in json.dumps(redis["properties"]["interval"])


def test_services_stand_group_by_group_in_whatever_order_they_are_written(tmp_path: Path) -> None:
    services = "".join(
        f"  - {{id: {id}, kind: tcp, group: {group}, address: 'h:1'}}\n"
        for id, group in (("shop", "web"), ("db", "data"), ("docker", "web"))
    )
    for groups, order in (
        ("groups: [{id: data}, {id: web}]\n", ["db", "shop", "docker"]),
        ("groups: [{id: web}, {id: data}]\n", ["shop", "docker", "db"]),
    ):
        assert [s.id for s in read(tmp_path, f"{groups}services:\n{services}").services] == order
