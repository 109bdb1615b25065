"""What the system allows this process: how many open files, and in words what it refuses."""

import errno
import resource

from sutaz_tui.errors import CannotStart

# Beside one connection a service: standard streams, the event loop, the terminal, names, state files, modules.
OWN_FILES = 20
# What is worth having where the system gives it for the asking: checks ask beside the board.
GENEROUS = 1024


def allow_files(connections: int) -> None:
    """Have so many connections allowed at once, raising the soft limit as far as needed; CannotStart in words."""
    needed = connections + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(needed, GENEROUS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < needed:
        raise CannotStart(
            f"too few open files are allowed: {wanted}; these services need about {needed}: "
            f"ulimit -n {needed}, then start again"
        )


def refusal(error: BaseException) -> str:
    """What the system refused, for a person; "" where the error is something else."""
    match error:
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return "the disk is full: what was printed is not all of it; make room, then ask again"
        case OSError(errno=errno.EMFILE):
            allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            return f"too few open files are allowed: {allowed}; allow more (ulimit -n), then start again"
        case OSError(errno=errno.ENFILE):
            return "this machine has too many files open (fs.file-max); close some, then start again"
    return ""
