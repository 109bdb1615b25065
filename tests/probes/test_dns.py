"""The `dns` kind, on a server written by hand after RFC 1035."""

import pytest

from sutaz_tui.config.kinds import Dns
from sutaz_tui.model import Failure, Reading, Status
from tests.loopback import configured, probing, reading
from tests.name_server import CNAME, MX, TXT, A, Answer, answer, dns


async def read(address: str, type: str = "A", *expect: str, timeout: float = 2.0) -> Reading:
    entry = Dns(
        id="dns", title="DNS", address=address, query="shop.example", type=type, expect=list(expect), timeout=timeout,
        interval=60.0,
    )  # fmt: skip
    async with probing(configured(entry)) as probe:
        return await reading(probe)


@pytest.mark.parametrize(
    ("type", "records", "words"),
    [
        ("A", [A], "A of shop.example: 192.0.2.7"),
        ("a", [CNAME, A], "A of shop.example: 192.0.2.7"),
        ("CNAME", [CNAME], "CNAME of shop.example: www.shop.example"),
        ("MX", [MX], "MX of shop.example: 10 mail.shop.example"),
        ("TXT", [TXT], "TXT of shop.example: v=spf"),
    ],
)
async def test_a_name_with_a_record_is_up(type: str, records: list[bytes], words: str) -> None:
    async with dns(answer(*records)) as (address, server):
        found = await read(address, type)
    assert (found.status, found.summary) == (Status.UP, words)
    assert b"\x04shop\x07example\x00" in server.asked[0]
    assert "dig @127.0.0.1 -p" in found.steps[0].reproduce


@pytest.mark.parametrize(
    ("answers", "expect", "words"),
    [
        (answer(code=3), (), "answers NXDOMAIN for A of shop.example"),
        (answer(code=5), (), "answers REFUSED for A of shop.example"),
        (answer(), (), "A of shop.example has no record"),
        (answer(A), ("192.0.2.8",), "A of shop.example is 192.0.2.7, expected 192.0.2.8"),
        (lambda asked: [asked[:2] + b"\x81"], (), "the answer is no DNS; is this the right port?"),
        (
            lambda asked: [asked[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + asked[12:] + b"\xc0\x1e"],
            (),
            "the answer is no DNS",
        ),
    ],
)
async def test_without_the_record_that_is_expected_it_is_down(
    answers: Answer, expect: tuple[str, ...], words: str
) -> None:
    async with dns(answers) as (address, _):
        found = await read(address, "A", *expect)
    assert found.status is Status.DOWN and found.summary.startswith(words), found.summary


async def test_a_server_in_trouble_is_told_as_one() -> None:
    async with dns(answer(code=2)) as (address, _):
        found = await read(address)
    assert (found.status, found.failure) == (Status.DOWN, Failure.SERVER)


async def test_an_answer_that_does_not_fit_is_asked_for_by_tcp() -> None:
    async with dns(answer(cut=True), answer(A)) as (address, _):
        assert (await read(address, "A", "192.0.2.7")).status is Status.UP


async def test_a_lost_packet_is_sent_again_and_a_forged_one_is_not_taken() -> None:
    seen: list[bytes] = []

    def lossy(asked: bytes) -> list[bytes]:
        seen.append(asked)
        forged = bytes((asked[0] ^ 1, asked[1])) + answer(code=3)(asked)[0][2:]
        return [forged] if len(seen) < 2 else [forged, *answer(A)(asked)]

    async with dns(lossy) as (address, _):
        found = await read(address, timeout=20.0)
    # A second late, as it is told.
    assert (found.status, found.word) == (Status.UP, "") or found.word == "slow"
    assert found.summary.endswith("A of shop.example: 192.0.2.7") and len(seen) == 2


async def test_silence_and_a_closed_port_are_down() -> None:
    async with dns(lambda _: []) as (address, _):
        found = await read(address, timeout=0.4)
        assert (found.status, found.failure) == (Status.DOWN, Failure.SILENT)
    assert (await read(address)).failure is Failure.REFUSED
