"""No class grows beyond what a reader holds in mind, unless there is a reason."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST = 30
"""Methods of a class's own."""

REASONS = {
    "Ask": "all that a check may ask with, one method a system, so that who writes a check looks in one place",
    "BaseScreen": "all that the app asks of a screen and hands down to it, most of it empty, so that it knows none by name",
    "BoardScreen": "an action a key of the board, each a line or two handed on to its parts",
    "LogBuffer": "lines, entries and what is visible change together: each method keeps all three right",
    "LogPanel": "an action a key of a log, each a line or two handed on to the session or the pager",
    "LogSession": "older, newer, live and a moment share one page that is under way and one place that is reached",
    "TableView": "rows, their cells and the cursor change together; what draws is called by Textual",
}
"""Classes with more, and why they are not two."""


def methods(path: Path) -> dict[str, int]:
    """How many methods each class of a file has of its own."""
    return {
        node.name: sum(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.ClassDef)
    }


def test_a_class_of_more_than_thirty_methods_has_its_reason_here() -> None:
    files = [path for package in ("sutaz_tui", "widgets") for path in (ROOT / package).rglob("*.py")]
    large = {name for path in files for name, count in methods(path).items() if count > MOST}
    assert sorted(large - REASONS.keys()) == [], "part it, or say above why not"
    assert sorted(REASONS.keys() - large) == [], "these need no reason any more"
