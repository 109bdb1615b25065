"""What an attacker would try, and what keeps them out: headers, origins, limits, injections, secrets."""

from sutaz_tui.checks.base import Category
from sutaz_tui.checks.security import exposure, headers, inputs, users

CATEGORY = Category("security")
CATEGORY.checks = [
    *headers.CATEGORY.checks,
    *exposure.CATEGORY.checks,
    *users.CATEGORY.checks,
    *inputs.CATEGORY.checks,
]

NOT_COVERED: dict[str, str] = {
    "sec-18": "the backend has no API keys; what it renews are tokens, which jwt.refresh.works looks at",
}
