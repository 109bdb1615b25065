"""The user's own checks: the simple ones of the config, and async functions with `@check(...)` in files that it names."""

import importlib.util
import inspect
import json
import re
import traceback
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Category, Check, Run, Twin, Wrong
from sutaz_tui.config import Config
from sutaz_tui.config.own_checks import (
    HttpCheck,
    LogqlCheck,
    OwnCheck,
    PromqlCheck,
    QueueCheck,
    RedisCheck,
    SqlCheck,
    StepRequest,
    StepsCheck,
    TcpCheck,
    TlsCheck,
)
from sutaz_tui.errors import BadAnswer, ConfigError, Problem
from sutaz_tui.model import CheckClass
from sutaz_tui.probes.expectation import Expectation, is_same
from sutaz_tui.probes.json_path import JsonPath
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

CATEGORY_ID = "own"
_CAPTURED = re.compile(r"\{\{(\w+)\}\}")
_collecting: Category | None = None


def check(
    id: str, title: str, *needs: str, does: str = "reads", logs_in: bool = False, timeout: float = 10.0
) -> Callable[[Run], Run]:
    """Make the async function below, in a file that the config's `checks.files` names, a check."""
    if _collecting is None:
        raise RuntimeError("@check belongs into a file that checks.files of the config names")
    category = _collecting

    def added(run: Run) -> Run:
        if not inspect.iscoroutinefunction(run):
            raise TypeError(f"@check {id}: expected an async function")
        category.add(
            id.removeprefix(f"{CATEGORY_ID}."), title, run, *needs, twin=Twin(),
            check_class=CheckClass(does), logs_in=logs_in, timeout=timeout,
        )  # fmt: skip
        return run

    return added


def own_checks(config: Config) -> list[Check]:
    """The checks of this config's `checks.own` and `checks.files`; ConfigError names a file that cannot be used."""
    category = Category(CATEGORY_ID)
    for entry in config.checks.own:
        needs = entry.needs or ([service] if (service := getattr(entry, "service", "")) else [])
        category.add(
            entry.id.removeprefix(f"{CATEGORY_ID}."), entry.title or entry.id, _run_of(entry), *needs, twin=Twin(),
            check_class=CheckClass(entry.does), logs_in=entry.logs_in, timeout=entry.timeout, sends=_sends(entry),
        )  # fmt: skip
    for name in config.checks.files:
        _load(Path(name), category)
    return category.checks


def _load(path: Path, category: Category) -> None:
    global _collecting
    spec = importlib.util.spec_from_file_location(f"sutaz_tui_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(
            [Problem(str(path), 0, "", "found no Python file, expected one with @check functions")]
        )
    before = len(category.checks)
    _collecting = category
    try:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except FileNotFoundError as error:
        raise ConfigError(
            [Problem(str(path), 0, "", "found no such file, expected one with @check functions")]
        ) from error
    except Exception as error:  # the user's own code: whatever it raises is told with its file and line
        line = next(
            (
                f.lineno
                for f in reversed(traceback.extract_tb(error.__traceback__))
                if f.filename == str(path)
            ),
            0,
        )
        words = (
            f"found {type(error).__name__}: {one_line(str(error), 200)}, expected a file that can be loaded"
        )
        raise ConfigError([Problem(str(path), line or 0, "", words)]) from error
    finally:
        _collecting = None
    if len(category.checks) == before:
        raise ConfigError([Problem(str(path), 0, "", "found no @check function, expected at least one")])


def _sends(entry: OwnCheck) -> str:
    requests: Iterable[Any] = (
        entry.steps if isinstance(entry, StepsCheck) else [entry] if isinstance(entry, HttpCheck) else []
    )
    return ", ".join(f"{request.method} {request.url}" for request in requests)


def _run_of(entry: OwnCheck) -> Run:
    match entry:
        case HttpCheck():
            return _http(entry)
        case StepsCheck():
            return _steps(entry)
        case TcpCheck():
            return _tcp(entry)
        case TlsCheck():
            return _tls(entry)
        case PromqlCheck():
            return _promql(entry)
        case LogqlCheck():
            return _logql(entry)
        case SqlCheck():
            return _sql(entry)
        case RedisCheck():
            return _redis(entry)
        case QueueCheck():
            return _queue(entry)
    raise TypeError(f"no own check {entry!r}")


def _http(entry: HttpCheck) -> Run:
    async def run(ask: Ask) -> str:
        content = entry.body.encode() if entry.body else None
        answer = await _answer(ask, entry, entry.url, entry, entry.headers, content)
        _judge_answer(answer, entry)
        if entry.within is not None:
            ask.expect(
                answer.latency <= entry.within,
                f"an answer within {entry.within:g} s",
                f"{answer.latency:.3f} s",
            )
        return f"{answer.status} in {answer.latency:.3f} s"

    return run


async def _answer(
    ask: Ask,
    entry: HttpCheck | StepsCheck,
    url: str,
    request: HttpCheck | StepRequest,
    headers: Mapping[str, str],
    content: bytes | None,
) -> HttpAnswer:
    """The answer to one request; a check that logs in sends none any more once it was refused."""

    async def once() -> HttpAnswer:
        return await ask.url(request.method, url, headers=headers, content=content)

    if entry.logs_in:
        return await ask.logins.send(f"{CATEGORY_ID}.{entry.id}", once, request.status)
    return await once()


def _judge_answer(answer: HttpAnswer, wanted: HttpCheck | StepRequest) -> None:
    """The answer is what the config expects; else the check fails with the first that is unmet."""
    header, header_value = (wanted.header, wanted.header_value) if isinstance(wanted, HttpCheck) else ("", "")
    expected = Expectation(
        wanted.status,
        header=header,
        header_value=header_value,
        json_path=wanted.json_path,
        json_value=wanted.json_value,
        pattern=wanted.regex,
    )
    unmet, _ = expected.judge(answer)
    if unmet:
        raise Wrong(unmet[0].expected, one_line(unmet[0].found, 300))


def _captured(answer: HttpAnswer, name: str, path: str) -> str:
    """The value at a path as text that a later step can send."""
    expected = f"{path} in the body, to be used as {name}"
    try:
        found = JsonPath(path).find(answer.json())
    except BadAnswer as error:
        raise Wrong(expected, error.words) from error
    except LookupError as error:
        raise Wrong(expected, "nothing there") from error
    if found is None:
        raise Wrong(expected, "null")
    return found if isinstance(found, str) else json.dumps(found)


def _steps(entry: StepsCheck) -> Run:
    async def run(ask: Ask) -> str:
        captured: dict[str, str] = {}

        def filled(text: str) -> str:
            return _CAPTURED.sub(lambda match: captured.get(match[1], match[0]), text)

        for step in entry.steps:
            headers = {name: filled(value) for name, value in step.headers.items()}
            body = filled(step.body).encode() if step.body else None
            answer = await _answer(ask, entry, filled(step.url), step, headers, body)
            _judge_answer(answer, step)
            for name, path in step.capture.items():
                captured[name] = _captured(answer, name, path)
        return f"{len(entry.steps)} steps as expected"

    return run


def _tcp(entry: TcpCheck) -> Run:
    async def run(ask: Ask) -> str:
        heard = await ask.tcp(entry.address, entry.title or entry.id).exchange(
            b"", entry.expect.encode(), ask.timeout
        )
        ask.expect(
            heard.data.startswith(entry.expect.encode()),
            f"{entry.expect!r} as the first bytes",
            one_line(repr(heard.data.decode("utf-8", "replace")), 62) if heard.data else "nothing",
        )
        return f"accepts, {heard.timing.total:.3f} s"

    return run


def _tls(entry: TlsCheck) -> Run:
    async def run(ask: Ask) -> str:
        handshake = await ask.tls(entry.address, entry.title or entry.id).handshake(ask.timeout)
        assert handshake.expires is not None
        days = (handshake.expires - datetime.now(UTC)).total_seconds() / 86400
        ask.expect(
            days >= entry.min_days,
            f"a certificate valid for {entry.min_days:g} days",
            f"{days:.1f} days left",
        )
        return f"valid for {days:.0f} days"

    return run


def _within(ask: Ask, what: str, value: float, low: float | None, high: float | None) -> None:
    ask.expect(
        low is None or value >= low, f"{what} of at least {low:g}" if low is not None else "", f"{value:g}"
    )
    ask.expect(
        high is None or value <= high, f"{what} of at most {high:g}" if high is not None else "", f"{value:g}"
    )


def _promql(entry: PromqlCheck) -> Run:
    async def run(ask: Ask) -> str:
        samples = await ask.promql(entry.query, entry.service)
        ask.expect(bool(samples), "at least one sample", "an empty result")
        for sample in samples:
            _within(ask, one_line(str(sample.labels), 80), sample.value, entry.min, entry.max)
        return f"{len(samples)} samples, the first {samples[0].value:g}"

    return run


def _logql(entry: LogqlCheck) -> Run:
    async def run(ask: Ask) -> str:
        body = await ask.body(entry.service, "/loki/api/v1/query", params={"query": entry.query})
        data = body.get("data")
        result = data.get("result") if isinstance(data, dict) else None
        if not isinstance(result, list):
            raise Wrong("a metric result", one_line(str(data), 300))
        values = [float(series["value"][1]) for series in result if "value" in series] or [0.0]
        for value in values:
            _within(ask, "a value", value, entry.min, entry.max)
        return f"{len(values)} values, the first {values[0]:g}"

    return run


def _judge(ask: Ask, value: Any, entry: SqlCheck | RedisCheck) -> str:
    if entry.equals is not None:
        # The answer of a server may be the text of a number, yet true is not 1 here either.
        is_text = not isinstance(value, bool) and str(value) == str(entry.equals)
        ask.expect(is_text or is_same(value, entry.equals), f"{entry.equals}", value)
    if entry.min is not None or entry.max is not None:
        try:
            number = float(value)
        except (TypeError, ValueError):
            ask.expect(False, "a number", value)
        _within(ask, "a value", number, entry.min, entry.max)
    return one_line(str(value), 100)


def _sql(entry: SqlCheck) -> Run:
    async def run(ask: Ask) -> str:
        rows = await ask.sql(entry.service, entry.query)
        ask.expect(bool(rows), "at least one row", "none")
        return _judge(ask, next(iter(rows[0].values()), None), entry)

    return run


def _redis(entry: RedisCheck) -> Run:
    async def run(ask: Ask) -> str:
        answer = await ask.redis(entry.service, *entry.command)
        if answer is True:
            # What the client makes of a status reply.
            answer = "PONG" if entry.command[0].upper() == "PING" else "OK"
        return _judge(ask, answer, entry)

    return run


def _queue(entry: QueueCheck) -> Run:
    async def run(ask: Ask) -> str:
        queue = await ask.queue(entry.service, entry.vhost, entry.queue)
        ask.expect(queue is not None, f"a queue {entry.queue}", "none of this name")
        assert queue is not None
        depth, consumers = (queue.ready or 0) + (queue.unacked or 0), queue.consumers or 0
        if entry.max_messages is not None:
            ask.expect(depth <= entry.max_messages, f"at most {entry.max_messages} messages", depth)
        if entry.min_consumers is not None:
            ask.expect(
                consumers >= entry.min_consumers, f"at least {entry.min_consumers} consumers", consumers
            )
        return f"{depth} messages, {consumers} consumers"

    return run
