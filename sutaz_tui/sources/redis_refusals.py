"""What the errors mean that Redis answers, by their code: its own states, a login, a right."""

from dataclasses import dataclass, field

from sutaz_tui.errors import BadAnswer, Denied, SourceError
from sutaz_tui.sources.question import login_refused
from sutaz_tui.sources.redis_connection import ErrorReply
from sutaz_tui.text.sanitise import one_line


@dataclass(frozen=True, slots=True)
class Unready:
    """It is Redis, it answers, and it does not do its work: a word for the row, what is so, what to do."""

    word: str
    words: str
    advice: str
    latency: float = field(default=0.0, compare=False)


_BY_CODE = {
    "LOADING": Unready("loading", "is loading its data into memory", "wait; its log tells how far it is"),
    "MASTERDOWN": Unready(
        "link",
        "is a replica without its master and does not answer until it is back",
        "look at the master and the way to it",
    ),
    "MISCONF": Unready("disk", "cannot save to disk and refuses writes", "look at its disk and its log"),
    "BUSY": Unready(
        "busy", "is busy with a script and does not answer", "SCRIPT KILL ends one that has written nothing"
    ),
    "DENIED": Unready(
        "closed",
        "is in protected mode: it lets in loopback only",
        "set a password there and in the config, or protected-mode no",
    ),
}
_BY_WORDS = (
    (
        "max number of clients",
        Unready(
            "full", "has no connection left (maxclients)", "CLIENT LIST shows who holds them; or raise it"
        ),
    ),
    # From Redis 6 on, and before.
    *(
        (
            words,
            Unready(
                "open",
                "has no password set: it requires none",
                "set one there, or take password out of the config",
            ),
        )
        for words in ("without any password configured", "but no password is set")
    ),
)


def unready(error: ErrorReply) -> Unready | None:
    """The state of the server that an error tells; None where it tells something else."""
    said = str(error)
    return _BY_CODE.get(error.code) or next((state for words, state in _BY_WORDS if words in said), None)


def is_missing_right(error: ErrorReply) -> bool:
    """Whether this user may not do what was asked, or the server does not know the command (renamed, a proxy)."""
    return error.code == "NOPERM" or "unknown command" in str(error).lower()


def grant(user: str, error: ErrorReply, *asked: str) -> str:
    """What mends a missing right: the line that an administrator types."""
    if " key" in str(error) or " channel" in str(error):
        return f"ACL LIST shows what {user or 'default'} may reach"
    return f"ACL SETUSER {user or 'default'} {' '.join(f'+{name.lower()}' for name in asked)}"


def meaning(source: str, user: str, error: ErrorReply, *asked: str) -> SourceError:
    """The SourceError that an error amounts to for whom an answer was needed; `asked` are the commands."""
    who, said = user or "the default user", one_line(str(error), 200)
    if state := unready(error):
        return BadAnswer(source, f"{state.words}; {state.advice}")
    if error.code == "NOAUTH":
        return Denied(source, "wants a password; set one in the config")
    if error.code == "WRONGPASS" or "invalid password" in said:
        return login_refused(source, who)
    if error.code == "NOPERM":
        names = " and ".join(asked).replace("|", " ")
        return Denied(source, f"{who} may not run {names}; grant it: {grant(user, error, *asked)}")
    return BadAnswer(source, f"answers with an error: {said}")
