"""Each way to tell people: what arrives, what is said where it does not, and what a hostile name does there: nothing."""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sutaz_tui.config.notifiers import ToAlertmanager, ToApprise, ToCommand, ToTerminal, ToWebhook
from sutaz_tui.errors import SourceError, TooMany
from sutaz_tui.sources.notify.alertmanager import AlertmanagerPoster
from sutaz_tui.sources.notify.item import Item
from sutaz_tui.sources.notify.senders import (
    AppriseSender,
    CommandSender,
    TerminalSender,
    WebhookSender,
)
from sutaz_tui.sources.notify.texts import Texts, filled, texts
from sutaz_tui.text.sanitise import Secrets
from tests.hostile import CONTROLS, ESCAPES
from tests.notify.hooks import NOON, hook, until
from tests.servers.alertmanager import Alertmanager

NAMES = (
    "id",
    "state",
    "title",
    "words",
    "severity",
    "service",
    "services",
    "since",
    "at",
    "owner",
    "runbook",
    "env",
)
HOSTILE = {
    **ESCAPES, **CONTROLS,
    "a shell's": "$(touch /tmp/owned); `id` && ${IFS} | rm -rf / #\n'\"",
    "JSON's": '","admin":true,"x":"\\',
    "a template's": "{words}{title}{id}{{x}}%s%(x)s{0.__class__}",
    "markup": "[bold]<script>alert(1)</script>*_`~@everyone <!channel>",
    "a header's": "x\r\nX-Evil: 1\r\n\r\nGET / HTTP/1.1",
}  # fmt: skip


def made(
    title: str = "db DOWN", words: str = "refused", mask: Mapping[str, str] | None = None, **more: str
) -> Texts:
    values = {
        **dict.fromkeys(NAMES, ""),
        "state": "firing",
        "id": "x/1",
        "title": title,
        "words": words,
        **more,
    }
    hide = Secrets(mask or {}).mask
    return texts(values, (), hide)


def to_file(folder: Path) -> ToCommand:
    script = 'printf "%s\\n--\\n%s" "$SUTAZ_TITLE" "$SUTAZ_WORDS" > "$OUT"'
    return ToCommand(name="c", argv=["/bin/sh", "-c", script], env={"OUT": str(folder / "out")})


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_text_to_a_command(name: str, tmp_path: Path) -> None:
    said = made(HOSTILE[name], HOSTILE[name])
    await CommandSender(to_file(tmp_path), Secrets()).send(said)
    assert (tmp_path / "out").read_text() == f"{said.title}\n--\n{said.values['words']}"
    assert not re.search(r"[\x00-\x1f\x7f-\x9f]", said.title)
    assert "owned" not in os.listdir("/tmp")  # noqa: PTH208 - of a path there is no list but by blocking


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_text_in_the_json_of_a_webhook(name: str) -> None:
    said = made(HOSTILE[name], HOSTILE[name])
    async with hook() as there:
        body = '{"text": "{title}: {words}", "list": ["{title}"], "n": 7}'
        sender = WebhookSender(ToWebhook(name="w", url=f"{there.url}/a?b=c", body=body), Secrets())
        await sender.send(said)
        plain = WebhookSender(ToWebhook(name="w", url=there.url), Secrets())
        await plain.send(said)
        for one in (sender, plain):
            await one.aclose()
    words = said.values["words"]
    assert json.loads(there.bodies[0]) == {"text": f"{said.title}: {words}", "list": [said.title], "n": 7}
    assert json.loads(there.bodies[1])["title"] == said.title
    assert there.paths == ["/a?b=c", "/"]
    assert all("x-evil" not in headers for headers in there.headers)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_ends_no_sequence_of_the_terminal(name: str) -> None:
    said = made(HOSTILE[name], HOSTILE[name])
    sequence = TerminalSender(ToTerminal(name="t", osc=[9, 777]), lambda _: None).sequence(said)
    match = re.fullmatch(r"\a\x1b\]9;sutaz-tui: (.*)\x1b\\\x1b\]777;notify;(.*)\x1b\\", sequence)
    assert match is not None
    assert all(part.isprintable() for part in match.groups())
    assert match[2].count(";") == 1 and len(sequence) < 1000


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_name_is_text_to_apprise(name: str) -> None:
    pytest.importorskip("apprise")
    said = made(HOSTILE[name], HOSTILE[name])
    async with hook() as there:
        url = there.url.replace("http://", "json://")
        await AppriseSender(ToApprise(name="a", urls=[url]), Secrets()).send(said)
    posted = json.loads(there.bodies[0])
    assert posted["attachments"] == []
    assert posted["title"].strip() == said.title.strip()
    assert posted["message"].strip() == said.body.strip()


async def test_apprise_loads_no_plugin_and_reads_no_file(tmp_path: Path) -> None:
    pytest.importorskip("apprise")
    owned = tmp_path / "owned"
    (tmp_path / "evil.py").write_text(f"open({str(owned)!r}, 'w')\n")
    with pytest.raises(SourceError, match="Apprise does not know URL 2 of its urls"):
        await AppriseSender(ToApprise(name="a", urls=["json://127.0.0.1:9", "evil://x"]), Secrets()).send(
            made()
        )
    with pytest.raises(SourceError, match="could not send it"):
        await AppriseSender(ToApprise(name="a", urls=["json://127.0.0.1:9"]), Secrets()).send(made())
    assert not owned.exists()


async def test_a_webhook_is_signed_over_its_time_and_body() -> None:
    async with hook() as there:
        sender = WebhookSender(ToWebhook(name="w", url=there.url, sign="key-17"), Secrets())
        await sender.send(made())
        await sender.aclose()
    headers, body = there.headers[0], there.bodies[0]
    signed = headers["x-sutaz-timestamp"].encode() + b"." + body
    expected = hmac.new(b"key-17", signed, hashlib.sha256).hexdigest()
    assert headers["x-sutaz-signature"] == f"sha256={expected}"
    assert "key-17" not in body.decode() + str(headers)


@pytest.mark.parametrize("status", [301, 400, 500])
async def test_a_webhook_that_does_not_take_it_says_so(status: int) -> None:
    async with hook() as there:
        there.status = status
        sender = WebhookSender(ToWebhook(name="w", url=there.url), Secrets())
        with pytest.raises(SourceError, match=f"w: it answered {status}: ok"):
            await sender.send(made())
        await sender.aclose()


async def test_a_command_gets_no_secret_of_the_recorder_but_what_the_config_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "secret-of-a-service")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    out = tmp_path / "out"
    to = ToCommand(name="c", argv=["/bin/sh", "-c", f"env > {out}"], env={"PAGER_KEY": "a-key"})
    await CommandSender(to, Secrets()).send(made())
    found = dict(line.split("=", 1) for line in out.read_text().splitlines())
    told = {f"SUTAZ_{name.upper()}" for name in (*NAMES, "body")}
    # PWD and the like are the shell's own.
    assert {*found} - {"PWD", "OLDPWD", "SHLVL", "_"} <= told | {"PATH", "HOME", "LANG", "TZ", "PAGER_KEY"}
    assert (
        found["PATH"] == os.environ["PATH"]
        and found["TZ"] == "Europe/Berlin"
        and found["PAGER_KEY"] == "a-key"
    )


async def test_a_command_that_fails_or_hangs_says_so(tmp_path: Path) -> None:
    for argv, timeout, words in (
        (["/bin/sh", "-c", "echo no line >&2; exit 3"], 10.0, "c: its program ended with 3: no line"),
        (["/nowhere/page"], 10.0, "c: the program /nowhere/page is not there"),
        (["/bin/sleep", "600"], 0.3, "did not end within 0.3 s and was killed"),
    ):
        with pytest.raises(SourceError, match=words):
            await CommandSender(ToCommand(name="c", argv=argv, timeout=timeout), Secrets()).send(made())


async def test_no_secret_is_sent() -> None:
    said = made("db says hunter2-long-secret", "password hunter2-long-secret", {"hunter2-long-secret": "$PW"})
    assert "hunter2" not in said.title + said.body + str(said.values)


def test_a_template_that_is_no_json_is_sent_as_text() -> None:
    assert filled("{title}: {words} {nothing}", {"title": "a", "words": "{title}"}) == (
        b"a: {title} {nothing}", "text/plain; charset=utf-8",
    )  # fmt: skip


async def test_a_hostile_name_is_text_to_an_alertmanager(alertmanager: Alertmanager) -> None:
    to = ToAlertmanager(name="am", url=alertmanager.url, labels={"team": "blue"})
    poster = AlertmanagerPoster(to, Secrets(), "test", str)
    items = [
        Item(f"service:{number}", text, text, "critical", NOON, str(number), (text,), text, text)
        for number, text in enumerate(HOSTILE.values())
    ]
    now = datetime.now(UTC)
    await poster.post(items, [], now)
    found = {one["labels"]["service"]: one for one in json.loads(alertmanager.call("/api/v2/alerts").body)}
    assert len(found) == len(HOSTILE)
    for item in items:
        sent = poster.alert(item, now)
        there = found[item.service]
        assert there["annotations"] == sent["annotations"]
        # What is empty is no label.
        assert there["labels"] == {name: value for name, value in sent["labels"].items() if value}
    await poster.post([], items, datetime.now(UTC))
    await until(lambda: json.loads(alertmanager.call("/api/v2/alerts").body) == [], "over")
    await poster.aclose()


async def test_a_name_calls_nobody_in_a_chat() -> None:
    """@everyone rang every telephone of a channel."""
    said = made("@everyone db", "<!channel> <@U1> @here, mail ann@herea.example", services="@room")
    text = f"{said.title} {said.body} {said.values['services']}"
    assert not re.search(r"@(everyone|here|room)\b|<[!@]", text)
    assert text.replace("\u200b", "") == "@everyone db <!channel> <@U1> @here, mail ann@herea.example @room"


async def test_apprise_sends_to_each_of_its_urls_once_though_another_fails() -> None:
    pytest.importorskip("apprise")
    async with hook() as there, hook() as other:
        other.status = 500
        urls = [one.url.replace("http://", "json://") for one in (there, other)]
        sender = AppriseSender(ToApprise(name="a", urls=urls), Secrets())
        for _ in range(2):
            with pytest.raises(SourceError, match="could not send it"):
                await sender.send(made())
        other.status = 200
        await sender.send(made())
        await sender.send(made(id="x/2"))
    assert len(there.bodies) == len(other.bodies) == 2


@pytest.mark.parametrize("way", ["webhook", "apprise"])
async def test_a_receiver_sends_neither_message_nor_login_elsewhere(way: str) -> None:
    pytest.importorskip("apprise")
    async with hook() as there, hook() as elsewhere:
        there.status, there.more = 307, f"Location: {elsewhere.url}/\r\n"
        url = there.url.replace("http://", "http://ann:key-17@" if way == "webhook" else "json://ann:key-17@")
        sender = (
            WebhookSender(ToWebhook(name="w", url=there.url, headers={"X-Key": "key-17"}), Secrets())
            if way == "webhook"
            else AppriseSender(ToApprise(name="a", urls=[url]), Secrets())
        )
        with pytest.raises(SourceError):
            await sender.send(made())
        await sender.aclose()
    assert there.tries > 0 and elsewhere.tries == 0


async def test_a_receiver_that_wants_to_be_left_alone_says_for_how_long() -> None:
    async with hook() as there:
        there.status, there.more = 429, "Retry-After: 120\r\n"
        sender = WebhookSender(ToWebhook(name="w", url=there.url), Secrets())
        with pytest.raises(TooMany, match="it answered 429") as caught:
            await sender.send(made())
        there.more = "Retry-After: soon\r\n"
        with pytest.raises(TooMany) as other:
            await sender.send(made())
        await sender.aclose()
    assert (caught.value.after, other.value.after) == (120.0, 0.0)
