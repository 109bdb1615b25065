"""The login of an HTTP request as headers, and the request as the shell line that asks the same again."""

import base64
from collections.abc import Mapping

from sutaz_tui.config.schema import Auth, Basic, Bearer, Header, Tls
from sutaz_tui.sources.evidence import Shell

LONGEST_BODY = 16 * 1024
"""A longer body is not written out: as many zero bytes ask the same of a server that judges the size."""


def auth_headers(auth: Auth | None) -> dict[str, str]:
    """What a login adds to a request; nothing while its secret is empty, for then none is configured."""
    match auth:
        case Basic(user=user, password=password) if password:
            login = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
            return {"Authorization": f"Basic {login}"}
        case Bearer(token=token) if token:
            return {"Authorization": f"Bearer {token}"}
        case Header(name=name, value=value) if value:
            return {name: value}
        case _:
            return {}


def curl(
    shell: Shell,
    method: str,
    url: str,
    *,
    auth: Auth | None = None,
    tls: Tls | None = None,
    socket: str | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> str:
    """The request as a curl line; a secret is the shell variable that it came from."""
    words = ["curl", "-sS", "-i"]
    if method != "GET":
        words += ["-I"] if method == "HEAD" else ["-X", shell.word(method)]
    if socket:
        words += ["--unix-socket", shell.word(socket)]
    words += shell.tls(tls, "", "-k", "--cacert ", "--cert ", "--key ")
    match auth:
        case Basic(user=user, password=password) if password:
            words += ["-u", f'{shell.word(user)}:"{shell.secret(password)}"']
        case Bearer(token=token) if token:
            words += ["-H", f'"Authorization: Bearer {shell.secret(token, "$TOKEN")}"']
        case Header(name=name, value=value) if value:
            words += ["-H", f'{shell.word(name)}": {shell.secret(value, "$TOKEN")}"']
        case _:
            pass
    for name, value in (headers or {}).items():
        words += ["-H", shell.word(f"{name}: {value}")]
    before = ""
    if content is not None and len(content) > LONGEST_BODY:
        before = f"head -c {len(content)} /dev/zero | "
        words += ["--data-binary", "@-"]
    elif content is not None:
        words += ["--data-binary", shell.word(content.decode("utf-8", "replace"))]
    # --data-binary makes it a POST.
    words += ["-X", "GET"] if method == "GET" and content is not None else []
    return before + " ".join([*words, shell.word(url)])
