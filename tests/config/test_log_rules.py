"""Every rule of the config about logs, with the line, the key and the words of its fault."""

from pathlib import Path

import pytest

from tests.config.faults import HTTP, faults, read

SOURCE = "sources:\n  prom:\n    url: http://127.0.0.1:9090\n"

ONE_FAULT = {
    "lines kept": (
        "logs: {buffer: 10}\n" + HTTP,
        "1: logs.buffer: found 10, expected 1000 to 1000000",
    ),
    "rows of the panel": ("logs: {height: 0}\n" + HTTP, "1: logs.height: found 0, expected 3 to 200"),
    "a bound under nothing": (
        "logs: {count_below: -1}\n" + HTTP,
        "1: logs.count_below: found -1, expected 0 to 1125899906842624",
    ),
    "a log source that is not there": (
        SOURCE + "logs: {loki: pron}\n" + HTTP,
        '4: logs.loki: found "pron", expected "prom" of `sources`',
    ),
    "a log in two places": (
        HTTP + "    logs: {file: x.log, container: x}\nsources: {d: {url: 'http://h'}}\nlogs: {docker: d}\n",
        "5: services.a.logs: found container and file, expected one of container, selector, file, journal",
    ),
    "a log nowhere": (
        HTTP + "    logs: {}\n",
        "5: services.a.logs: found no place, expected one of container, selector, file, journal",
    ),
    "a Loki for what is no Loki's": (
        SOURCE + HTTP + "    logs: {file: x.log, loki: prom}\n",
        '8: services.a.logs.loki: found "prom", expected no file beside it',
    ),
    "a log in a place of the wrong sort": (
        HTTP + "    logs: {file: [x.log]}\n",
        "5: services.a.logs.file: found a list, expected text",
    ),
    "a container's log without Docker": (
        HTTP + "    logs: {container: x}\n",
        "5: services.a.logs.container: found a container, expected a service of kind docker, or logs.docker, to ask it of",
    ),
    "a selector without Loki": (
        HTTP + "    logs: {selector: '{a=\"b\"}'}\n",
        "5: services.a.logs.selector: found a selector, expected a service of kind loki, or logs.loki, to ask it of",
    ),
    "a selector that selects nothing": (
        SOURCE + "logs: {loki: prom}\n" + HTTP + "    logs:\n      selector: job=x\n",
        '10: services.a.logs.selector: found "job=x", expected LogQL such as {job="docker"}',
    ),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_names_its_line_its_key_and_what_was_expected(name: str, tmp_path: Path) -> None:
    text, expected = ONE_FAULT[name]
    assert faults(tmp_path, text) == [expected]


def test_a_loki_may_stand_alone_to_be_looked_in(tmp_path: Path) -> None:
    config = read(tmp_path, SOURCE + HTTP + "    logs: {loki: prom}\n")
    assert config.services[0].logs is not None and config.services[0].logs.loki == "prom"


def test_of_several_lokis_a_selector_names_its_own(tmp_path: Path) -> None:
    sources = "sources: {a: {url: 'http://a:1'}, b: {url: 'http://b:1'}}\n"
    text = sources + HTTP + "    logs: {selector: '{job=\"x\"}', loki: b}\n"
    assert read(tmp_path, text).services[0].logs.loki == "b"
    assert "expected one of a, b of `sources`" in faults(tmp_path, text.replace("loki: b", "loki: c"))[0]
    assert (
        "expected no file beside it" in faults(tmp_path, sources + HTTP + "    logs: {file: x, loki: b}\n")[0]
    )
