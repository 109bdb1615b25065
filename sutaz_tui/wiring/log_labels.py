"""What a Loki's labels are, for a screen and for who types a query."""

from collections.abc import Mapping, Sequence

from msgspec import Struct


class LabelValues(Struct, frozen=True):
    """The values of one label, and the bytes that were written under each; None where this Loki keeps no volumes."""

    values: Sequence[str]
    bytes: Mapping[str, int] | None
