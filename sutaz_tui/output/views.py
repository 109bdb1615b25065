"""The rows of a view without a screen: as text for people, as JSON and CSV for programs."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

from sutaz_tui.output.status import iso, json_text
from sutaz_tui.text.sanitise import count, sanitise
from sutaz_tui.text.table import text_of
from sutaz_tui.views.base import Rows, StackView, View

FORMATS = ("text", "json", "csv")


def listed(views: Sequence[View | StackView]) -> str:
    """The views that there are, a line each: its word, and what it shows."""
    width = max(len(view.id) for view in views)
    return "\n".join(f"{view.id:<{width}}  {view.words}" for view in sorted(views, key=lambda view: view.id))


def as_text(view: View | StackView, rows: Rows) -> str:
    """A line on what these rows are, then the table."""
    shown = count(len(rows.rows))
    counted = shown if len(rows.rows) == rows.total else f"{shown} of {count(rows.total)}"
    head = "   ".join(filter(None, (view.heading.upper(), counted, rows.about, rows.order)))
    told = [f"! {rows.missing}"] if rows.missing else []
    return "\n".join(map(sanitise, [head, *told, *text_of(view.columns, rows.rows)]))


def as_json(view: View | StackView, rows: Rows, at: datetime, trouble: str = "") -> str:
    """One object: numbers as numbers, what is missing absent; `at` ISO 8601 UTC."""
    names = [column.id for column in view.columns if not column.is_line]
    whole = {
        "name": view.id,
        "at": iso(at),
        "trouble": trouble or rows.missing,
        "total": rows.total,
        "rows": [{name: row.values[name] for name in names if name in row.values} for row in rows.rows],
    }
    return json_text(whole)


def as_csv(view: View | StackView, rows: Rows) -> str:
    """A line of column names, then a line a row; what is missing is empty."""
    written = io.StringIO()
    lines = csv.writer(written, lineterminator="\n")
    names = [column.id for column in view.columns if not column.is_line]
    lines.writerow(names)
    for row in rows.rows:
        values = (row.values.get(name, "") for name in names)
        lines.writerow([sanitise(value) if isinstance(value, str) else value for value in values])
    return written.getvalue().rstrip("\n")
