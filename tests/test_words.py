"""No phrase that no operator would use stands in what is shown: screens, output, errors, help, docs and titles of checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHOWN_CODE = [
    path
    for folder in ("sutaz_tui", "widgets")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "simulator" not in path.parts
]
SHOWN_TEXTS = [ROOT / name for name in ("README.md", "config.example.yaml", "docs/performance.md")]
RETIRED = (
    "no cause", "need it:", "still up", "round {}", "do more than read", "only reads ran", "runs what only reads",
    "ask this service", "/{} as often", "needed by", "what others say", "told by others", "refused or reset is",
    "without an answer time", "state before lasted", "and graver", "or graver", "least level", " alike:", "unfollow",
    "is no moment", "is no time", "such are", "lines come again", "whole screen here", "wish for a new password",
    "told its own user", "turned away by kong", "whom to call", "go-between", "0 well", "print the line plainly",
    "the map alone", "freeze the picture", "save what is shown", "fault of our own", "fault of its own",
    "fault of sutaz-tui", "answered well and in time", "lets us in", "logs us in", "dead entr", "for want of memory",
    "cannot be judged", "stands before", "nobody who", "goes by themselves", "asks failed", "turn the order round",
    "paint the screen anew", "says that all is well", "calls well", "seen by own probe", "red with it", "what is red",
)  # fmt: skip
WRONG_FORMS = {
    r"\?\.(?:\s|$)": "a full stop after a question mark",
    r"\d(?:\.\d+)?s ms": "two units",
    r"(?<!agg)(?<!jsonb)\(s\)(?!:)": "a plural in brackets: text.units.plural counts",
}


def shown_strings(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module with their lines, what is put into them as {}; of docstrings only those of commands."""
    tree = ast.parse(path.read_text("utf-8"))
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            texts = (
                part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
                for part in node.values
            )
            yield node.lineno, "".join(texts)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and "cli" not in path.parts:
            parts.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, node.value


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a document."""
    yield from enumerate(path.read_text("utf-8").splitlines(), 1)


@pytest.mark.parametrize("path", [*SHOWN_CODE, *SHOWN_TEXTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_retired_phrase_is_shown(path: Path) -> None:
    texts = shown_strings(path) if path.suffix == ".py" else lines_of(path)
    for line, text in texts:
        small = text.lower()
        found = [phrase for phrase in RETIRED if phrase in small and " " in small.strip()]
        found += [words for form, words in WRONG_FORMS.items() if re.search(form, text)]
        assert not found, f"{path.relative_to(ROOT)}:{line}: {found} in {text!r}"


def test_a_retired_phrase_would_be_found(tmp_path: Path) -> None:
    module = tmp_path / "said.py"
    module.write_text('"""No cause here."""\nsay(f"{n} need it: {failing} failing")\n')
    assert [text for _, text in shown_strings(module)] == ["{} need it: {} failing"]
