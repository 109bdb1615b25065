"""What a config file must look like whatever it says: known keys, each once, each of its type."""

from pathlib import Path

import pytest

from tests.config.faults import HTTP, faults

ONE_FAULT = {
    "an unknown key, nearest": (
        HTTP + "    intervall: 5\n",
        '5: services.a.intervall: found an unknown key, expected "interval"',
    ),
    "a command under another program's key": (
        "services:\n  - {id: a, kind: command, command: [echo, ok]}\n",
        "2: services.a.command: found an unknown key, expected argv: [PROGRAM, ARGUMENT], a list that no shell reads",
    ),
    "an unknown key at the top": (
        "servces: []\n" + HTTP,
        '1: servces: found an unknown key, expected "services"',
    ),
    "a text for a number": (
        HTTP + "    interval: soon\n",
        '5: services.a.interval: found "soon", expected seconds, or a span such as 5m',
    ),
    "a number for a text": (
        HTTP + "    title: 15\n",
        "5: services.a.title: found the number 15, expected text (put it in quotes)",
    ),
    "an octal trap": (
        HTTP + "    interval: 010\n",
        "5: services.a.interval: found the number 010, expected seconds, or a span such as 5m",
    ),
    "a number that is none": (
        HTTP + "    interval: .nan\n",
        "5: services.a.interval: found the number .nan, expected seconds, or a span such as 5m",
    ),
    "the word no": (
        HTTP + "    owner: no\n",
        "5: services.a.owner: found the word no (which YAML reads as true or false), expected text (put it in quotes)",
    ),
    "a text for true": (
        HTTP + "    optional: perhaps\n",
        '5: services.a.optional: found "perhaps", expected true or false',
    ),
    "a text for a list": (
        HTTP + "    depends_on: b\n",
        '5: services.a.depends_on: found "b", expected a list (- item)',
    ),
    "a list for a text": (HTTP + "    title: [x]\n", "5: services.a.title: found a list, expected text"),
    "a mapping for a text": (
        HTTP + "    title: {x: y}\n",
        "5: services.a.title: found a mapping, expected text",
    ),
    "nothing for services": ("services:\n", "1: services: found nothing, expected a list (- item)"),
    "no services key": ("env: test\n", "1: services: found no such key, expected it here"),
    "empty services": ("env: test\nservices: []\n", "2: services: found no services, expected at least one"),
    "a list as the file": ("- a\n", "1: found a list, expected a mapping (key: value)"),
    "a service without id": (
        "services:\n  - kind: cadvisor\n    address: http://h\n",
        "2: services[0].id: found no such key, expected it here",
    ),
    "an id that is no word": (
        "services:\n  - kind: cadvisor\n    id: a b\n    address: http://h\n",
        '3: services[0].id: found "a b", expected letters, digits, . _ or -, at most 64',
    ),
    "an unknown kind": (
        "services:\n  - id: a\n    kind: postgress\n    address: h:1\n    user: x\n",
        '3: services.a.kind: found "postgress", expected "postgres"',
    ),
    "a duplicate id": (
        HTTP + "  - id: a\n    kind: http\n    address: http://127.0.0.1:8081\n",
        '5: services.a.id: found a second "a" (the first is on line 2), expected each id once',
    ),
    "a duplicate group": (
        "groups:\n  - id: g\n  - id: g\n" + HTTP,
        '3: groups.g.id: found a second "g" (the first is on line 2), expected each id once',
    ),
    "a duplicate key": (
        HTTP + "    title: x\n    title: y\n",
        '6: services.a.title: found a second "title" (the first is on line 5), expected each key once',
    ),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_names_its_line_its_key_and_what_was_expected(name: str, tmp_path: Path) -> None:
    text, expected = ONE_FAULT[name]
    assert faults(tmp_path, text) == [expected]


def test_all_faults_come_in_one_go_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
    groups: [{id: g}]
    pace: {selected: 0}
    services:
      - id: a
        kind: http
        address: nowhere
        interval: 0.1
        colour: red
        depends_on: [zzz]
      - id: a
        kind: redis
        address: h
        group: h
      - kind: agent
        timeout: soon
    """
    assert [fault.split(": ")[:2] for fault in faults(tmp_path, text)] == [
        ["2", "pace.selected"],
        ["6", "services.a.address"],
        ["7", "services.a.interval"],
        ["8", "services.a.colour"],
        ["9", "services.a.depends_on[0]"],
        ["10", "services.a.id"],
        ["12", "services.a.address"],
        ["13", "services.a.group"],
        ["14", "services[2].id"],
        ["14", "services[2].address"],
        ["15", "services[2].timeout"],
    ]
