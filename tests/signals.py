"""Signals as the programs under test expect them, whatever started the tests."""

import signal

# Python ignores these itself, and gives them back to the programs that it starts.
_OF_PYTHON = {signal.SIGPIPE, signal.SIGXFSZ}


def hear_signals() -> None:
    """Lets the programs that are started from here hear the signals that this process was started to ignore.

    nohup ignores SIGHUP, a shell in a script SIGINT and SIGQUIT of what runs behind `&`, and what is ignored stays so in
    every child. A handler does not: the child's is the default one, and to this process the signal still does nothing.
    """
    for number in signal.valid_signals() - _OF_PYTHON:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
