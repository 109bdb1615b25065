"""What a line looks like outside: harmless, bounded, without secrets; in bulk the same as one by one."""

import base64
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sutaz_tui.logs.lines import LINE_LIMIT
from sutaz_tui.logs.shown import Safe
from sutaz_tui.text.masking import Secrets
from sutaz_tui.text.sanitise import sanitise, sanitise_lines
from tests import hostile
from tests.test_masking import CLEAN, MASKABLE, PIECES
from tests.test_text import ANY, assert_harmless

SECRET = "p@ss w0rd"
LETTERS = "correcthorse"
HEX = "0123456789abcdef"
SECRETS = [SECRET, LETTERS, HEX, "abc", "zürich-7"]
SAFE = Safe(Secrets(SECRETS))
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IiLCJ0eXBlIjoiZW1haWxfdmVyaWZpY2F0aW9uIn0.c2lnbmF0dXJl-_0"
OPAQUE = "Xk3v9QpLr7-s8T_u2wYz4A"
KEY_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
STAMP = "2026-11-23 14:07:12,044 - app.services.email - INFO - "

LEAKS = [
    (f"{STAMP}Verification token for bob@example.com: {JWT}", JWT),
    (f"{STAMP}Verification token for bob@example.com: {OPAQUE}", OPAQUE),
    (f"{STAMP}password reset token: {OPAQUE}", OPAQUE),
    (f'{{"message": "verification token for bob@example.com: {OPAQUE}", "level": "INFO"}}', OPAQUE),
    (f'INFO:     1.2.3.4:5 - "POST /api/v1/auth/verify-email/{JWT} HTTP/1.1" 200 OK', JWT),
    (f'INFO:     1.2.3.4:5 - "POST /api/v1/auth/verify-email/{OPAQUE} HTTP/1.1" 200 OK', OPAQUE),
    (f'INFO:     1.2.3.4:5 - "GET /confirm?next=/&token={OPAQUE} HTTP/1.1" 200 OK', OPAQUE),
    (f'INFO:     1.2.3.4:5 - "GET /x;token={OPAQUE}/y HTTP/1.1" 200 OK', OPAQUE),
    (f'INFO:     1.2.3.4:5 - "GET /ws?access_token={OPAQUE} HTTP/1.1" 101', OPAQUE),
    ("connecting to amqp://sutazai:hunter2@rabbitmq:5672/", "hunter2"),
    ("connecting to redis://:hunter2@redis:6379/0", "hunter2"),
    ("Authorization: Bearer hunter2", "hunter2"),
    ("using sk-proj-abcdefghijklmnop1234", "sk-proj"),
    ("pass\x1b[0mword=hunter2", "hunter2"),
    (f"tok\x1b[31men={OPAQUE}", OPAQUE),
    (KEY_LINE, KEY_LINE),
    (f"got {SECRET}!", SECRET),
    (f"got {json.dumps(SECRET)} and {LETTERS}s", LETTERS),
    (f"got p%40ss+w0rd and {HEX}", "p%40ss"),
    (
        f"got {base64.b64encode(('bob:' + SECRET).encode()).decode()}",
        "Ym9iOnBAc3",
    ),
    ("got zürich-7", "zürich"),
    (f"got p@ss\x1b[1m w0rd and {HEX[:8]}\x1b[m{HEX[8:]}", HEX[8:]),
]


@pytest.mark.parametrize(("text", "secret"), LEAKS)
def test_no_secret_leaves(text: str, secret: str) -> None:
    assert secret in text or secret in sanitise(text), "the secret is there"
    for shown in (SAFE.line(text), SAFE.lines(["plain", text, text, "end"])[1]):
        assert secret not in shown
        assert "***" in shown
    assert secret in SAFE.unmasked(text)


@pytest.mark.parametrize(
    "text", [*CLEAN, "a" * 64, "0f" * 32, f"{STAMP}512 tokens, all 7 checks passed, task-xyz"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert SAFE.line(text) == text
    assert SAFE.lines([text]) == [text]


@pytest.mark.parametrize(("text", "masked"), MASKABLE)
def test_bulk_masks_whatever_one_line_masks(text: str, masked: str) -> None:
    lines = text.split("\n")
    for form in (lines, [line.upper() for line in lines], [line.lower() for line in lines]):
        assert SAFE.lines(form) == [SAFE.line(line) for line in form]
    if len(lines) == 1:
        assert SAFE.lines([text]) == [masked]


ODD = st.sampled_from(
    ["K", "ſ", "İ", "ı", "é", "日", "\x1b[1m", "\t", "\0", "\udc80", "\ud800", "\u202e", "A", "B"]
)
WORDS = st.sampled_from(
    [
        *(
            "PASSWORD",
            "passphrase",
            "passcode",
            "pwd",
            "secret",
            "CREDENTIALS",
            "private_key",
            "api-key",
            "jwtkey",
        ),
        *(
            "tokens",
            "token_type",
            "accessToken",
            "?auth=",
            '"auth"',
            "authorization",
            "BASIC ",
            "COOKIE:",
            "--user ",
        ),
        *(
            "--my-secret ",
            "--toKen ",
            "MASTERAUTH ",
            "requirepass ",
            "ASIA" + "A" * 16,
            "ghp_" + "a" * 20,
            "@",
            "=x1",
        ),
        *(
            "github_pat_" + "a" * 20,
            "http://u:p@h",
            "verify/",
            "reset token: ",
            "INVITE CODE: ",
            OPAQUE,
            *SECRETS,
        ),
        *(HEX.upper(), "p%40ss%20w0rd", KEY_LINE, "eyJhbGciOiJI.eyJz.c2ln"),
        *(
            SECRET[:7],
            "p%40ss%20",
            LETTERS[:6],
            LETTERS[:10],
            HEX[:6],
            HEX[:13],
            "cEBzcyB3",
            "zürich",
            "…",
            "...",
            "'}",
        ),
    ]
)
LINES = st.lists(st.lists(PIECES | WORDS | ODD | st.text(max_size=4), max_size=12).map("".join), max_size=6)


@given(LINES)
@settings(max_examples=600)
@example(["a\nb", "password=x"])
@example(["x" * LINE_LIMIT, "", "\t" * LINE_LIMIT, "password=x " * 700])
@example(["--my-ſecret hunter2", "--toKen hunter2", "basİc dXNlcjpwYXNz token"])
@example(["abc", "0123456789ABCDEF", HEX, ""])
@example(["p@ss w0… and on", "correcth", "01234567...", 'p@ss w0 p@ss w"}'])
def test_in_bulk_is_as_one_by_one(lines: list[str]) -> None:
    safe = Safe(Secrets(SECRETS))
    one_by_one = [safe.line(line) for line in lines]
    assert safe.lines(lines) == one_by_one
    assert safe.lines(lines) == one_by_one, "the same from what is remembered"
    sanitised = [sanitise(line) for line in lines]
    assert sanitise_lines(lines) == (sanitised, [line.encode() for line in sanitised])


@given(st.lists(ANY, max_size=8), st.text(min_size=4, max_size=12))
def test_any_known_secret_is_gone_in_bulk(lines: list[str], secret: str) -> None:
    safe = Safe(Secrets([secret]))
    given_lines = [f"{line[:20]} {secret} {line[20:]}" for line in lines]
    assert safe.lines(given_lines) == [safe.line(line) for line in given_lines]


def test_a_secret_that_is_added_later_is_masked_too() -> None:
    secrets = Secrets(["first-secret"])
    safe = Safe(secrets)
    assert safe.lines(["got another-secret"]) == ["got another-secret"]
    secrets.add("another-secret")
    assert safe.lines(["got another-secret"]) == ["got ***"]


def test_what_is_remembered_of_lines_is_bounded() -> None:
    secrets = Secrets(["first-secret"])
    safe = Safe(secrets)
    for start in range(0, 4000, 500):
        lines = [f"{'xyzw' * 200}{chr(0x4E00 + start + number)} token=a" for number in range(500)]
        assert all("token=***" in line for line in safe.lines(lines))
    assert sum(map(len, secrets._maskers)) <= 2_000_000


@pytest.mark.parametrize("name", hostile.LOG_LINES)
@pytest.mark.timeout(60)
def test_every_hostile_line_is_harmless_and_bounded(name: str) -> None:
    text = hostile.LOG_LINES[name]
    [in_bulk] = SAFE.lines([text])
    for shown in (SAFE.line(text), SAFE.unmasked(text), in_bulk):
        assert_harmless(shown)
        assert len(shown) <= LINE_LIMIT
    assert in_bulk == SAFE.line(text)


@pytest.mark.parametrize("name", hostile.LOG_BYTES)
@pytest.mark.timeout(60)
def test_every_hostile_line_of_bytes_is_harmless(name: str) -> None:
    text = hostile.LOG_BYTES[name].decode("utf-8", "surrogateescape")
    [in_bulk] = SAFE.lines([text])
    assert_harmless(in_bulk)
    assert in_bulk == SAFE.line(text)


def test_markup_stays_text() -> None:
    text = "[@click=app.quit]press[/] [red]x[/red]"
    assert SAFE.lines([text]) == [text]


@pytest.mark.parametrize("kept", range(1, len(SECRET) + 1))
def test_a_cut_leaves_no_half_of_a_secret(kept: int) -> None:
    text = "x" * (LINE_LIMIT - kept) + SECRET
    for cut in (text, text[:LINE_LIMIT]):
        shown = SAFE.line(cut)
        assert shown.endswith("…")
        assert not shown.rstrip("…").endswith(SECRET[:kept])
        assert set(shown) <= {"x", "…", "*"}


def test_a_line_just_below_the_limit_is_whole() -> None:
    text = "x" * (LINE_LIMIT - 1)
    assert SAFE.line(text) == text
    assert SAFE.lines(["a", text, "b"]) == ["a", text, "b"]
    assert SAFE.line("\t" * (LINE_LIMIT - 1)) == " " * (LINE_LIMIT - 1) + "…"
