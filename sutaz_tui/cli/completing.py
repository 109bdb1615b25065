"""What a shell completes behind the commands: services, checks, views and notifiers of the config in force.

Nothing is asked of a service and nothing of the config is run; a config at fault, or one that nobody trusts yet,
completes nothing.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from sutaz_tui.config import Config

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_SUTAZ_TUI_COMPLETE"
"""By which a shell's function asks us, as click names it."""

COMPDEF = "    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completions(shell: str) -> None:
    """Print what makes a shell complete commands, options, services, checks and views.

    bash: eval "$(sutaz-tui completions bash)" in ~/.bashrc; zsh: the same with zsh in ~/.zshrc; fish: sutaz-tui
    completions fish | source in config.fish
    """
    from click.shell_completion import get_completion_class

    group = click.get_current_context().find_root().command
    writes = get_completion_class(shell)
    assert writes is not None
    text = writes(group, {}, "sutaz-tui", VARIABLE).source()
    # A zsh knows compdef only where its completions were switched on, which a bare ~/.zshrc does not do.
    click.echo(text.replace("    compdef ", f"{COMPDEF}    compdef ") if shell == "zsh" else text)


def services(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The ids of services that are not yet on the line, with their titles."""
    config = _config(context)
    if config is None:
        return []
    taken = context.params.get(parameter.name or "") or ()
    found = [(one.id, one.title) for one in config.services if one.id not in taken]
    return _items(found, incomplete)


def checks(context: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Categories, and behind the first letter the ids of checks too."""
    config = _config(context)
    if config is None:
        return []
    from sutaz_tui.wiring.checks import load_checks

    taken = context.params.get(parameter.name or "") or ()
    category = incomplete.partition(".")[0]
    every = load_checks(config, [category] if "." in incomplete else ())
    found = [(one, "") for one in dict.fromkeys(check.category for check in every)]
    if incomplete:
        found += [(check.id, check.title) for check in every]
    return _items([one for one in found if one[0] not in taken], incomplete)


def views(context: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The views that a service of the config has; all of them where no config can be read."""
    from sutaz_tui.config import kind_of
    from sutaz_tui.views.alerts import ALERTS
    from sutaz_tui.views.registry import BY_ID

    config = _config(context)
    kinds = None if config is None else {kind_of(one) for one in config.services}
    had = [one.id for one in BY_ID.values() if kinds is None or any(map(one.is_of, kinds))]
    return _items([(id, "") for id in (*had, ALERTS.id)], incomplete)


def notifiers(context: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The names of those who are told."""
    config = _config(context)
    return _items([(one.name, "") for one in config.notify], incomplete) if config else []


def config_names(incomplete: str) -> "list[CompletionItem]":
    """The configs of the user's config folder."""
    from sutaz_tui.config.files import NoHome, config_folder
    from sutaz_tui.config.words import ID

    try:
        found = sorted(path.stem for path in config_folder().glob("*.yaml"))
    except (NoHome, OSError):
        return []
    return _items([(name, "") for name in found if ID.fullmatch(name)], incomplete)


def names_or_files(_: click.Context, __: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Configs by name, else by their file."""
    from click.shell_completion import CompletionItem

    return config_names(incomplete) or [CompletionItem(incomplete, type="file")]


def _config(context: click.Context) -> "Config | None":
    """The config that the line means so far; None where it cannot be read as it is."""
    import os

    from sutaz_tui.config import load
    from sutaz_tui.config.files import packaged
    from sutaz_tui.errors import ConfigError

    file = packaged() if context.params.get("demo") else context.params.get("file")
    try:
        return load(None, file, os.environ)
    except ConfigError:
        return None


def _items(found: "Iterable[tuple[str, str]]", incomplete: str) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    # A title is the config's, and zsh and fish print it as help: a line break would end it, and begin another item.
    return [
        CompletionItem(id, help=" ".join(help.split()) or None)
        for id, help in found
        if id.startswith(incomplete)
    ]
