"""What ended the program: its words, and the exit code."""

from contextlib import suppress

import click


def told(error: Exception) -> int:
    """Say what ended the program; its exit code."""
    # Config errors and the like are sentences; anything else is a fault of ours, told by its report.
    from sutaz_tui.errors import CannotStart, ConfigError, SutazError
    from sutaz_tui.process.limits import refusal
    from sutaz_tui.process.output import has_gone

    if has_gone(error):
        # Nobody reads what is printed, and a terminal that vanished takes no words either.
        return 1
    if refused := refusal(error):
        words = f"Error: {refused}"
    else:
        words = str(error) if isinstance(error, SutazError) else _crash_words(error)
    with suppress(OSError):  # stderr is full or gone: the exit code still tells
        click.echo(words, err=True)
    return 2 if isinstance(error, ConfigError | CannotStart) else 1


def _crash_words(error: Exception) -> str:
    import os

    from sutaz_tui.config.files import state_folder_if_any
    from sutaz_tui.config.outside import looks_secret
    from sutaz_tui.output import crash
    from sutaz_tui.text.sanitise import hidden

    # Where its config was not yet read, its secrets came from the environment, if not from files.
    secrets = hidden().and_these(value for name, value in os.environ.items() if looks_secret(name))
    return crash.words(error, state_folder_if_any(), secrets)
