"""The pool between the backend and PostgreSQL: room for it, nothing stuck in it, and a crowd that is served."""

# Imported for the checks that they add.
from sutaz_tui.checks.pool import crowd, server
from sutaz_tui.checks.pool.category import CATEGORY

__all__ = ["CATEGORY", "NOT_COVERED", "crowd", "server"]

NOT_COVERED: dict[str, str] = {
    "pool-06": "that an e-mail registers only once is checked in jwt",
}
