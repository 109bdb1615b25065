"""Accounts and tokens: logging in, what a token says, who takes it, refreshing, logging out, registering."""

from sutaz_tui.checks.base import Category
from sutaz_tui.checks.jwt import login, registration, sessions, tokens

CATEGORY = Category("jwt")
CATEGORY.checks = [
    *login.CATEGORY.checks,
    *tokens.CATEGORY.checks,
    *sessions.CATEGORY.checks,
    *registration.CATEGORY.checks,
]

NOT_COVERED: dict[str, str] = {
    "jwt-21": "the backend has no limit on logins to look at; guessing is stopped by jwt.login.lockout",
}
