"""An entry of `notify` to what sends by it."""

from collections.abc import Callable

from sutaz_tui.config import Config
from sutaz_tui.config.notifiers import (
    NotifierConfig,
    ToAlertmanager,
    ToApprise,
    ToCommand,
    ToTerminal,
    ToWebhook,
)
from sutaz_tui.sources.notify.alertmanager import AlertmanagerPoster
from sutaz_tui.sources.notify.senders import (
    AppriseSender,
    CommandSender,
    Sender,
    TerminalSender,
    WebhookSender,
)
from sutaz_tui.text.sanitise import Secrets


def sender(to: NotifierConfig, secrets: Secrets, ring: Callable[[str], object]) -> Sender:
    """What sends one message after another; `ring` writes to the terminal."""
    match to:
        case ToCommand():
            return CommandSender(to, secrets)
        case ToWebhook():
            return WebhookSender(to, secrets)
        case ToTerminal():
            return TerminalSender(to, ring)
        case ToApprise():
            return AppriseSender(to, secrets)
    raise AssertionError(to)


def poster(to: ToAlertmanager, config: Config, title: Callable[[str], str]) -> AlertmanagerPoster:
    """What posts to an Alertmanager; `title` names services."""
    return AlertmanagerPoster(to, config.secrets, config.env, title)
