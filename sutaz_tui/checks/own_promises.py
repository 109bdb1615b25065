"""What a check of the config says of its answers, and so must see: without what it asks by, for it is read for each list."""

from collections.abc import Sequence

from sutaz_tui.config.conditions import condition
from sutaz_tui.config.own_checks import (
    CommandCheck,
    HttpCheck,
    OwnCheck,
    StepRequest,
    StepsCheck,
    TcpCheck,
    TlsCheck,
)


def must_see(entry: OwnCheck) -> tuple[str, ...]:
    """How an answer is spoiled so that the check must fail by what it says in the config."""
    if isinstance(entry, TlsCheck):
        return "silence", "value"
    if isinstance(entry, TcpCheck):
        return ("silence", "value") if entry.expect else ("silence",)
    if isinstance(entry, CommandCheck):
        return "silence", "error"
    if not isinstance(entry, HttpCheck | StepsCheck):
        return "silence", "error", "value"
    requests: Sequence[HttpCheck | StepRequest] = [entry] if isinstance(entry, HttpCheck) else entry.steps
    compared = [condition(one, "steps") for request in requests for one in request.conditions]
    is_timed = any(one.what == "time" for one in compared)
    # Status and time are spoiled by themselves; not to be something is true of every other value.
    compared = [one for one in compared if one.what not in ("status", "time")]
    of_values = any(one.operator != "!=" for one in compared)
    if isinstance(entry, HttpCheck):
        of_values = of_values or bool(entry.header_value)
        is_timed = is_timed or entry.within is not None
    of_values = of_values or any(one.json_value is not None for one in requests)
    # What a pattern finds may be a name.
    of_fields = of_values or bool(compared) or any(one.regex or one.json_path for one in requests)
    return (
        "silence",
        "error",
        *(["value"] if of_values else ()),
        *(["field"] if of_fields else ()),
        *(["slow"] if is_timed else ()),
    )
