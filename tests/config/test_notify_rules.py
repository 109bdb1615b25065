"""Every rule of `notify`, with the line, the key and the words of its fault."""

from pathlib import Path

import pytest

from sutaz_tui.config.brought import digest
from sutaz_tui.config.effects import effects
from sutaz_tui.config.load import trace
from sutaz_tui.config.notifiers import ToTerminal, ToWebhook, is_of_board
from sutaz_tui.config.show import show_text
from tests.config.faults import HTTP, faults, read, write

WELL = """notify:
  - {name: pager, to: alertmanager, url: 'http://127.0.0.1:9093', labels: {team: blue}}
  - {name: chat, to: webhook, url: 'https://chat.example.com/x', body: '{"text": "{title}: {words}"}', sign: '${KEY}'}
  - {name: page, to: command, argv: [/bin/page], on: [down], services: [a], disk: 4h, after: 1m}
  - {name: logs, to: command, argv: [/bin/page], on: [], logs: [{service: a, pattern: lost, count: 5, within: 5m}]}
  - {name: here, to: terminal, osc: [9, 777]}
  - {name: post, to: apprise, urls: ['${KEY}'], from: board}
"""


def one(**keys: str) -> str:
    """A config with one notifier on line 6."""
    entry = {"name": "x", "to": "command", "argv": "[a]", **keys}
    return (
        HTTP
        + "notify:\n  - {"
        + ", ".join(f"{key}: {value}" for key, value in entry.items() if value)
        + "}\n"
    )


def web(**keys: str) -> str:
    """The same of a webhook."""
    return one(to="webhook", argv="", **{"url": "'http://127.0.0.1:1'", **keys})


FAULTS = {
    "no such way": (one(to="pigeon"), '6: notify[0].to: found "pigeon", expected'),
    "no program": (one(argv="[]"), "6: notify[0].argv: found no program"),
    "a name that is none": (one(name="'a b'"), '6: notify[0].name: found "a b", expected letters'),
    "what nobody tells": (one(on="[dwon]"), '6: notify[0].on[0]: found "dwon", expected "down"'),
    "a service that is none": (one(services="[b]"), '6: notify[0].services[0]: found "b", expected one of a'),
    "nothing to tell": (one(on="[]"), "6: notify[0].on: found nothing to tell of"),
    "a log of nobody": (one(logs="[{service: b, pattern: x}]"), '6: notify[0].logs[0].service: found "b"'),
    "a log rule of nothing": (one(logs="[{service: a}]"), "6: notify[0].logs[0]: found no rule, or two"),
    "a pattern that is none": (one(logs="[{service: a, pattern: '('}]"), "6: notify[0].logs[0].pattern: "),
    "a count of none": (
        one(logs="[{service: a, pattern: x, count: 0}]"),
        "6: notify[0].logs[0].count: found 0",
    ),
    "too short a silence": (one(logs="[{service: a, silent: 1s}]"), "6: notify[0].logs[0].silent: found 1 s"),
    "another sender": (one(**{"from": "me"}), '6: notify[0].from: found "me", expected recorder or board'),
    "a recorder's terminal": (
        one(to="terminal", argv="", **{"from": "recorder"}),
        "6: notify[0].from: found recorder, expected board",
    ),
    "a URL that is none": (web(url="nowhere"), '6: notify[0].url: found "nowhere"'),
    "a place that is none": (web(body="'{titel}'"), '6: notify[0].body: found {titel}, expected "title"'),
    "JSON that is none": (web(body="'{\"a\": {title}}'"), "6: notify[0].body: found JSON that is none"),
    "a key in the file": (web(sign="abc"), "6: notify[0].sign: found a literal secret"),
    "no URL of Apprise": (one(to="apprise", argv="", urls="[]"), "6: notify[0].urls: found no URL"),
    "a URL of Apprise in the file": (
        one(to="apprise", argv="", urls="['mailto://u:p@x']"),
        "6: notify[0].urls[0]: found a literal secret",
    ),
    "an OSC that is none": (
        one(to="terminal", argv="", osc="[52]"),
        "6: notify[0].osc[0]: found 52, expected 9 or 777",
    ),
    "a label that is none": (
        one(to="alertmanager", argv="", url="'http://127.0.0.1:1'", labels="{a-b: c}"),
        '6: notify[0].labels.a-b: found "a-b", expected letters',
    ),
    "a socket that is nowhere": (
        HTTP + "record: {socket: here.sock}\n",
        '5: record.socket: found "here.sock"',
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_notify_is_told(case: str, tmp_path: Path) -> None:
    text, words = FAULTS[case]
    found = faults(tmp_path, text)
    assert any(one.startswith(words) for one in found), found
    assert "abc" not in str(found) or case != "a key in the file"


def test_a_second_of_a_name(tmp_path: Path) -> None:
    text = one() + "  - {name: x, to: terminal}\n"
    assert faults(tmp_path, text) == ['7: notify[1].name: found a second "x", expected each name once']


def test_all_ways(tmp_path: Path) -> None:
    config = read(tmp_path, HTTP + WELL, {"KEY": "json://127.0.0.1/key-17-long"})
    assert [is_of_board(one) for one in config.notify] == [False, False, False, False, True, True]
    assert isinstance(config.notify[4], ToTerminal)
    hook = config.notify[1]
    assert isinstance(hook, ToWebhook)
    assert "key-17" not in repr(config.notify)


def test_the_url_of_a_hook_that_comes_from_outside_is_a_secret(tmp_path: Path) -> None:
    text = HTTP + "notify:\n  - {name: x, to: webhook, url: '${CHAT}'}\n"
    url = "https://hooks.example.com/services/T0/B0/xyzzy-17"
    traced = trace(None, write(tmp_path, text), {"CHAT": url})
    assert traced.config.secrets.mask(f"posted to {url}") == "posted to ***"
    assert "xyzzy" not in show_text(traced)


def test_who_is_to_trust_a_config_reads_what_it_runs_and_whom_it_tells(tmp_path: Path) -> None:
    lines = effects(trace(None, write(tmp_path, HTTP + WELL), {"KEY": "json://127.0.0.1/key-17-long"}))
    text = "\n".join(lines)
    assert "runs   /bin/page (notifier page)\n" in text
    assert "sends  what is wrong to chat.example.com (notifier chat)" in text
    assert "sends  what is wrong to 127.0.0.1:9093 (notifier pager)" in text
    assert "sends  what is wrong by Apprise to 1 place of its own (notifier post)" in text
    assert "$KEY to whom the notifier chat tells" in text and "key-17" not in text


def test_a_script_of_the_folder_that_a_notifier_runs_is_part_of_what_is_trusted(tmp_path: Path) -> None:
    (tmp_path / "page.sh").write_text("#!/bin/sh\n")
    text = one(argv="[./page.sh]")
    before = digest(trace(None, write(tmp_path, text), {}))
    (tmp_path / "page.sh").write_text("#!/bin/sh\nrm -rf /\n")
    assert digest(trace(None, write(tmp_path, text), {})) != before
