"""One sender a way: `send` returns once the other side has it, and raises SourceError in words where it has not."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from sutaz_tui.config.notifiers import ToApprise, ToCommand, ToTerminal, ToWebhook
from sutaz_tui.errors import BadAnswer, NotTaken, SourceError, TimedOut, TooMany, Unreachable
from sutaz_tui.sources.command import Program
from sutaz_tui.sources.contexts import Contexts
from sutaz_tui.sources.evidence import Shell
from sutaz_tui.sources.http import HttpAnswer, HttpOrigin
from sutaz_tui.sources.notify.texts import Texts, filled
from sutaz_tui.sources.threads import in_daemon
from sutaz_tui.text.sanitise import Secrets, head, one_line

TERMINAL_LONGEST = 200
REFUSES = frozenset({400, 413, 422})
"""What a receiver answers that does not want this one message."""
INHERITED = frozenset({"PATH", "HOME", "LANG", "TZ"})
"""What a program that tells people gets of our environment, which holds secrets of services too."""


class Sender(Protocol):
    """A way to tell people."""

    async def send(self, texts: Texts) -> None:
        """Send one message; SourceError."""

    def shown(self, texts: Texts) -> list[str]:
        """What `send` would send, line by line, secrets masked."""

    async def aclose(self) -> None:
        """Let go of its connections."""


class CommandSender:
    """Runs a program: what is told stands in its environment, beside what the config gives it and little else."""

    def __init__(self, to: ToCommand, secrets: Secrets) -> None:
        self._to = to
        self._secrets = secrets

    def _env(self, texts: Texts) -> dict[str, str]:
        told = {f"SUTAZ_{name.upper()}": value for name, value in texts.values.items()}
        return {**self._to.env, **told, "SUTAZ_BODY": texts.body}

    async def send(self, texts: Texts) -> None:
        program = Program(self._to.argv, self._env(texts), self._to.name, self._secrets, Shell(), INHERITED)
        ended = await program.run(self._to.timeout)
        if ended.code:
            said = one_line(self._secrets.mask(head(ended.output, 200)), 200)
            how = f"ended with {ended.code}" if ended.code > 0 else f"was ended by signal {-ended.code}"
            raise BadAnswer(self._to.name, f"its program {how}" + (f": {said}" if said else ""))

    def shown(self, texts: Texts) -> list[str]:
        mask = self._secrets.mask
        env = [f"{name}={value}" for name, value in self._env(texts).items()]
        return [f"runs {mask(' '.join(self._to.argv))}, with", *(f"  {mask(one)}" for one in env)]

    async def aclose(self) -> None:
        """It keeps nothing."""


class WebhookSender:
    """Posts JSON, or the config's own body."""

    def __init__(self, to: ToWebhook, secrets: Secrets) -> None:
        self._to = to
        self._secrets = secrets
        self._base, self._path = split(to.url)
        self._http = HttpOrigin(
            self._base, to.name, Contexts(), auth=to.auth, tls=to.tls, headers=to.headers, secrets=secrets
        )

    def _body(self, texts: Texts) -> tuple[bytes, str]:
        if self._to.body:
            return filled(self._to.body, texts.values)
        services = texts.values["services"]
        whole: dict[str, Any] = {**texts.values, "services": services.split(", ") if services else []}
        return json.dumps({**whole, "body": texts.body}).encode(), "application/json"

    def _headers(self, texts: Texts, body: bytes, kind: str) -> dict[str, str]:
        headers = {
            "Content-Type": kind,
            "Idempotency-Key": hashlib.sha256(texts.values["id"].encode()).hexdigest(),
        }
        if self._to.sign:
            at = str(int(time.time()))
            signed = hmac.new(self._to.sign.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers |= {"X-Sutaz-Timestamp": at, "X-Sutaz-Signature": f"sha256={signed}"}
        return headers

    async def send(self, texts: Texts) -> None:
        body, kind = self._body(texts)
        headers = self._headers(texts, body, kind)
        answer = await self._http.request(
            "POST", self._path, headers=headers, content=body, timeout=self._to.timeout
        )
        expect_taken(self._to.name, answer, self._secrets)

    def shown(self, texts: Texts) -> list[str]:
        body, kind = self._body(texts)
        host = urlsplit(self._base).netloc.rpartition("@")[2]
        signed = ", signed" if self._to.sign else ""
        return [f"POST to {host} ({kind}{signed}):", f"  {self._secrets.mask(body.decode())}"]

    async def aclose(self) -> None:
        await self._http.aclose()


class TerminalSender:
    """Rings the bell of a board's terminal, and has it show a desktop notification; `ring` writes to it."""

    def __init__(self, to: ToTerminal, ring: Callable[[str], object]) -> None:
        self._to = to
        self._ring = ring

    async def send(self, texts: Texts) -> None:
        self._ring(self.sequence(texts))

    def sequence(self, texts: Texts) -> str:
        """What is written to the terminal: of the message only printable characters, which end no sequence."""
        title = _printable(texts.title)
        words = _printable(texts.values["words"])
        parts = ["\a"] if self._to.bell else []
        if 9 in self._to.osc:
            # A number and a semicolon in front mean something else to some terminals (a progress bar).
            parts.append(f"\x1b]9;sutaz-tui: {title}: {words}\x1b\\")
        if 777 in self._to.osc:
            parts.append(f"\x1b]777;notify;{title.replace(';', ',')};{words.replace(';', ',')}\x1b\\")
        return "".join(parts)

    def shown(self, texts: Texts) -> list[str]:
        return [repr(self.sequence(texts))]

    async def aclose(self) -> None:
        """It keeps nothing."""


class AppriseSender:
    """What Apprise can send, in a thread of its own: it knows blocking clients alone."""

    def __init__(self, to: ToApprise, secrets: Secrets) -> None:
        self._to = to
        self._secrets = secrets
        self._made: Any = None
        self._taken: tuple[str, set[int]] = "", set()

    def _apprise(self) -> Any:
        """Apprise without plugins of others, and without attachments, storage or escapes; SourceError without the extra."""
        if self._made is None:
            try:
                import apprise
            except ImportError:
                words = "Apprise is not installed: pip install 'sutaz-tui[notify]'"
                raise Unreachable(self._to.name, words) from None
            asset = apprise.AppriseAsset(
                app_id="sutaz-tui",
                plugin_paths=[],
                secure_logging=True,
                interpret_escapes=False,
                interpret_emojis=False,
                # It would take a message, and the login in its URL's headers, to wherever a server names.
                http_redirects=False,
                async_mode=False,
                storage_mode=apprise.PersistentStoreMode.MEMORY,
            )
            made = apprise.Apprise(asset=asset)
            for place, url in enumerate(self._to.urls, 1):
                if not made.add(url):
                    raise Unreachable(self._to.name, f"Apprise does not know URL {place} of its urls")
            self._made = made
        return self._made

    async def send(self, texts: Texts) -> None:
        def send() -> bool:
            made = self._apprise()
            kind = "success" if texts.is_resolved else "warning"
            # Who has it gets it no second time because another of the URLs fails.
            if self._taken[0] != texts.values["id"]:
                self._taken = texts.values["id"], set()
            taken = self._taken[1]
            for place, one in enumerate(made):
                if place not in taken and one.notify(
                    body=texts.body, title=texts.title, notify_type=kind, body_format="text", attach=None
                ):
                    taken.add(place)
            return len(taken) == len(made)

        try:
            async with asyncio.timeout(self._to.timeout):
                is_sent = await in_daemon(send, f"notify {self._to.name}")
        except TimeoutError:
            raise TimedOut(self._to.name, f"Apprise took longer than {self._to.timeout:g} s") from None
        except SourceError:
            raise
        except (
            Exception
        ) as error:  # whatever a plugin of Apprise raises: it is one notifier's fault, not ours
            words = one_line(self._secrets.mask(str(error)), 200)
            raise BadAnswer(self._to.name, f"Apprise failed: {words}") from None
        if not is_sent:
            raise BadAnswer(self._to.name, "Apprise could not send it to all of its URLs")

    def shown(self, texts: Texts) -> list[str]:
        made = self._apprise()
        ways = ", ".join(str(one.service_name) for one in made)
        return [
            f"by Apprise to {ways}:",
            f"  {texts.title}",
            *(f"  {line}" for line in texts.body.splitlines()),
        ]

    async def aclose(self) -> None:
        """It keeps nothing."""


def split(url: str) -> tuple[str, str]:
    """A URL's origin, and its path with what follows."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}", f"{parts.path or '/'}{query}"


def expect_taken(name: str, answer: HttpAnswer, secrets: Secrets) -> None:
    """BadAnswer where the server did not take it; a redirect is none: it would send elsewhere what was meant for here."""
    if not 200 <= answer.status < 300:
        said = one_line(secrets.mask(head(answer.body, 200)), 120)
        words = f"it answered {answer.status}" + (f": {said}" if said else "")
        if answer.status in (429, 503):
            after = answer.headers.get("retry-after", "")
            raise TooMany(name, words, float(after[:6]) if after.isascii() and after.isdigit() else 0.0)
        raise (NotTaken if answer.status in REFUSES else BadAnswer)(name, words)


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:TERMINAL_LONGEST]
