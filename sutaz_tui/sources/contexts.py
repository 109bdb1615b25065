"""TLS contexts from the files that the config names; which of them cannot be used, and what to do about it.

No file is ever asked a passphrase for: OpenSSL would prompt on the terminal and take the keyboard.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sutaz_tui.config.schema import Tls
from sutaz_tui.errors import CannotStart, Unreachable
from sutaz_tui.text.sanitise import one_line

_SHOWN = 90
_CERTIFICATE = "holds no certificate; give one in PEM form"
_KEY = "holds no private key; give one in PEM form"


@dataclass(frozen=True, slots=True)
class _Built:
    """A context, and when the last of its authorities ends, in seconds since the epoch."""

    context: ssl.SSLContext
    ends: float = float("inf")


class _Unusable(Exception):
    """One file of the config cannot be used; str() names it, and what to do."""


class _Encrypted(Exception):
    """OpenSSL asks for a passphrase."""


class Contexts:
    """TLS contexts, each built once, in a thread: loading the system's authorities takes 45 ms."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._built: dict[Tls | None, asyncio.Task[_Built | str]] = {}

    async def get(self, tls: Tls | None, source: str) -> ssl.SSLContext:
        """The context for these TLS settings; Unreachable names the one file that cannot be used.

        What could not be used is read again at the next call: it may have been mended.
        """
        task = self._built.get(tls)
        if task is None or (task.done() and not self._is_good(task)):
            task = self._built[tls] = asyncio.create_task(
                asyncio.to_thread(_build, tls or Tls(), self._now())
            )
        built = task.result() if task.done() else await asyncio.shield(task)
        if isinstance(built, str):
            raise Unreachable(source, built)
        return built.context

    def _is_good(self, task: asyncio.Task[_Built | str]) -> bool:
        if task.cancelled() or task.exception() is not None:
            return False
        built = task.result()
        return isinstance(built, _Built) and built.ends > self._now()


def _build(tls: Tls, now: float) -> _Built | str:
    # A value, not an exception: nobody may be left to fetch it.
    try:
        return _loaded(tls, now)
    except _Unusable as fault:
        return str(fault)


def _loaded(tls: Tls, now: float) -> _Built:
    for setting in ("ca_file", "cert_file", "key_file"):
        _check_readable(setting, getattr(tls, setting))
    try:
        context = ssl.create_default_context(cafile=tls.ca_file or None)
    except OSError as error:  # ssl.SSLError is one
        raise _fault("ca_file", tls.ca_file, _CERTIFICATE) from error
    if tls.cert_file:
        _load_own(context, tls.cert_file, tls.key_file)
    if tls.verify == "insecure":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return _Built(context)
    if tls.ca_file:
        return _Built(context, _end(context, tls.ca_file, now))
    if not _has_authorities(context):
        raise _Unusable(
            "this machine trusts no certificate authority; install ca-certificates or set ca_file"
        )
    return _Built(context)


def serving_context(cert_file: str, key_file: str, clients_file: str) -> ssl.SSLContext:
    """How we show ourselves to who asks us, and whom we let in: with `clients_file` whoever shows a certificate that it has
    issued, "" for anybody. CannotStart names the one file that cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        for setting, file in (
            ("cert_file", cert_file),
            ("key_file", key_file),
            ("clients_file", clients_file),
        ):
            _check_readable(setting, file)
        _load_own(context, cert_file, key_file)
        if clients_file:
            try:
                context.load_verify_locations(cafile=clients_file)
            except OSError as error:
                raise _fault("clients_file", clients_file, _CERTIFICATE) from error
            context.verify_mode = ssl.CERT_REQUIRED
    except _Unusable as fault:
        raise CannotStart(f"serve.tls: {fault}") from None
    return context


def _check_readable(setting: str, file: str) -> None:
    if not file:
        return
    try:
        with Path(file).open("rb") as opened:
            opened.read(1)
    except FileNotFoundError as error:
        raise _fault(setting, file, "is missing; put it there, or correct the config") from error
    except PermissionError as error:
        raise _fault(setting, file, "may not be read by this user; change its mode or owner") from error
    except IsADirectoryError as error:
        raise _fault(setting, file, "is a folder; name a file in the config") from error
    except OSError as error:
        raise _fault(setting, file, f"cannot be read: {error.strerror or error}") from error


def _load_own(context: ssl.SSLContext, cert_file: str, key_file: str) -> None:
    try:
        # The error of load_cert_chain does not tell which of the two files is no PEM.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=cert_file)
    except OSError as error:
        raise _fault("cert_file", cert_file, _CERTIFICATE) from error
    key_setting, key = ("key_file", key_file) if key_file else ("cert_file", cert_file)
    try:
        context.load_cert_chain(cert_file, key_file or None, _no_passphrase)
    except _Encrypted as error:
        raise _fault(key_setting, key, "is encrypted; give one without a passphrase") from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            owner = f"is not the key of cert_file {one_line(cert_file, _SHOWN)}; give both of one pair"
            raise _fault(key_setting, key, owner) from error
        if error.reason is None:
            raise _fault(key_setting, key, _KEY) from error
        reason = one_line(error.reason.lower().replace("_", " "), 60)
        raise _fault("cert_file", cert_file, f"is not accepted: {reason}; have another one issued") from error
    except OSError as error:
        raise _fault(key_setting, key, f"cannot be read: {error.strerror or error}") from error


def _no_passphrase() -> str:
    raise _Encrypted


def _has_authorities(context: ssl.SSLContext) -> bool:
    # Those of a folder are loaded one by one, as they are looked for.
    folder = ssl.get_default_verify_paths().capath
    return context.cert_store_stats()["x509"] > 0 or (folder is not None and any(Path(folder).iterdir()))


def _end(context: ssl.SSLContext, ca_file: str, now: float) -> float:
    """When no authority of the file is valid any more; `inf` where one of them does not tell."""
    authorities = context.get_ca_certs()
    if len(authorities) < context.cert_store_stats()["x509"]:
        return float("inf")
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in authorities]
    begins = [ssl.cert_time_to_seconds(str(one["notBefore"])) for one in authorities]
    if max(ends) <= now:
        day = datetime.fromtimestamp(max(ends), UTC)
        raise _fault("ca_file", ca_file, f"expired {day:%Y-%m-%d}; give the current certificate")
    if min(begins) > now:
        day = datetime.fromtimestamp(min(begins), UTC)
        raise _fault("ca_file", ca_file, f"is not valid before {day:%Y-%m-%d}; check this machine's clock")
    return max(ends)


def _fault(setting: str, file: str, words: str) -> _Unusable:
    return _Unusable(f"{setting} {one_line(file, _SHOWN)} {words}")
