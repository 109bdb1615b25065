"""`notify test`: what a notifier of the config would send, and on a word sends it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import config_option, open_stack, run_async

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.config.notifiers import AnyNotifier
    from sutaz_tui.engine.news.telling import Message

WORD = "send"


@click.command()
@click.argument("what", type=click.Choice(["test"]))
@click.argument("name", metavar="NAME", shell_complete=completing.notifiers)
@config_option
@click.option("--send", "sends", is_flag=True, help="Send it without asking.")
def notify(what: str, name: str, file: Path | None, sends: bool) -> int:  # noqa: ARG001 - there is one so far
    """Show what the notifier NAME of the config would send, and send it where you type the word.

    Exit code 0 when it was sent or only shown, 1 when it could not be sent, 2 usage or config.
    """
    config, _ = open_stack(None, file, False, None)
    to = next((one for one in config.notify if one.name == name), None)
    if to is None:
        names = ", ".join(one.name for one in config.notify) or "none: notify is empty"
        raise click.UsageError(f"no notifier {name!r} in this config; there are: {names}")
    return int(run_async(_test(config, to, sends)))


async def _test(config: "Config", to: "AnyNotifier", sends: bool) -> int:
    import json
    from datetime import UTC, datetime

    from sutaz_tui.config.notifiers import ToAlertmanager
    from sutaz_tui.errors import SourceError
    from sutaz_tui.sources.notify.alertmanager import HOLDS
    from sutaz_tui.state.notify.notifying import texts_of
    from sutaz_tui.wiring.notify import poster, sender

    titles = {service.id: service.title for service in config.services}

    def title(service_id: str) -> str:
        return titles.get(service_id, service_id)

    message = _message(config, to)
    if isinstance(to, ToAlertmanager):
        posts = poster(to, config, title)
        lines = [
            f"POST to {posts.place}:",
            json.dumps(posts.alert(message.item, datetime.now(UTC)), indent=2),
        ]
    else:
        made = sender(to, config.secrets, _ring)
        said = texts_of(message, config, title)
        try:
            lines = made.shown(said)
        except SourceError as error:
            raise click.ClickException(str(error)) from None
    click.echo("\n".join(config.secrets.mask(line) for line in lines))
    if not (sends or _is_wanted()):
        return 0
    sent = "sent"
    try:
        if isinstance(to, ToAlertmanager):
            # It ends by itself: what is over before the Alertmanager's group_wait reaches nobody.
            now = datetime.now(UTC)
            await posts.post([message.item], [], now)
            sent = f"sent: fires there until {(now + HOLDS).astimezone():%H:%M:%S}, then it is resolved"
        else:
            await made.send(said)
    except SourceError as error:
        click.echo(f"not sent: {config.secrets.mask(str(error))}", err=True)
        return 1
    finally:
        await (posts if isinstance(to, ToAlertmanager) else made).aclose()
    click.echo(sent)
    return 0


def _message(config: "Config", to: "AnyNotifier") -> "Message":
    from datetime import UTC, datetime

    from sutaz_tui.engine.news.telling import Message, State
    from sutaz_tui.sources.notify.item import Item

    now = datetime.now(UTC)
    mine = [one for one in config.services if one.id in to.services or one.group in to.groups]
    first = (mine or config.services)[0]
    words = "this is a test: nothing is wrong"
    item = Item(
        f"test:{to.name}", f"test of {to.name}", words, "info", now, first.id, (first.id,), first.owner, first.runbook
    )  # fmt: skip
    return Message(f"{to.name}/test/{int(now.timestamp() * 1000)}", State.TEST, item, now)


def _ring(sequence: str) -> None:
    sys.stdout.write(sequence)
    sys.stdout.flush()


def _is_wanted() -> bool:
    if not sys.stdin.isatty():
        click.echo(f"not sent: --send, or the word {WORD} at a terminal, sends it", err=True)
        return False
    return bool(click.prompt(f"type {WORD} to send it", default="", show_default=False).strip() == WORD)
