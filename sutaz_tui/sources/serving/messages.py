"""What is asked over HTTP and what is answered: values alone."""

from http import HTTPStatus

from msgspec import Struct

TEXT = "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"


class Asked(Struct, frozen=True):
    """One request as it came: nothing in it is to be believed, and nothing of it stands in an answer.

    `hosts` and `logins` are every header of that name, `client` the address at the other end.
    """

    method: str
    path: str
    query: str
    hosts: tuple[str, ...]
    logins: tuple[str, ...]
    has_body: bool
    client: str


class Answer(Struct, frozen=True):
    """`more` are headers besides those that every answer has."""

    code: int
    body: bytes
    kind: str = TEXT
    more: tuple[tuple[str, str], ...] = ()


def said(code: HTTPStatus, words: str, *more: tuple[str, str]) -> Answer:
    """An answer of one line."""
    return Answer(code, f"{words}\n".encode(), TEXT, more)
