"""An HTTP status that an API does not answer with when all is well, kept whole so that a probe can judge it."""

from sutaz_tui.errors import BadAnswer
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line


class UnexpectedStatus(BadAnswer):
    """Another HTTP status than 200; `answer` is all that came with it."""

    def __init__(self, source: str, answer: HttpAnswer) -> None:
        said = one_line(_complaint(answer), 120)
        super().__init__(source, f"answers {answer.status}" + (f": {said}" if said else ""))
        self.answer = answer


def expect_ok(source: str, answer: HttpAnswer) -> HttpAnswer:
    """The answer when its status is 200, else UnexpectedStatus."""
    if answer.status != 200:
        raise UnexpectedStatus(source, answer)
    return answer


def _complaint(answer: HttpAnswer) -> str:
    """What an error says: a redirect's target, the words of a JSON body (Prometheus, Docker), else the body."""
    if 300 <= answer.status < 400:
        return f"redirects to {answer.headers.get('location', 'nowhere')}"
    try:
        found = answer.json()
    except BadAnswer:
        return answer.text()
    said = (found.get("error") or found.get("message")) if isinstance(found, dict) else None
    return said if isinstance(said, str) else answer.text()
