"""Secrets: from the environment, an env_file or a mounted file, never from the config and never shown."""

from pathlib import Path

import pytest

from sutaz_tui.config import Config, login_variable, trace
from sutaz_tui.config.kinds import Command, Http, Postgres, Redis
from sutaz_tui.config.schema import Basic, Bearer, Header
from sutaz_tui.config.show import show_text
from sutaz_tui.errors import ConfigError
from tests.config.faults import HTTP, faults, read, write

HUNTER = "hunter2-q8Zk"
POSTGRES = "services:\n  - id: pg\n    kind: postgres\n    address: h:5432\n    password: "


def password(config: Config) -> str:
    service = config.services[0]
    assert isinstance(service, Postgres)
    return service.password


def test_a_variable_of_the_environment(tmp_path: Path) -> None:
    config = read(tmp_path, POSTGRES + "${PG}\n", {"PG": HUNTER})
    assert password(config) == HUNTER
    assert config.secrets.mask(f"login with {HUNTER}") == "login with ***"
    assert config.shell_names == {HUNTER: "$PG"}
    assert login_variable(config.services[0], config) == "PG"


def test_a_default_stands_in_for_a_missing_and_for_an_empty_variable(tmp_path: Path) -> None:
    for environ in ({}, {"USER_NAME": ""}):
        config = read(tmp_path, POSTGRES + '""\n    user: ${USER_NAME:-jarvis}\n', environ)
        service = config.services[0]
        assert isinstance(service, Postgres)
        assert service.user == "jarvis"


def test_an_escaped_reference_stays(tmp_path: Path) -> None:
    assert (
        read(tmp_path, HTTP + "    title: $${HOME} and ${A}$${\n", {"A": "b"}).services[0].title
        == "${HOME} and b${"
    )


def test_variables_inside_numbers_and_switches(tmp_path: Path) -> None:
    config = read(tmp_path, HTTP + "    interval: ${EVERY}\n    optional: ${MAYBE:-true}\n", {"EVERY": "20"})
    assert config.services[0].interval == 20.0
    assert config.services[0].optional is True


def test_what_a_variable_holds_is_not_shown_where_it_is_wrong(tmp_path: Path) -> None:
    text = HTTP.replace("http://127.0.0.1:8080", "${PLACE}") + "    interval: ${EVERY}\n"
    found = faults(tmp_path, text, {"EVERY": HUNTER, "PLACE": HUNTER})
    assert found == [
        "4: services.a.address: found a value (from environment PLACE), expected a URL such as http://127.0.0.1:8080",
        '5: services.a.interval: found "${EVERY}", expected seconds, or a span such as 5m',
    ]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("${GONE}", "found no variable GONE in the environment, expected it to be set"),
        ("${2}", "found ${ without a NAME and }, expected ${NAME} (and $${ for a plain ${)"),
        ("${OPEN", "found ${ without a NAME and }, expected ${NAME} (and $${ for a plain ${)"),
        ("file:gone", "found no file gone, expected it to exist"),
        ("file:.", "found no plain file at ., expected one"),
        ("file:/dev/zero", "found no plain file at /dev/zero, expected one"),
        ("file:big", "found more than 64 KiB in big, expected a small file"),
        ("file:binary", "found bytes in binary that are not UTF-8, expected text"),
        (HUNTER, "found a literal secret, expected ${NAME} or file:PATH"),
        (f"'{HUNTER}'", "found a literal secret, expected ${NAME} or file:PATH"),
        (f"${{GONE:-{HUNTER}}}", "found a literal secret, expected ${NAME} or file:PATH"),
        (f"$${{{HUNTER}}}", "found a literal secret, expected ${NAME} or file:PATH"),
        ("12345678", "found a literal secret, expected ${NAME} or file:PATH"),
        ("[hunter2]", "found a list, expected text"),
    ],
)
def test_a_secret_that_is_not_there_or_that_stands_in_the_file(
    value: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "big").write_text("x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert faults(tmp_path, POSTGRES + value + "\n") == [f"5: services.pg.password: {words}"]


def test_a_mounted_secret_loses_one_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{HUNTER}\n")
    config = read(tmp_path, POSTGRES + "file:secret\n")
    assert password(config) == HUNTER
    assert config.secrets.mask(HUNTER) == "***"
    assert config.shell_names == {HUNTER: f"$(cat {tmp_path}/secret)"}


def test_a_mounted_secret_at_a_path_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{HUNTER}\r\n")
    assert password(read(tmp_path, POSTGRES + "file:${WHERE}\n", {"WHERE": f"{tmp_path}/secret"})) == HUNTER


def test_an_env_file_is_read_only_where_it_is_named_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"# logins\nexport PG='{HUNTER}'\nWHO=file # not this\n\nnonsense\n")
    text = POSTGRES + "${PG}\n    user: ${WHO}\n"
    assert faults(tmp_path, text) == [
        "5: services.pg.password: found no variable PG in the environment, expected it to be set",
        "6: services.pg.user: found no variable WHO in the environment, expected it to be set",
    ]
    config = read(tmp_path, "env_file: .env\n" + text, {})
    assert password(config) == HUNTER
    assert config.secrets.mask(HUNTER) == "***"
    service = read(tmp_path, "env_file: .env\n" + text, {"WHO": "environment"}).services[0]
    assert isinstance(service, Postgres)
    assert (service.user, service.password) == ("environment", HUNTER)


def test_an_env_file_that_is_not_there(tmp_path: Path) -> None:
    assert faults(tmp_path, HTTP + "env_file: gone.env\n") == [
        "5: env_file: found no file gone.env, expected it to exist"
    ]
    (tmp_path / "here.env").write_text("A=b\n")
    assert faults(tmp_path, "env_file: here.env\n" + HTTP + "    owner: ${GONE}\n") == [
        "6: services.a.owner: found no variable GONE in the environment or in here.env, expected it to be set"
    ]


def test_logins_in_urls(tmp_path: Path) -> None:
    text = HTTP.replace("http://", "http://user:${WORD}@")
    config = read(tmp_path, text, {"WORD": "p%40ss-word"})
    assert config.services[0].address == "http://user:p%40ss-word@127.0.0.1:8080"
    assert config.secrets.mask("p%40ss-word p@ss-word") == "*** ***"
    literal = "found a literal secret, expected ${NAME} or file:PATH (in the URL's user:password@)"
    for login in ("user:hunter2", "user:${X:-hunter2}", "ghp_hunter2"):
        assert faults(tmp_path, HTTP.replace("http://", f"http://{login}@")) == [
            f"4: services.a.address: {literal}"
        ]


def test_a_whole_url_from_a_variable_gives_its_password_to_be_masked(tmp_path: Path) -> None:
    config = read(
        tmp_path, HTTP.replace("http://127.0.0.1:8080", "${SITE}"), {"SITE": f"http://u:{HUNTER}@h/x"}
    )
    assert config.secrets.mask(f"GET http://u:{HUNTER}@h/x") == "GET http://u:***@h/x"


@pytest.mark.parametrize(
    "text",
    [
        HTTP + f"    auth: {{type: bearer, token: {HUNTER}}}\n",
        HTTP + f"    auth: {{type: basic, user: x, password: {HUNTER}}}\n",
        HTTP + f"    auth: {{type: header, name: X-Api-Key, value: {HUNTER}}}\n",
        HTTP + f"    headers: {{Authorization: Bearer {HUNTER}}}\n",
        HTTP + f"    headers: {{X-API-Key: {HUNTER}}}\n",
        f"services:\n  - id: a\n    kind: command\n    argv: [x]\n    env: {{PGPASSWORD: {HUNTER}}}\n",
        f"services:\n  - id: a\n    kind: redis\n    address: h:1\n    password: {HUNTER}\n",
    ],
)
def test_a_literal_secret_is_one_fault_of_line_5_that_does_not_show_it(text: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("5: services.a.")
    assert fault.endswith(": found a literal secret, expected ${NAME} or file:PATH")


@pytest.mark.parametrize(
    "text",
    [
        HTTP + f"    pasword: {HUNTER}\n",
        HTTP + f"    password: {HUNTER}\n",
        HTTP + f"    password:{HUNTER}\n",
        HTTP + f"    password: *{HUNTER}\n",
        HTTP + f"    password: !{HUNTER} x\n",
        HTTP + f"    headers: {{X-Token: [{HUNTER}]}}\n",
        HTTP + f"    depends_on: password={HUNTER}\n",
        HTTP + f"    depends_on: ['token: {HUNTER}']\n",
        HTTP + f"    interval: 'http://u:{HUNTER}@h'\n",
        HTTP + f"    source: http://u:{HUNTER}@h\n",
        HTTP.replace("http://", f"htp://u:{HUNTER}@"),
        HTTP.replace("http://", f"http://u:x/{HUNTER}@"),
        POSTGRES + f'"{HUNTER}\n',
        POSTGRES + f"{{{HUNTER}: x}}\n",
        POSTGRES + f"@{HUNTER}\n",
        POSTGRES + f"%{HUNTER}\n",
        POSTGRES + f"a: {HUNTER}\n",
    ],
)
def test_a_secret_in_the_wrong_place_is_not_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert HUNTER not in str(caught.value)
    assert HUNTER not in repr(caught.value.problems)


EVERYWHERE = """\
sources:
  s:
    url: http://who:${P1}@h
    auth: {type: basic, user: u, password: "${P2}"}
    headers: {X-Scope-OrgID: "${P3}"}
services:
  - {id: r, kind: redis, address: "h:1", password: "${P4}"}
  - {id: b, kind: http, address: "http://h", auth: {type: bearer, token: "${P5}"}}
  - {id: h, kind: http, address: "http://h", auth: {type: header, name: X-K, value: "Key ${P6}"}}
  - {id: c, kind: command, argv: [x, "--password=${P7_PASSWORD}"], env: {PGPASSWORD: "${P8}"}}
"""


def test_secrets_are_in_no_repr_and_not_in_show(tmp_path: Path) -> None:
    values = {name: f"{HUNTER}-{name}" for name in ("P1", "P2", "P3", "P4", "P5", "P6", "P7_PASSWORD", "P8")}
    traced = trace(None, write(tmp_path, EVERYWHERE), values)
    config = traced.config
    redis, bearer, header, command = config.services
    assert isinstance(redis, Redis)
    assert isinstance(bearer, Http)
    assert isinstance(bearer.auth, Bearer)
    assert isinstance(header.auth, Header)
    assert isinstance(command, Command)
    basic = config.sources["s"].auth
    assert isinstance(basic, Basic)
    held = [basic.password, redis.password, bearer.auth.token, header.auth.value, command.env["PGPASSWORD"]]
    assert held == [values["P2"], values["P4"], values["P5"], f"Key {values['P6']}", values["P8"]]
    everything = [repr(config), repr(config.services), repr(config.sources), show_text(traced), repr(traced)]
    rich = [str(service.__rich_repr__()) for service in config.services]
    for text in everything + rich:
        assert HUNTER not in text
    assert "services.r.password: ***" in show_text(traced)
    assert f"{tmp_path}/stack.yaml:7, environment P4" in show_text(traced)
    for value in values.values():
        if not value.endswith("P3"):
            assert config.secrets.mask(f"<{value}>") == "<***>"


def test_an_empty_password_is_no_login(tmp_path: Path) -> None:
    text = HTTP + '    auth: {type: basic, user: x, password: "${GONE:-}"}\n'
    config = read(tmp_path, text)
    assert config.services[0].auth is None
    assert login_variable(config.services[0], config) == "GONE"
    assert 'auth.password: ""' in show_text(trace(None, write(tmp_path, text), {}))
