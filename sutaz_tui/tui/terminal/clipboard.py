"""Text to the clipboard of whoever sits at the terminal, also through tmux, screen and SSH.

tmux 3.3 as it comes swallows OSC 52, plain and wrapped, without a word; its own `load-buffer -w` does not. Elsewhere
the terminal is asked by OSC 52 (xterm's control sequences), which no terminal confirms.
"""

import asyncio
import base64
from collections.abc import Mapping

from msgspec import Struct

from sutaz_tui.text.sanitise import bytes_size, one_line, sanitise
from sutaz_tui.tui.terminal.capabilities import Terminal, look_at

ENCODED_MOST = 74_994
"""Terminals drop an OSC 52 sequence above about 100,000 bytes, some above this; k9s keeps to the same."""
TMUX_WITHIN = 1.0
# screen 4.9 drops a device control string of more than 768 bytes.
SCREEN_CHUNK = 240
OTHERWISE = "Y prints it"


class Copied(Struct, frozen=True):
    """What came of it: `words` for the foot, `sequence` what is still to be written to the terminal, if anything."""

    words: str
    ok: bool
    sequence: str | None = None


async def copy(text: str, environ: Mapping[str, str]) -> Copied:
    """Copy `text`; control characters but line breaks are left out, since it will be pasted into a shell."""
    text = "\n".join(sanitise(line) for line in text.split("\n"))
    terminal = look_at(environ)
    if terminal.between == "tmux":
        return await _by_tmux(text, environ)
    if terminal.is_dumb or terminal.name == "linux":
        return Copied(
            f"not copied: this terminal (TERM={terminal.name}) has no clipboard; {OTHERWISE}", False
        )
    return _by_osc52(text, terminal)


async def _by_tmux(text: str, environ: Mapping[str, str]) -> Copied:
    failure = ""
    # -w also hands it to the terminal outside; tmux before 3.2 does not know it.
    for argv in (["tmux", "load-buffer", "-w", "-"], ["tmux", "load-buffer", "-"]):
        failure = await _run(argv, text, environ)
        if not failure:
            inside = "" if "-w" in argv else ", inside tmux only (it is older than 3.2)"
            return Copied(f"copied by tmux: {_size(text)}{inside}", True)
    return Copied(f"not copied: tmux load-buffer {failure}; {OTHERWISE}", False)


async def _run(argv: list[str], text: str, environ: Mapping[str, str]) -> str:
    """Run a program with `text` as its input; "" when it went well, else what went wrong."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe, env=dict(environ)
        )
    except OSError as error:
        return f"could not be run: {error.strerror}"
    try:
        async with asyncio.timeout(TMUX_WITHIN):
            _, said = await process.communicate(text.encode())
    except TimeoutError:
        return f"did not answer within {TMUX_WITHIN:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    words = one_line(said.decode("utf-8", "replace"), 100)
    return "" if process.returncode == 0 else f"failed: {words or f'exit code {process.returncode}'}"


def _by_osc52(text: str, terminal: Terminal) -> Copied:
    data = text.encode()
    # Four characters for three bytes; and no half character at the end.
    sent = data[: ENCODED_MOST // 4 * 3].decode("utf-8", "ignore").encode()
    sequence = f"\x1b]52;c;{base64.b64encode(sent).decode()}\a"
    if terminal.between == "screen":
        chunks = (sequence[at : at + SCREEN_CHUNK] for at in range(0, len(sequence), SCREEN_CHUNK))
        sequence = "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    if missing := len(data) - len(sent):
        words = f"copied the first {bytes_size(len(sent))} only, {bytes_size(missing)} not: the terminal takes no more"
        return Copied(words, False, sequence)
    return Copied(f"copied: {_size(text)}", True, sequence)


def _size(text: str) -> str:
    lines = text.count("\n") + 1
    return f"{lines} lines" if lines > 1 else f"{len(text)} characters"
