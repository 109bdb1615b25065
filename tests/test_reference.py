"""The pages that are made from registries say what the program has, and links between pages lead somewhere."""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from sutaz_tui.config import KINDS
from sutaz_tui.tui.keymap import ACTIONS
from sutaz_tui.views.alerts import ALERTS
from sutaz_tui.views.registry import VIEWS
from tests.reference import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_a_registry_has_not_rotted(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "make docs writes it anew"


def test_every_key_and_every_kind_stands_in_its_page_as_a_row_that_renders() -> None:
    keys, kinds = PAGES["keys.md"](), PAGES["kinds.md"]()
    rows = [line.split(" | ") for line in keys.splitlines() if line.startswith("| ") and "---" not in line]
    assert all(len(row) == 4 for row in rows)
    assert set(ACTIONS) <= {row[-1].strip(" |`") for row in rows}
    headings = [
        token.content for token in MarkdownIt().parse(kinds) if token.type == "inline" and token.level == 1
    ]
    assert set(KINDS) <= set(headings)


def test_every_view_stands_in_its_page_with_what_show_says_of_it_and_what_it_asks() -> None:
    rows = [line.split(" | ") for line in PAGES["views.md"]().splitlines() if line.startswith("| `")]
    told = {row[0].strip(" |`"): row[1] for row in rows if len(row) == 4}
    assert told == {**{view.id: view.words for view in VIEWS}, ALERTS.id: ALERTS.words}
    assert {row[0].strip(" |`") for row in rows if len(row) == 3} == {view.id for view in VIEWS}


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#\s]+)", page.read_text("utf-8"))
    assert not [link for link in links if not (page.parent / link).exists()]
