"""Any TLS port: its certificate."""

from datetime import UTC, datetime
from typing import cast

from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import NotRun, Wrong, trait
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.config.kinds import TlsPort
from sutaz_tui.errors import Refused

KIND = Kind("tls")
DAYS = 14
TITLE = f"its certificate is trusted, with its whole chain, of this name and valid for {DAYS} days"
TWINS = tuple(
    trait(tls_shows=word)
    for word in ("expiring", "expired", "not-yet", "other-host", "unknown-authority", "short-chain")
)


@KIND.check("certificate", TITLE, *TWINS, is_identity=True)
async def certificate(ask: Ask, id: str) -> str:
    service = cast(TlsPort, ask.service(id))
    try:
        found = await ask.handshake(service.address, service.title, service.tls, service.server_name)
    except Refused as error:
        raise Wrong("a TLS port with a certificate that is trusted", error.words) from error
    if found.expires is None:
        raise NotRun("its certificate is not verified, as `tls` of the config says")
    days = (found.expires - datetime.now(UTC)).total_seconds() / 86400
    ask.expect(days >= DAYS, f"a certificate valid for {DAYS} days", f"{days:.1f} days left; renew it")
    return f"valid for {days:.0f} days, {found.version}"
