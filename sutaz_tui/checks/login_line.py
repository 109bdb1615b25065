"""The line of a shell that logs in, for whoever repeats a question that was asked with a token."""

from collections.abc import Iterable

from sutaz_tui.model import CheckResult, Step

TOKEN = "$SUTAZ_TOKEN"
LOGIN = "/api/v1/auth/login"


def login_line(result: CheckResult, others: Iterable[CheckResult]) -> str:
    """What is to be run before the lines of a result, made of its own login or of that of others; "" where none is needed
    or known: the checks of a run share one."""
    if not any(TOKEN in step.reproduce for step in result.steps):
        return ""
    for one in (result, *others):
        for step in one.steps:
            if _is_login(step):
                return f"SUTAZ_TOKEN=$({step.reproduce.replace(' -i ', ' ', 1)} | jq -r .access_token)"
    return ""


def _is_login(step: Step) -> bool:
    is_sent = step.request.startswith("POST ") and step.request.endswith(LOGIN)
    return is_sent and step.answer.startswith("200") and bool(step.reproduce)
