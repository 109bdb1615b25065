"""The command `serve`: what is seen, over HTTP, for Prometheus, scripts and status pages."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sutaz_tui.cli.stack import begin, open_stack, run_async, stack_options

if TYPE_CHECKING:
    from sutaz_tui.config import Config
    from sutaz_tui.demo.stack import Demo
    from sutaz_tui.engine.engine import Engine
    from sutaz_tui.output.served import Kept
    from sutaz_tui.sources.serving.messages import Answer
    from sutaz_tui.sources.serving.server import Server
    from sutaz_tui.state.history.recorder import Recorder


@click.command()
@stack_options
@click.option("--listen", metavar="HOST:PORT", help="Where, in place of serve.listen in the config.")
@click.option(
    "--unit", "is_unit", is_flag=True, help="Print a systemd unit that runs it, and how to install it."
)
def serve(file: Path | None, demo: bool, scenario: str | None, listen: str | None, is_unit: bool) -> int:
    """Answer over HTTP what is seen: /metrics for Prometheus, /status.json, /status, /history.json, /healthz.

    It wants a token, which it makes and says where. A request asks the stack nothing: where `sutaz-tui record` watches
    the same config its picture is shown, else this command polls, each service at its interval.
    """
    from importlib.util import find_spec

    from sutaz_tui.errors import CannotStart

    if is_unit:
        return _unit(file, demo, listen)
    if not all(map(find_spec, ("prometheus_client", "h11"))):
        raise CannotStart("serve needs libraries of its own: pip install 'sutaz-tui[serve]'")
    config, stack = open_stack(None, file, demo, scenario)
    try:
        begin(len(config.services) + 64)
        return _serve(config, stack, listen or config.serve.listen)
    finally:
        if stack is not None:
            stack.close()


def _unit(file: Path | None, demo: bool, listen: str | None) -> int:
    from sutaz_tui.output.unit import serve_unit_text

    if demo:
        raise click.UsageError("--unit is for a config of yours, not for the demo.")
    config, _ = open_stack(None, file, False, None)
    _expect_listen(config, listen or config.serve.listen)
    click.echo(serve_unit_text(config, listen or ""))
    return 0


def _expect_listen(config: "Config", listen: str) -> None:
    from sutaz_tui.config.serving import listen_fault

    has_tls = bool(config.serve.tls and config.serve.tls.cert_file)
    if fault := listen_fault(listen, has_tls, config.serve.hosts):
        raise click.UsageError(f"listen: {fault}")


def _serve(config: "Config", stack: "Demo | None", listen: str) -> int:
    from sutaz_tui.config.files import state_folder_if_any
    from sutaz_tui.config.serving import names_of, place_of
    from sutaz_tui.sources.contexts import serving_context
    from sutaz_tui.sources.serving.guard import Guard
    from sutaz_tui.sources.serving.server import Server, listening
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.state.serve_token import expect_own
    from sutaz_tui.wiring.engine import build, build_attached

    if (folder := state_folder_if_any()) is not None:
        expect_own(folder)
    _expect_listen(config, listen)
    tls = config.serve.tls if config.serve.tls and config.serve.tls.cert_file else None
    place = place_of(listen)
    assert place is not None
    context = serving_context(tls.cert_file, tls.key_file, tls.clients_file) if tls is not None else None
    token, where = (None, "serve.tls.clients_file") if tls and tls.clients_file else _token(config)
    at = listening(*place)

    def tell(line: str) -> None:
        # Whoever reads the lines may go: what counts is answered.
        with suppress(OSError):
            print(line, flush=True)

    engine: Engine
    if stack is not None:
        engine = build(config)
    else:
        engine = build_attached(config)
        engine.said, engine.alone = tell, "polling"
    guard = Guard(names_of(listen, config.serve.hosts), token, engine.clock)
    memory = Memory(config, "serve") if stack is None else None

    def made(answer: "Callable[..., Awaitable[Answer]]") -> Server:
        return Server(at, context, guard, answer)

    host, port = at.getsockname()[:2]
    scheme = "https" if context is not None else "http"
    tell(f"serving {scheme}://{f'[{host}]' if ':' in host else host}:{port}/ to who has {where}")
    if memory is None:
        return int(run_async(_answering(config, engine, made, tell, stack)))
    with memory.recording(engine, tell) as recorder:
        return int(run_async(_answering(config, engine, made, tell, None, recorder)))


def _token(config: "Config") -> tuple[str, str]:
    """The token, and where it stands."""
    from sutaz_tui.config.files import NoHome, state_folder
    from sutaz_tui.errors import CannotStart
    from sutaz_tui.state.serve_token import NAME, token_of
    from sutaz_tui.text.sanitise import hide

    if config.serve.token:
        return config.serve.token, "the token of serve.token in the config"
    try:
        folder = state_folder()
    except NoHome:
        raise CannotStart(
            "no home folder, so no place for a token: set HOME, or serve.token in the config"
        ) from None
    token = token_of(folder)
    hide(config.secrets.and_these([token]))
    return token, f"the token in {folder / NAME}"


async def _answering(
    config: "Config",
    engine: "Engine",
    made: "Callable[[Callable[..., Awaitable[Answer]]], Server]",
    tell: "Callable[[str], None]",
    stack: "Demo | None",
    recorder: "Recorder | None" = None,
) -> int:
    """Watch and answer until a signal comes."""
    import asyncio

    from sutaz_tui.config import interval_of
    from sutaz_tui.output.metrics import KIND, Metrics, Shown
    from sutaz_tui.output.plain import follow_until_stopped
    from sutaz_tui.output.served import Served, staleness
    from sutaz_tui.sources.serving.messages import Answer
    from sutaz_tui.state.bundle.hiding import Hidden
    from sutaz_tui.state.check_tally import CheckTally
    from sutaz_tui.state.history.memory import Memory
    from sutaz_tui.wiring.checks import load_checks

    file = Memory(config, "serve").file if stack is None else None
    checks = await asyncio.to_thread(load_checks, config)
    tally = CheckTally(checks, [file] if file is not None else [])
    counted = tally.counts()
    ids = [service.id for service in config.services]
    hidden = Hidden(config.secrets, ids)
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    engine.store.listeners.append(count)
    shortest = min(interval_of(service) for service in config.services)

    def look() -> Shown:
        snapshot = engine.snapshot()
        is_stale = bool(staleness(snapshot, shortest))
        return Shown(snapshot, is_stale, engine.link is not None, counted, asked, server.answered)

    metrics = Metrics(look, hidden.text)

    async def scraped() -> Answer:
        nonlocal counted
        counted = await asyncio.to_thread(tally.counts)
        return Answer(200, metrics.text(), KIND)

    kept = _kept(config, engine) if stack is None else None
    served = Served(engine.snapshot, shortest, config.secrets, ids, scraped, kept)
    server = made(served.answer)
    if stack is not None:
        stack.start()
    answering = asyncio.create_task(server.run(), name="answer HTTP")
    following = asyncio.create_task(
        follow_until_stopped(
            engine, tell, config.env, stack.listening if stack is not None else None, None, recorder
        )
    )
    done, _ = await asyncio.wait({answering, following}, return_when=asyncio.FIRST_COMPLETED)
    answering.cancel()
    if following not in done:
        following.cancel()
    await asyncio.wait({answering, following})
    if answering in done:
        answering.result()  # a fault of ours: told as any other
    return following.result()


def _kept(config: "Config", engine: "Engine") -> "Kept":
    """What tells the history of this config."""
    from datetime import datetime

    from sutaz_tui.cli.history import read_kept, there
    from sutaz_tui.config import as_service
    from sutaz_tui.engine.dependencies import Dependencies
    from sutaz_tui.state.history.account import Account, account
    from sutaz_tui.state.history.memory import Memory

    memory = Memory(config, "serve")
    graph = Dependencies([as_service(service, config) for service in config.services])

    def read(begin: datetime, end: datetime, is_given_up: "Callable[[], bool]") -> Account:
        kept = there(memory.whose(engine.link).file)
        return read_kept(kept, lambda database: account(database, begin, end, graph.needed_by), is_given_up)

    return read
