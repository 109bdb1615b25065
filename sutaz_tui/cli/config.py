"""The command `config`: whether it is right, where its values come from, what it costs, whether it is trusted."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli import completing
from sutaz_tui.cli.stack import open_stack, stack_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sutaz_tui.config.traced import Traced


@click.command()
@click.argument(
    "what", type=click.Choice(["check", "show", "example", "schema", "path", "cost", "trust", "untrust"])
)
@click.argument("name", required=False, metavar="[NAME|FILE|HASH]", shell_complete=completing.names_or_files)
@stack_options
def config(what: str, name: str | None, file: Path | None, demo: bool, scenario: str | None) -> None:
    """Look at the config.

    check: is it right?  show: every value and where it comes from.  example: the built-in config, every key explained.
    schema: JSON Schema for editors.
    path: where configs are looked for.  cost: what this config asks of each service.
    trust [FILE|HASH]: let ./sutaz-tui.yaml, which nobody named, run and send what it says, as it is now.  untrust: no more.
    """
    import contextlib
    import os

    environ: Mapping[str, str] = os.environ
    with contextlib.ExitStack() as closing:
        if demo:
            stack = open_stack(name, file, demo, scenario)[1]
            assert stack is not None
            closing.callback(stack.close)
            file, environ = stack.path, stack.environ
        click.echo(_config_words(what, name, file, environ))


def _config_words(what: str, name: str | None, file: Path | None, environ: "Mapping[str, str]") -> str:
    from sutaz_tui.config import cost, json_schema
    from sutaz_tui.config import show as shown
    from sutaz_tui.config.load import trace

    if what == "schema":
        return json_schema.schema_text()
    if what == "example":
        from sutaz_tui.config.files import built_in

        return built_in().decode().rstrip("\n")
    if what in ("trust", "untrust"):
        from sutaz_tui.cli.trusting import trust_words, untrust_words

        return trust_words(name, file, environ) if what == "trust" else untrust_words(name, file)
    if what == "path":
        return shown.paths_text(name, file, environ)
    traced = trace(name, file, environ)
    if what == "cost":
        return cost.cost_text(traced.config)
    return _checked(traced) if what == "check" else shown.show_text(traced)


def _checked(traced: "Traced") -> str:
    """What `config check` prints; ConfigError where the keymap or the theme, which the screen alone knows, is wrong."""
    from sutaz_tui.config.show import check_text
    from sutaz_tui.config.words import Path, label
    from sutaz_tui.errors import ConfigError, Problem
    from sutaz_tui.tui.keymap import check_keymap, renamed
    from sutaz_tui.tui.terminal.themes import theme_fault

    config, document = traced.config, traced.document
    faults: dict[Path, str] = {("keymap", id): words for id, words in check_keymap(config.keymap)[1].items()}
    if fault := theme_fault(config.theme):
        faults |= {("theme",): fault}
    if faults:
        told = [
            Problem(document.file, document.line(path), label(path, document.names), words)
            for path, words in faults.items()
        ]
        raise ConfigError(sorted(told, key=lambda problem: problem.line))
    return "\n".join([check_text(traced), *(f"warning: {words}" for words in renamed(config.keymap))])
