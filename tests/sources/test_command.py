"""Programs: what is kept of their output, their group, their environment."""

import os

import pytest

from sutaz_tui.errors import TimedOut, Unreachable
from sutaz_tui.sources.command import KEEP_LIMIT, Program
from sutaz_tui.sources.evidence import Shell, recording
from sutaz_tui.text.sanitise import Secrets


def program(*argv: str, env: dict[str, str] | None = None) -> Program:
    return Program(argv, env or {}, "Plugin", Secrets(), Shell())


async def test_its_output_is_kept_as_far_as_4_kib() -> None:
    ended = await program("/bin/sh", "-c", "head -c 100000 /dev/zero; echo >&2; exit 5").run(10.0)
    assert (ended.code, len(ended.output)) == (5, KEEP_LIMIT)
    assert ended.elapsed > 0


async def test_it_runs_in_a_session_of_its_own_with_the_given_variables() -> None:
    ended = await program(
        "/bin/sh", "-c", "cut -d' ' -f6 /proc/$$/stat; echo $LIMIT", env={"LIMIT": "90"}
    ).run(10.0)
    session, limit = ended.output.decode().split()
    assert int(session) != os.getsid(0)
    assert limit == "90"


async def test_evidence_is_the_line_itself() -> None:
    with recording() as steps:
        await program("/bin/echo", "two words", "$HOME", env={"LIMIT": "90"}).run(10.0)
    assert steps[0].reproduce == "LIMIT=90 /bin/echo 'two words' '$HOME'"
    assert steps[0].answer.startswith("exit 0\ntwo words $HOME")


@pytest.mark.parametrize("argv", [("/no/such/program",), ("/etc",), ("/bin/echo", "a\0b")])
async def test_what_cannot_be_started_is_a_sentence(argv: tuple[str, ...]) -> None:
    with recording() as steps, pytest.raises(Unreachable) as raised:
        await program(*argv).run(10.0)
    assert "the program" in raised.value.words
    assert "Errno" not in raised.value.words
    assert steps[0].answer == str(raised.value)


async def test_late_it_is_ended() -> None:
    with pytest.raises(TimedOut, match=r"did not end within 0\.2 s"):
        await program("/bin/sleep", "600").run(0.2)
