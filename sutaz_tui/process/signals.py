"""The signals that end a process unless it does something about them."""

import asyncio
import signal
from collections.abc import Callable

# Their default is to do nothing, to stop or to go on; SIGKILL cannot be caught.
_HARMLESS = ("SIGCHLD", "SIGURG", "SIGWINCH", "SIGCONT", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGINFO")
_UNCATCHABLE = ("SIGKILL", "SIGSTOP")
# Sent by the processor for an instruction that failed: going on would repeat it for ever.
_FAULTS = ("SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGTRAP", "SIGSYS", "SIGEMT")
_OTHERS = {getattr(signal, name, None) for name in (*_HARMLESS, *_UNCATCHABLE, *_FAULTS)}

ENDING = frozenset(int(number) for number in signal.valid_signals() if number not in _OTHERS)
"""Those that would end this process on the spot, such as SIGTERM, SIGQUIT, SIGUSR1 and SIGALRM."""


def on_ending(loop: asyncio.AbstractEventLoop, end: Callable[[int], object]) -> None:
    """Have `end` called with 128 + n, the shell's exit code for it, for every signal n that would end the process.

    What is ignored stays so: it was meant to be (nohup). What somebody handles already is theirs.
    """
    for number in ENDING:
        handler = signal.getsignal(number)
        # Python and asyncio.Runner make a KeyboardInterrupt of SIGINT.
        if handler is signal.SIG_DFL or (number == signal.SIGINT and handler is not signal.SIG_IGN):
            loop.add_signal_handler(number, end, 128 + number)
