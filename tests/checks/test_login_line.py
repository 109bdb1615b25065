"""The login of a line that has a token in it."""

from datetime import UTC, datetime

from sutaz_tui.checks.login_line import login_line
from sutaz_tui.model import CheckClass, CheckResult, CheckRun, Outcome, Step
from sutaz_tui.output.checks import as_text
from widgets.check_words import copied_line, evidence_lines

LOGIN = Step(
    "backend",
    "POST http://127.0.0.1:10200/api/v1/auth/login",
    "200 {}",
    0.1,
    'curl -sS -i -X POST --data-binary "username=probe&password=$SUTAZ_TUI_PASSWORD" http://127.0.0.1:10200/api/v1/auth/login',
)
ME = Step(
    "backend",
    "GET http://127.0.0.1:10200/api/v1/auth/me",
    "500",
    0.1,
    'curl -sS -i -H "Authorization: Bearer $SUTAZ_TOKEN" http://127.0.0.1:10200/api/v1/auth/me',
)
WHOLE = (
    'SUTAZ_TOKEN=$(curl -sS -X POST --data-binary "username=probe&password=$SUTAZ_TUI_PASSWORD"'
    " http://127.0.0.1:10200/api/v1/auth/login | jq -r .access_token)"
)
NOW = datetime(2026, 11, 30, 14, tzinfo=UTC)


def result(id: str, *steps: Step) -> CheckResult:
    return CheckResult(
        id, "jwt", id, CheckClass.READS, "backend", Outcome.FAIL, "200", "500", "500", NOW, 0.1, steps
    )


def test_the_login_of_the_run_stands_before_the_first_line_with_a_token_and_is_copied_with_it() -> None:
    me, others = result("jwt.me", ME, ME), [result("jwt.none"), result("jwt.login", LOGIN)]
    login = login_line(me, others)
    assert login == WHOLE
    lines = [text.strip() for text, _ in evidence_lines(me, {}, [], NOW, login)]
    assert lines.count(f"login      {WHOLE}") == 1
    assert lines.index(f"login      {WHOLE}") < lines.index(f"reproduce  {ME.reproduce}")
    assert copied_line(me, login) == f"{WHOLE}; {ME.reproduce}"


def test_the_text_of_a_run_has_it_too() -> None:
    run = CheckRun("1", "jwt", NOW, NOW, results=(result("jwt.login", LOGIN), result("jwt.me", ME)))
    lines = as_text(run).splitlines()
    assert lines.index(f"        login      {WHOLE}") + 1 == lines.index(f"        reproduce  {ME.reproduce}")


def test_where_no_token_is_needed_or_no_login_is_known_there_is_none() -> None:
    assert login_line(result("jwt.login", LOGIN), []) == ""
    assert login_line(result("jwt.me", ME), [result("other")]) == ""
    assert copied_line(result("jwt.me", ME)) == ME.reproduce
