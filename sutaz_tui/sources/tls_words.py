"""What a failed TLS handshake means: OpenSSL's reason, or the server's alert, in words that say what to do about which file."""

import ssl

from sutaz_tui.config.schema import Tls
from sutaz_tui.text.sanitise import one_line

_SHOWN = 90
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE")
# OpenSSL's X509_V_ERR_*: an authority that is not known, the time, the name.
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)
# Those of them that a server also has whose own certificate came without the one that signed it.
_ISSUER_IS_MISSING = (20, 21)
_EXPIRED, _NOT_YET = 10, 9
WANTS_CERTIFICATE = "wants a client certificate; set cert_file and key_file"

# The server's alerts (RFC 8446, 6) under OpenSSL's names for them, and faults that OpenSSL finds itself. `{own}` is our
# certificate by its file.
_NOT_OURS = "does not accept {own}"
_REASONS = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": WANTS_CERTIFICATE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "refuses the TLS handshake: it wants a client certificate (cert_file, key_file), or no cipher is shared"
    ),
    "TLSV1_ALERT_UNKNOWN_CA": f"{_NOT_OURS}: its authority is not trusted there",
    "SSLV3_ALERT_BAD_CERTIFICATE": f"{_NOT_OURS}; look at its log",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": f"{_NOT_OURS}; look at its log",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": f"{_NOT_OURS}: it is not for clients",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"{_NOT_OURS}: it has expired",
    "SSLV3_ALERT_CERTIFICATE_REVOKED": f"{_NOT_OURS}: it is revoked",
    "TLSV1_ALERT_ACCESS_DENIED": f"{_NOT_OURS}: access denied",
    "TLSV1_ALERT_DECRYPT_ERROR": f"{_NOT_OURS}: its key does not fit",
    "TLSV1_ALERT_PROTOCOL_VERSION": "speaks no TLS of 1.2 or later",
    "UNSUPPORTED_PROTOCOL": "speaks no TLS of 1.2 or later",
    "TLSV1_UNRECOGNIZED_NAME": "has no certificate for this name",
    "TLSV1_ALERT_INTERNAL_ERROR": "has an internal TLS error; look at its log",
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": "wants a stronger cipher than this machine offers",
    "UNEXPECTED_EOF_WHILE_READING": "ended the connection in the middle of TLS",
    "DH_KEY_TOO_SMALL": "offers a key exchange that is too weak for this machine",
    "EE_KEY_TOO_SMALL": "has a certificate whose key is too weak for this machine",
    "CA_MD_TOO_WEAK": "has a certificate whose signature is too weak for this machine",
}


def tls_words(address: str, error: ssl.SSLError, tls: Tls | None) -> str:
    """The sentence; `tls` are the settings that were used, whose files it names."""
    if isinstance(error, ssl.SSLCertVerificationError):
        said = one_line(error.verify_message, 80).rstrip(".")
        return f"{address}: TLS certificate not accepted: {said}{_mend(error.verify_code, tls)}"
    if error.reason in _NO_TLS:
        return f"{address} speaks no TLS; check its port, or ask it without TLS"
    own = "our client certificate" + (
        f", cert_file {one_line(tls.cert_file, _SHOWN)}" if tls and tls.cert_file else ""
    )
    if words := _REASONS.get(error.reason or ""):
        return f"{address} {words.format(own=own)}"
    reason = (error.reason or str(error)).lower().replace("_", " ")
    return f"{address}: TLS failed: {one_line(reason, 80)}"


def _mend(code: int, tls: Tls | None) -> str:
    if code in _UNKNOWN_AUTHORITY:
        file = one_line(tls.ca_file, _SHOWN) if tls is not None else ""
        named = f"ca_file {file} does not hold its authority" if file else "name its authority as ca_file"
        return f"; {named}" + (", or it does not send its whole chain" if code in _ISSUER_IS_MISSING else "")
    return {_EXPIRED: "; renew it", _NOT_YET: "; check this machine's clock"}.get(code, "")
