"""Copying to the clipboard: through a real tmux, through screen's wrapping, and by OSC 52 alone."""

import asyncio
import base64
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sutaz_tui.tui.terminal.clipboard import ENCODED_MOST, SCREEN_CHUNK, copy
from tests.servers.programs import need
from tests.servers.waiting import patient

PLAIN = {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
LINE = "curl -sS -i -H \"Authorization: Bearer $SUTAZ_TOKEN\" 'http://127.0.0.1:10200/api?x=1&y=ü'"


@dataclass
class Tmux:
    """A tmux server of this test alone."""

    program: Path
    folder: Path

    def run(self, *arguments: str) -> str:
        argv = [str(self.program), "-S", str(self.folder / "socket"), "-f", "/dev/null", *arguments]
        return subprocess.run(argv, capture_output=True, check=True, timeout=patient(10), text=True).stdout

    @property
    def environ(self) -> dict[str, str]:
        """What a program inside it is given."""
        pid = self.run("display-message", "-p", "#{pid}").strip()
        return {**PLAIN, "PATH": os.environ["PATH"], "TMUX": f"{self.folder}/socket,{pid},0"}


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[Tmux]:
    [program] = need("tmux")
    server = Tmux(program, tmp_path)
    server.run("new-session", "-d", "-x", "80", "-y", "24", "cat")
    yield server
    server.run("kill-server")


@pytest.mark.parametrize("text", [LINE, "a\nb\n  c", "--looks-like-an-option", "✓ 日本", "x" * 300_000])
async def test_inside_tmux_its_buffer_holds_the_text(tmux: Tmux, text: str) -> None:
    copied = await copy(text, tmux.environ)
    assert copied.ok, copied.words
    assert copied.sequence is None
    assert tmux.run("show-buffer") == text


async def test_a_tmux_that_is_gone_is_said_and_does_not_hang(tmp_path: Path) -> None:
    need("tmux")
    environ = {**PLAIN, "PATH": os.environ["PATH"], "TMUX": f"{tmp_path}/none,1,0"}
    copied = await copy(LINE, environ)
    assert not copied.ok
    assert copied.words.startswith("not copied: tmux load-buffer failed: ")
    assert copied.words.endswith("; Y prints it")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exec sleep 60", "not copied: tmux load-buffer did not answer within 1 s; Y prints it"),
        (
            "echo $'\\e[31mno \\a server' >&2; exit 1",
            "not copied: tmux load-buffer failed: no ␇ server; Y prints it",
        ),
    ],
)
async def test_a_tmux_that_fails(tmp_path: Path, script: str, words: str) -> None:
    program = tmp_path / "tmux"
    program.write_text(f"#!/bin/bash\n{script}\n")
    program.chmod(0o755)
    began = time.monotonic()
    copied = await copy(LINE, {**PLAIN, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMUX": "x,1,0"})
    assert (copied.words, copied.ok, copied.sequence) == (words, False, None)
    assert time.monotonic() - began < patient(4)


async def test_without_tmux_installed(tmp_path: Path) -> None:
    copied = await copy(LINE, {**PLAIN, "PATH": str(tmp_path), "TMUX": "x,1,0"})
    assert copied.words == (
        "not copied: tmux load-buffer could not be run: No such file or directory; Y prints it"
    )


async def test_a_tmux_older_than_3_2_still_copies_inside(tmp_path: Path) -> None:
    program = tmp_path / "tmux"
    program.write_text(f'#!/bin/bash\n[ "$2" = -w ] && exit 1\ncat > {tmp_path}/buffer\n')
    program.chmod(0o755)
    copied = await copy(LINE, {**PLAIN, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMUX": "x,1,0"})
    assert copied.ok
    assert "inside tmux only" in copied.words
    assert (tmp_path / "buffer").read_text() == LINE


def held(sequence: str | None) -> str:
    """What a terminal puts on its clipboard."""
    assert sequence is not None
    found = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\a", sequence)
    assert found is not None, sequence[:40]
    return base64.b64decode(found[1]).decode()


@pytest.mark.parametrize("text", [LINE, "a\nb", ""])
async def test_by_osc_52(text: str) -> None:
    copied = await copy(text, PLAIN)
    assert copied.ok
    assert held(copied.sequence) == text


async def test_through_screen_it_is_wrapped_in_chunks() -> None:
    copied = await copy("x" * 2000, {**PLAIN, "TERM": "screen-256color", "STY": "1.pts-0.host"})
    assert copied.sequence is not None
    chunks = re.findall(r"\x1bP(.*?)\x1b\\", copied.sequence, re.DOTALL)
    assert "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks) == copied.sequence
    assert max(map(len, chunks)) <= SCREEN_CHUNK
    assert held("".join(chunks)) == "x" * 2000


async def test_what_is_too_long_is_cut_at_a_character_and_said() -> None:
    text = "é" * 40_000
    copied = await copy(text, PLAIN)
    assert not copied.ok
    sent = held(copied.sequence)
    assert text.startswith(sent)
    assert ENCODED_MOST - 8 <= len(base64.b64encode(sent.encode())) <= ENCODED_MOST
    assert "the terminal takes no more" in copied.words
    assert "not" in copied.words


async def test_control_characters_do_not_reach_the_clipboard() -> None:
    copied = await copy("rm\x1b[31m x\r\nnext\x03\tend", PLAIN)
    text = held(copied.sequence)
    assert not set(text) & {"\x1b", "\r", "\x03", "\t"}
    assert text.count("\n") == 1


@pytest.mark.parametrize("term", ["linux", "dumb"])
async def test_a_terminal_without_a_clipboard_is_told_so(term: str) -> None:
    copied = await copy(LINE, {**PLAIN, "TERM": term})
    assert (copied.ok, copied.sequence) == (False, None)
    assert f"TERM={term}" in copied.words


async def test_being_cancelled_ends_tmux_too(tmp_path: Path) -> None:
    program = tmp_path / "tmux"
    program.write_text(f"#!/bin/bash\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    program.chmod(0o755)
    environ = {**PLAIN, "PATH": f"{tmp_path}:{os.environ['PATH']}", "TMUX": "x,1,0"}
    copying = asyncio.create_task(copy(LINE, environ))
    async with asyncio.timeout(patient(10)):
        while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip()):
            await asyncio.to_thread(os.sched_yield)
    pid = int((tmp_path / "pid").read_text())
    copying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await copying
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
