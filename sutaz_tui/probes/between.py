"""Services asked through another one: when the go-between does not answer, nothing is known of them."""

from sutaz_tui.config.schema import Source
from sutaz_tui.errors import Denied, Refused, SourceError, TimedOut, Unreachable
from sutaz_tui.model import Failure, Status
from sutaz_tui.probes.base import Finding, Probe, judge_status
from sutaz_tui.sources.curl import auth_headers
from sutaz_tui.sources.http import HttpAnswer
from sutaz_tui.sources.unexpected import login_denied


class BetweenProbe(Probe):
    """A probe whose service is not the one that it asks; `go_between` names that one."""

    go_between = "its source"

    def failed(self, error: SourceError) -> Finding:
        return unknown(self.go_between, error)


def unknown(go_between: str, error: SourceError) -> Finding:
    """What a failed question to a proxy says of the service behind it: nothing."""
    does = "does not answer" if isinstance(error, Refused | TimedOut | Unreachable) else "cannot tell"
    return Finding(
        f"{go_between} {does}: {error.words}",
        Status.UNKNOWN,
        word="denied" if isinstance(error, Denied) else "?",
        error=f"{go_between} {does}, so nothing is known: {error.words}",
        rule="no usable answer through a proxy = unknown",
        backs_off=isinstance(error, Denied | TimedOut),
        is_refused=isinstance(error, Denied),
        failure=Failure.SILENT if does == "does not answer" else Failure.NONE,
    )


def socket_denied(error: SourceError, source: Source) -> SourceError:
    """The error; where the engine's socket is closed to this user, with what opens it."""
    if not isinstance(error, Denied) or not source.url.startswith("unix:"):
        return error
    path = source.url.removeprefix("unix://")
    words = f"{path} may not be opened; add this user to the group docker (usermod -aG) and log in again"
    return Denied(error.source, words)


def judge_source(probe: Probe, source: Source, answer: HttpAnswer) -> Finding | None:
    """As `judge_status`, for a service whose login stands at its source."""
    if answer.status in (401, 403) and auth_headers(source.auth):
        raise login_denied(probe.service.title, answer, "it in `sources`")
    return judge_status(probe.service, answer)
