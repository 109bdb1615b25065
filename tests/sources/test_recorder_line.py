"""Whatever comes over a recorder's line: a message, the end, or words on what it was; never anything else."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaz_tui.model import Change, ChangeKind, Known, Service, ServiceState, Status, Step, Timing
from sutaz_tui.sources.recorder import messages
from sutaz_tui.sources.recorder.messages import MOST_OF_BOARD, OF_BOARD, OF_RECORDER, Garbled, read_frame
from tests.notify.hooks import NOON


def reading(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@given(st.binary(max_size=400))
def test_bytes_are_messages_or_garbled(data: bytes) -> None:
    async def read() -> None:
        reader = reading(data)
        while await read_frame(reader, OF_BOARD, MOST_OF_BOARD) is not None:
            pass

    try:
        asyncio.run(read())
    except Garbled as error:
        assert str(error)


@given(st.binary(max_size=200))
def test_a_frame_of_any_bytes_is_a_message_or_garbled(body: bytes) -> None:
    data = len(body).to_bytes(4, "big") + body
    for decoder in (OF_BOARD, OF_RECORDER):
        try:
            asyncio.run(_one(data, decoder))
        except Garbled as error:
            assert str(error)
    try:
        messages.states_of(messages.States((messages.msgspec.Raw(body),)))
    except Garbled as error:
        assert str(error)


async def _one(data: bytes, decoder: object) -> object:
    return await read_frame(reading(data), decoder, MOST_OF_BOARD)  # type: ignore[arg-type]


async def test_a_state_comes_as_it_went() -> None:
    step = Step("Redis", "PING", "PONG", 0.1, "redis-cli ping", Timing(0.1, None, 0.2, 0.3, True))
    change = Change(NOON, "redis", ChangeKind.STATUS, "up -> DOWN", Status.UP, Status.DOWN, 7.5)
    state = ServiceState(
        Service("redis", "Redis", "redis", "all"), Status.DOWN, "refused", latency=None, since=NOON, asked=NOON,
        facts={"n": 7, "share": 0.5, "name": "x", "is": True}, steps=(step,), history=(change,),
        latencies=(0.1, None), minutes=(None, 0.2), because=("db",), known="mended",
    )  # fmt: skip
    sent = messages.frame(messages.States((messages.msgspec.Raw(messages.raw_state(state)),)))
    found = await _one(sent, OF_RECORDER)
    assert isinstance(found, messages.States)
    assert messages.states_of(found) == [state]


async def test_a_message_of_a_board_comes_as_it_went() -> None:
    mark = messages.Mark("redis", Known("redis", "mended", NOON, "ann", NOON, Status.DOWN))
    assert await _one(messages.frame(mark), OF_BOARD) == mark


@pytest.mark.parametrize("length", [MOST_OF_BOARD + 1, (1 << 32) - 1])
async def test_what_is_too_large_is_not_even_read(length: int) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(length.to_bytes(4, "big"))
    with pytest.raises(Garbled, match=f"a message of {length:,} bytes, where 65,536 are allowed"):
        await read_frame(reader, OF_BOARD, MOST_OF_BOARD)


async def test_half_a_message_whose_rest_stays_away_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A board that begins one and never ends it would keep its place at the socket for ever."""
    monkeypatch.setattr(messages, "WHOLE_WITHIN", 0.05)
    for begun in (b"\0", b"\0\0\0\x0912345"):
        reader = asyncio.StreamReader()
        reader.feed_data(begun)
        with pytest.raises(Garbled, match="half a message"):
            await read_frame(reader, OF_BOARD, MOST_OF_BOARD)
