"""A log's histogram without a screen: one row a step, as text or as JSON."""

import json
from collections.abc import Iterator

from sutaz_tui.logs.histogram import Histogram
from sutaz_tui.output.logs import clock

BAR = 40
"""Cells of the longest bar."""


def histogram_lines(histogram: Histogram, form: str) -> Iterator[str]:
    """`text`: when a step begins (UTC), its lines, warnings and errors, and a bar; `json`: one object a step."""
    top = max(histogram.all, default=0)
    if form == "text":
        yield f"{'FROM':<24}  {'LINES':>10} {'WARNINGS':>9} {'ERRORS':>8}"
    for place, lines in enumerate(histogram.all):
        warnings, errors = histogram.warnings[place], histogram.errors[place]
        at = histogram.moment(place)
        if form == "json":
            levels = {"warnings": warnings, "errors": errors} if histogram.knows_levels else {}
            seconds = histogram.step / 1e9
            yield json.dumps({"at": str(at), "time": clock(at), "seconds": seconds, "lines": lines} | levels)
        else:
            told = f"{warnings:>9} {errors:>8}" if histogram.knows_levels else f"{'-':>9} {'-':>8}"
            bar = "#" * max(1, round(lines / top * BAR)) if lines else ""
            yield f"{clock(at):<24}  {lines:>10} {told}  {bar}".rstrip()
