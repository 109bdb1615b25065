"""The heads of HTTP answers, made such as a strict parser takes them: browsers and curl read on where h11 gives up.

A header line that no client may read is left out and told; what the body is made of beside chunks is told too, for h11
takes no other word for it than `chunked`. What does not begin as HTTP is no answer at all, however much follows.
"""

import re

HEAD_LIMIT = 100 * 1024
"""Bytes of a head; of a longer one h11 says itself that it has no end."""

_BEGINNING = b"HTTP/"
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/\d\.\d[ \t]+(\d{3})(?!\d)")
_FIELD = re.compile(rb"([-!#$%&'*+.^_`|~0-9A-Za-z]+)[ \t]*:[ \t]*([^\x00\x0a-\x0d]*)")
_NO_CODING = ("", "identity")


class NotHttp(Exception):
    """What came is no HTTP; `heard` are its first bytes."""

    def __init__(self, heard: bytes) -> None:
        super().__init__()
        self.heard = heard


class Heads:
    """Reads what one connection receives: `expect` when a request was sent, then `feed` what comes.

    Of the last head: `codings` are the transfer codings beside chunked, in their order, and `odd` is its first line
    that was left out, "" where there was none.
    """

    def __init__(self) -> None:
        self.codings: tuple[str, ...] = ()
        self.odd = b""
        self._rest = b""
        self._is_expecting = False
        self._is_other = False

    def expect(self) -> None:
        """Read a head next; after an upgrade the connection speaks another protocol and has none."""
        if not self._is_other:
            self._is_expecting = True

    def feed(self, data: bytes) -> bytes:
        """What h11 may be given of it, empty while a head is incomplete and not at its end; raises NotHttp."""
        if not self._is_expecting:
            return data
        if not data:
            # What was begun ends here, and h11 says so.
            data, self._rest = self._rest, b""
            return data
        self._rest += data
        begun = self._rest.lstrip(b"\r\n")
        if begun[: len(_BEGINNING)] != _BEGINNING[: len(begun)]:
            raise NotHttp(begun)
        given = b""
        while self._is_expecting and (found := _END.search(begun)):
            head, begun = begun[: found.start()], begun[found.end() :]
            given += self._cleaned(head)
        if self._is_expecting and len(begun) <= HEAD_LIMIT:
            self._rest = begun
            return given
        self._is_expecting, self._rest = False, b""
        return given + begun

    def _cleaned(self, head: bytes) -> bytes:
        first, *lines = re.split(rb"\r?\n", head)
        status = _STATUS.match(first)
        code = int(status[1]) if status else 0
        self._is_other = code == 101
        self._is_expecting = 100 <= code < 200 and not self._is_other
        self.codings, self.odd = (), b""
        kept: list[bytes] = []
        codings: list[str] = []
        for line in lines:
            if line[:1] in b" \t" and line:
                # It goes on with the line before, whose fate it shares.
                if kept:
                    kept[-1] += b" " + line.strip()
                continue
            field = _FIELD.fullmatch(line)
            if field is None:
                self.odd = self.odd or line
            elif field[1].lower() == b"transfer-encoding":
                codings += [
                    one.partition(";")[0].strip() for one in field[2].decode("latin-1").lower().split(",")
                ]
            else:
                kept.append(field[1] + b": " + field[2].rstrip())
        codings = [one for one in codings if one not in _NO_CODING]
        if codings:
            # A length is not believed beside it (RFC 9112, 6.3).
            kept = [line for line in kept if not line.lower().startswith(b"content-length:")]
            if codings[-1] == "chunked":
                kept.append(b"Transfer-Encoding: chunked")
        self.codings = tuple(one for one in codings if one != "chunked")
        return b"\r\n".join([first, *kept, b"", b""])
