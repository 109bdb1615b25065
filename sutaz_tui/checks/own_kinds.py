"""What each kind of own check asks and judges, such as `http` and `sql` in the config's `checks.own`."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Run, Wrong
from sutaz_tui.checks.conditions import expect_all
from sutaz_tui.config.conditions import WrongCondition, statuses
from sutaz_tui.config.own_checks import (
    CommandCheck,
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
from sutaz_tui.errors import BadAnswer
from sutaz_tui.probes.command import plugin_words
from sutaz_tui.probes.expectation import Expectation, is_same
from sutaz_tui.probes.json_path import JsonPath
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line

_CAPTURED = re.compile(r"\{\{(\w+)\}\}")


def run_of(entry: OwnCheck) -> Run:
    """What a check of the config does."""
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
        case CommandCheck():
            return _command(entry)
    raise TypeError(f"no own check {entry!r}")


def _http(entry: HttpCheck) -> Run:
    async def run(ask: Ask) -> str:
        content = entry.body.encode() if entry.body else None
        answer = await _answer(ask, entry, entry.url, entry, entry.headers, content)
        _judge_answer(answer, entry, entry.conditions)
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
        well = [status for span in statuses(request.status) for status in span]
        return await ask.logins.send(f"own.{entry.id}", once, well)
    return await once()


def _judge_answer(answer: HttpAnswer, wanted: HttpCheck | StepRequest, conditions: Sequence[str]) -> None:
    """The answer is what the config expects; else the check fails with the first that is unmet."""
    header, header_value = (wanted.header, wanted.header_value) if isinstance(wanted, HttpCheck) else ("", "")
    try:
        expected = Expectation(
            wanted.status,
            header=header,
            header_value=header_value,
            json_path=wanted.json_path,
            json_value=wanted.json_value,
            pattern=wanted.regex,
            conditions=conditions,
        )
    except WrongCondition as error:
        # What an earlier step captured stands in it.
        raise Wrong(f"{error}", one_line("; ".join(conditions), 200)) from error
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
            _judge_answer(answer, step, [*map(filled, step.conditions)])
            for name, path in step.capture.items():
                captured[name] = _captured(answer, name, path)
        return f"{len(entry.steps)} steps as expected"

    return run


def _tcp(entry: TcpCheck) -> Run:
    async def run(ask: Ask) -> str:
        heard = await ask.heard_at(entry.address, entry.title or entry.id, b"", entry.expect.encode())
        ask.expect(
            heard.data.startswith(entry.expect.encode()),
            f"{entry.expect!r} as the first bytes",
            one_line(repr(heard.data.decode("utf-8", "replace")), 62) if heard.data else "nothing",
        )
        return f"accepts, {heard.timing.total:.3f} s"

    return run


def _tls(entry: TlsCheck) -> Run:
    async def run(ask: Ask) -> str:
        handshake = await ask.handshake(entry.address, entry.title or entry.id)
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
            _expect_values(entry, value=sample.value, samples=len(samples))
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
            _expect_values(entry, value=value, samples=len(values))
        return f"{len(values)} values, the first {values[0]:g}"

    return run


def _expect_values(
    entry: PromqlCheck | LogqlCheck | SqlCheck | RedisCheck | QueueCheck, **found: Any
) -> None:
    """The conditions of a check hold of what a server told, by the names that they look at it by."""
    expect_all(entry.conditions, str(entry.__struct_config__.tag), found)


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
        columns = {f"column.{name}": value for name, value in rows[0].items()}
        value = next(iter(rows[0].values()), None)
        _expect_values(entry, value=value, rows=len(rows), **columns)
        return _judge(ask, value, entry)

    return run


def _redis(entry: RedisCheck) -> Run:
    async def run(ask: Ask) -> str:
        answer = await ask.redis(entry.service, *entry.command)
        if answer is True:
            # What the client makes of a status reply.
            answer = "PONG" if entry.command[0].upper() == "PING" else "OK"
        _expect_values(entry, value=answer)
        return _judge(ask, answer, entry)

    return run


def _queue(entry: QueueCheck) -> Run:
    async def run(ask: Ask) -> str:
        queue = await ask.queue(entry.service, entry.vhost, entry.queue)
        ask.expect(queue is not None, f"a queue {entry.queue}", "none of this name")
        assert queue is not None
        depth, consumers = (queue.ready or 0) + (queue.unacked or 0), queue.consumers or 0
        _expect_values(entry, messages=depth, consumers=consumers)
        if entry.max_messages is not None:
            ask.expect(depth <= entry.max_messages, f"at most {entry.max_messages} messages", depth)
        if entry.min_consumers is not None:
            ask.expect(
                consumers >= entry.min_consumers, f"at least {entry.min_consumers} consumers", consumers
            )
        return f"{depth} messages, {consumers} consumers"

    return run


def _command(entry: CommandCheck) -> Run:
    async def run(ask: Ask) -> str:
        title = entry.title or entry.id
        ended = await ask.program(entry.argv, entry.env, title)
        said, figures = plugin_words(ask.config.secrets.mask(ended.output.decode("utf-8", "replace")))
        more = ", ".join(f"{name} {value}" for name, value in figures.items())
        words = ", ".join(filter(None, [said or f"exit {ended.code}", more]))
        if ended.code not in (0, 1, 2):
            how = f"was ended by signal {-ended.code}" if ended.code < 0 else f"ends with {ended.code}"
            raise BadAnswer(title, f"its program {how}: {words}")
        good = (0, 1) if entry.warning_passes else (0,)
        ask.expect(ended.code in good, f"exit {' or '.join(map(str, good))}", f"exit {ended.code}: {words}")
        return words

    return run
