"""An HTTP status that an API does not answer with when all is well, kept whole so that a probe can judge it."""

from sutaz_tui.errors import BadAnswer, Denied
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.text.sanitise import one_line


class UnexpectedStatus(BadAnswer):
    """Another HTTP status than 200; `answer` is all that came with it."""

    def __init__(self, source: str, answer: HttpAnswer) -> None:
        said = reason(answer)
        super().__init__(source, f"answers {answer.status}" + (f": {said}" if said else ""))
        self.answer = answer


def expect_ok(source: str, answer: HttpAnswer) -> HttpAnswer:
    """The answer when its status is 200, else UnexpectedStatus."""
    if answer.status != 200:
        raise UnexpectedStatus(source, answer)
    return answer


def reason(answer: HttpAnswer, most: int = 120) -> str:
    """What an answer says of why it is none, in its own words; "" where it says nothing."""
    return one_line(_complaint(answer), most)


def login_denied(source: str, answer: HttpAnswer, where: str) -> Denied:
    """That the configured login is refused, in the server's own words; `where` it is to be checked."""
    said = reason(answer, 60)
    told = f"{answer.status}: {said}" if said and "<" not in said else f"{answer.status}"
    rights = " and its rights" if answer.status == 403 else ""
    return Denied(source, f"the configured login is refused ({told}); check {where}{rights}")


def _complaint(answer: HttpAnswer) -> str:
    """What an error says: a redirect's target, the words of a JSON body (Prometheus, Docker), else the body."""
    if 300 <= answer.status < 400:
        return f"redirects to {answer.headers.get('location', 'nowhere')}"
    try:
        found = answer.json()
    except BadAnswer:
        return answer.text()
    if not isinstance(found, dict):
        return answer.text()
    # Qdrant wraps its error once more; FastAPI and RabbitMQ have words of their own for it.
    inner = found["status"] if isinstance(found.get("status"), dict) else {}
    told = (*(found.get(key) for key in ("reason", "message", "detail", "error")), inner.get("error"))
    return next((said for said in told if isinstance(said, str) and said), answer.text())
