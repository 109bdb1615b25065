"""Redis as the stack's cache: it keeps, expires and forgets, within its memory; and the backend's sessions."""

# Imported for the checks that they add.
from sutaz_tui.checks.caching import around, round_trips, server
from sutaz_tui.checks.caching.category import CATEGORY

__all__ = ["CATEGORY", "NOT_COVERED", "around", "round_trips", "server"]

NOT_COVERED: dict[str, str] = {
    "red-08": "the limit of password resets is checked in security, once: it is a budget of 5 a minute for all",
    "red-09": "the window of that limit would take a minute of it from everybody; its Retry-After is checked instead",
    "red-10": "login has no limit by user; that a made-up user is locked out is checked in jwt",
    "red-12": "altered and expired tokens are checked in jwt",
    "red-14": "nothing stops a Redis that others use; the tests of these checks stop one of their own",
}
