"""What a person writes once for several services: include, defaults, services by their ids, disabled, quiet hours."""

from pathlib import Path

import pytest

from sutaz_tui.config import Config, as_service, load, trace
from sutaz_tui.config.brought import digest
from sutaz_tui.config.effects import effects
from sutaz_tui.config.show import show
from sutaz_tui.errors import ConfigError
from tests.config.faults import HTTP, faults, read

WEB = "kind: http, address: 'http://127.0.0.1:80'"


def folder_of(folder: Path, **files: str) -> Path:
    """Files of a config by their names without .yaml, `__` for a slash; the path of `main`."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "main.yaml"


def loaded(folder: Path, **files: str) -> Config:
    return load(None, folder_of(folder, **files), {})


def told(folder: Path, **files: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, **files)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def ids(config: Config) -> list[str]:
    return [service.id for service in config.services]


def test_services_by_their_ids(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        f"services:\n  web: {{{WEB}}}\n  db: {{kind: tcp, address: '127.0.0.1:1', depends_on: [web]}}",
    )
    assert [(one.id, one.title) for one in config.services] == [("web", "web"), ("db", "db")]


def test_a_fault_of_a_service_by_its_id_says_id_and_line(tmp_path: Path) -> None:
    text = f"services:\n  web: {{{WEB}}}\n  db:\n    kind: tcp\n    adress: 127.0.0.1:1\n"
    assert faults(tmp_path, text)[-1] == '5: services.db.adress: found an unknown key, expected "address"'
    assert "2: services.web: found no keys, expected a mapping: its kind and its keys" in faults(
        tmp_path, "services:\n  web:\n"
    )


def test_defaults_are_taken_where_a_service_says_nothing_itself(tmp_path: Path) -> None:
    text = f"""
        defaults:
          all: {{owner: ops, interval: 30s, warn: 3s}}
          groups: {{shop: {{owner: shop-team, warn: 2s}}}}
          kinds: {{http: {{warn: 1s, status: 2xx}}}}
        services:
          - {{id: a, group: shop, {WEB}}}
          - {{id: b, group: shop, kind: tcp, address: '127.0.0.1:1'}}
          - {{id: c, group: lab, kind: tcp, address: '127.0.0.1:1', owner: me, interval: 5s}}
        """
    a, b, c = read(tmp_path, text).services
    assert [(one.owner, one.interval, one.warn) for one in (a, b, c)] == [
        ("shop-team", 30.0, 1.0),
        ("shop-team", 30.0, 2.0),
        ("me", 5.0, 3.0),
    ]


def test_a_faulty_default_is_told_once_where_it_stands(tmp_path: Path) -> None:
    text = (
        "defaults:\n  all:\n    intervall: 30s\n    warn: soon\n  kinds:\n    htpp: {}\n"
        + HTTP
        + HTTP[10:].replace("a", "b", 1)
    )
    assert faults(tmp_path, text) == [
        '3: defaults.all.intervall: found an unknown key, expected "interval"',
        '4: defaults.all.warn: found "soon", expected seconds, or a span such as 5m',
        '6: defaults.kinds.htpp: found "htpp", expected "http"',
    ]
    assert "found an unknown key" in faults(tmp_path, "defaults: {all: {address: a}}\n" + HTTP)[0]


def test_a_disabled_service_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    text = f"""
        services:
          a: {{{WEB}, depends_on: [b, c]}}
          b: {{kind: postgres, address: '127.0.0.1:1', password: '${{NOT_SET}}', disabled: true}}
          c: {{{WEB}}}
        """
    config = read(tmp_path, text)
    assert ids(config) == ["a", "c"] and config.services[0].depends_on == ["c"]
    one = (
        "defaults: {groups: {lab: {disabled: true}}}\nservices: {a: {"
        + WEB
        + "}, b: {"
        + WEB
        + ", group: lab}}"
    )
    assert ids(read(tmp_path, one)) == ["a"]


def test_included_files_and_folders_are_one_config(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        main="include: [more.yaml, hosts]\ndefaults: {all: {owner: ops}}\nsources: {p: {url: 'http://a:1'}}\n"
        f"services: {{a: {{{WEB}, depends_on: [b]}}}}",
        more=f"include: deep.yaml\ndefaults: {{all: {{owner: more}}}}\nservices: [{{id: b, {WEB}}}]\nx-note: 1",
        deep=f"services: [{{id: d, {WEB}}}]",
        hosts__2=f"services: {{y: {{{WEB}}}}}\ngroups: [{{id: services, title: All}}]",
        hosts__1=f"sources: {{q: {{url: 'http://a:2'}}}}\nservices: {{x: {{{WEB}}}}}",
    )
    assert ids(config) == ["a", "b", "d", "x", "y"]
    assert [one.owner for one in config.services] == ["ops", "more", "more", "ops", "ops"]
    assert list(config.sources) == ["p", "q"]
    assert config.groups[0].title == "All"


def test_faults_of_an_included_file_say_file_and_line(tmp_path: Path) -> None:
    main = f"include: [more.yaml]\nservices: [{{id: a, {WEB}}}]"
    more = f"theme: dark\nservices:\n  - {{id: a, {WEB}}}\n  - {{id: b, {WEB}, intervall: 3}}\n"
    assert told(tmp_path, main=main, more=more) == [
        "more.yaml:1: theme: found it in an included file, expected one of services, sources, groups, defaults, include "
        "there",
        'more.yaml:3: services.a.id: found a second "a" (the first is on line 2), expected each id once',
        'more.yaml:4: services.b.intervall: found an unknown key, expected "interval"',
    ]
    assert told(tmp_path, main=main, more="a: [")[0].startswith("more.yaml:")


@pytest.mark.parametrize(
    ("main", "more", "words"),
    [
        (
            "include: [gone.yaml]\n",
            "",
            "main.yaml:1: include: found no file {}/gone.yaml, expected it to exist",
        ),
        (
            "include: [more.yaml]\n",
            "\ninclude: main.yaml",
            "more.yaml:2: include: found {}/main.yaml, which includes this file again, expected no circle",
        ),
        (
            "include: [empty]\n",
            "",
            "main.yaml:1: include[0]: found no *.yaml in the folder empty, expected some",
        ),
    ],
)
def test_an_include_that_cannot_be_is_told(tmp_path: Path, main: str, more: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    main += f"services: [{{id: a, {WEB}}}]"
    [fault] = told(tmp_path, main=main, more=more or f"services: [{{id: b, {WEB}}}]")
    assert fault == words.format(tmp_path)


def test_trust_covers_what_is_included(tmp_path: Path) -> None:
    more = "services: [{id: b, kind: command, argv: [echo, one]}]"
    path = folder_of(tmp_path, main=f"include: [more.yaml]\nservices: [{{id: a, {WEB}}}]", more=more)
    traced = trace(None, path, {})
    shown = "\n".join(effects(traced))
    assert "echo one (b," in shown and f"{tmp_path}/more.yaml (included)" in shown
    (tmp_path / "more.yaml").write_text(more.replace("one", "two"))
    assert digest(trace(None, path, {})) != digest(traced)


def test_show_says_which_file_a_value_is_from(tmp_path: Path) -> None:
    more = f"services: [{{id: b, {WEB}}}]"
    path = folder_of(tmp_path, main=f"include: [more.yaml]\nservices: [{{id: a, {WEB}}}]", more=more)
    came = {row.key: row.came for row in show(trace(None, path, {}))}
    assert came["services.a.address"] == f"{path}:2"
    assert came["services.b.address"] == f"{tmp_path}/more.yaml:1"


def test_quiet_hours_as_they_are_written(tmp_path: Path) -> None:
    quiet = "    quiet:\n      - {from: 22:00, to: 06:30, days: [fri-mon], reason: backup}\n      - {from: '1:15', to: 2:00}\n"
    config = read(tmp_path, HTTP + quiet + "    down_after: 5\n")
    service = as_service(config.services[0], config)
    first, second = service.quiet
    assert (first.begin.total_seconds(), first.end.total_seconds()) == (22 * 3600, 6.5 * 3600)
    assert (first.days, first.reason, second.days, second.reason) == (
        (0, 4, 5, 6),
        "backup",
        (),
        "quiet hours",
    )
    assert service.down_after == 5


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "quiet: [{from: '25:00', to: '6:00'}]",
            '5: services.a.quiet[0].from: found "25:00", expected a time of the day such as 22:30',
        ),
        (
            "quiet: [{from: '6:00', to: '6:00'}]",
            "5: services.a.quiet[0].to: found the same time as from, expected another",
        ),
        ("quiet: [{from: '6:00'}]", "5: services.a.quiet[0].to: found no such key, expected it here"),
        (
            "quiet: [{from: '6:00', to: '7:00', days: [someday]}]",
            '5: services.a.quiet[0].days[0]: found "someday", expected mon, tue, wed, thu, fri, sat, sun or a span such as '
            "mon-fri",
        ),
        ("down_after: 0", "5: services.a.down_after: found 0, expected at least 1 ask"),
    ],
)
def test_quiet_hours_at_fault_are_told(tmp_path: Path, line: str, words: str) -> None:
    assert faults(tmp_path, HTTP + f"    {line}\n") == [words]
