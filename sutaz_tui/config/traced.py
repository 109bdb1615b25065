"""A config with where all of it came from: what is shown of it, and what its trust is judged by."""

from msgspec import Struct

from sutaz_tui.config.config import Config
from sutaz_tui.config.document import Document
from sutaz_tui.config.files import Found
from sutaz_tui.config.merging import Included
from sutaz_tui.config.outside import Outside


class Traced(Struct, frozen=True):
    """A config, the file it came from, where each value of it came from, and what it took from outside.

    `is_trusted` is whether it may be obeyed: it was named, stands in the user's config folder, or was looked at.
    `included` are the files that it took in, in the order in which they were read.
    """

    config: Config
    found: Found
    document: Document
    outside: Outside
    included: tuple[Included, ...] = ()
    is_trusted: bool = True
