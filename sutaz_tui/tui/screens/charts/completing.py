"""Completes PromQL while it is typed: functions and metrics, inside braces labels, inside quotes their values."""

import re
from collections.abc import Awaitable, Callable, Sequence

from textual.suggester import Suggester

from sutaz_tui.errors import SourceError
from sutaz_tui.text.sanitise import one_line

FUNCTIONS = (
    "abs(", "absent(", "avg(", "avg_over_time(", "bottomk(", "ceil(", "changes(", "clamp_max(", "clamp_min(", "count(",
    "count_over_time(", "delta(", "deriv(", "floor(", "group(", "histogram_count(", "histogram_quantile(", "histogram_sum(",
    "increase(", "irate(", "label_replace(", "max(", "max_over_time(", "min(", "min_over_time(", "offset", "predict_linear(",
    "quantile(", "quantile_over_time(", "rate(", "resets(", "round(", "scalar(", "sort(", "sort_desc(", "stddev(", "sum(",
    "sum by (", "sum_over_time(", "time(", "topk(", "vector(", "without (",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z_:][\w:]*$")
_INSIDE = re.compile(r"([A-Za-z_:][\w:]*)?\{([^{}]*)$")
_VALUE = re.compile(r'([A-Za-z_]\w*)\s*(?:=~|!~|!=|=)\s*"([^"]*)$')

Names = Callable[[str, str, str], Awaitable[Sequence[str]]]
"""The metrics, the labels of a metric, or the values of a label: by `what`, metric and label; raises SourceError."""


class PromqlCompletion(Suggester):
    """Suggests how the last word of a query goes on; `before` is what stands in the field before the query.

    What is no query is left to `other`.
    """

    def __init__(self, names: Names, before: str = "", other: Suggester | None = None) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names, self._before, self._other = names, before, other
        self._known: dict[tuple[str, str, str], Sequence[str]] = {}

    async def get_suggestion(self, value: str) -> str | None:
        """The whole field with its last word completed, None where nothing is known."""
        if not value.startswith(self._before):
            return await self._other.get_suggestion(value) if self._other is not None else None
        query = value[len(self._before) :]
        typed, candidates = await self._candidates(query)
        found = next((one for one in candidates if one.startswith(typed) and one != typed), None)
        return value + found[len(typed) :] if typed and found is not None else None

    async def _candidates(self, query: str) -> tuple[str, Sequence[str]]:
        """What is typed of the last word, and what it may become."""
        inside = _INSIDE.search(query)
        word = _WORD.search(query)
        typed = word[0] if word is not None else ""
        if inside is None:
            return typed, (*FUNCTIONS, *await self._ask("metrics", "", "")) if typed else ()
        if value := _VALUE.search(inside[2]):
            return value[2], await self._ask("values", inside[1] or "", value[1])
        return typed, await self._ask("labels", inside[1] or "", "") if typed else ()

    async def _ask(self, what: str, metric: str, label: str) -> Sequence[str]:
        """Asked once as long as the field is open; what cannot be had completes nothing."""
        key = (what, metric, label)
        if key not in self._known:
            try:
                found = await self._names(*key)
            except SourceError:
                found = ()
            self._known[key] = [name for name in found if name == one_line(name, 300)]
        return self._known[key]
