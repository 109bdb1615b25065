"""The map at every size: how it is drawn, what gives way, and that nothing is lost below the edge."""

import re

import pytest

from sutaz_tui.config import Group, ServiceConfig
from tests.board.showing import Board, few, showing
from tests.engine.scripted import Stand, tcp
from widgets.map_layout import Shape, gives_rows, lay_out, least_height
from widgets.map_rows import columns_at

GROUPS = tuple(
    Group(id=id, title=id.capitalize()) for id in ("agents", "databases", "gateway", "platform", "monitoring")
)
SIZES = {"agents": 8, "databases": 6, "gateway": 5, "platform": 6, "monitoring": 9}


def stack() -> tuple[ServiceConfig, ...]:
    """Thirty-four services in five groups."""
    return tuple(
        tcp(f"{group}-{n}", title=f"{group.capitalize()} {n}", group=group, host=f"{group}-{n}.example")
        for group, count in SIZES.items()
        for n in range(count)
    )


def shown(board: Board) -> set[str]:
    return {service.id for service in stack() if service.title + " " in board.text + " "}


@pytest.mark.parametrize(("size", "columns"), [((80, 24), 4), ((73, 20), 3), ((100, 30), 4), ((60, 24), 3)])
async def test_columns_of_cells_with_all_services(size: tuple[int, int], columns: int) -> None:
    async with showing(*stack(), size=size, groups=GROUPS) as board:
        made = board.app.board.map._layout_made
        assert (made.shape, made.columns) == (Shape.COLUMNS, columns)
        assert len(shown(board)) == len(stack())
        assert "AGENTS " in board.text
        assert "8/8" in board.text
        assert "> Agents 0" in board.text, "the selected service has its lines"
        assert "? help" in board.foot
        assert len(board.lines) == size[1]
        assert all(len(line) <= size[0] for line in board.lines)


@pytest.mark.parametrize("size", [(100, 50), (120, 45), (149, 46), (160, 45), (160, 40), (200, 60)])
async def test_one_row_a_service_where_all_of_them_fit(size: tuple[int, int]) -> None:
    async with showing(*stack(), size=size, groups=GROUPS) as board:
        assert board.app.board.map.shape is Shape.ROWS
        assert len(shown(board)) == len(stack())
        assert board.lines[2].split()[:3] == ["SERVICE", "NOW", "SINCE"]
        assert ("SELECTED" in board.text) is (size[0] >= 150)
        assert "> Agents 0" in board.text
        row = board.cell("agents-1")
        assert row.split() == ["✓", "Agents", "1", "3", "ms", "well"], (
            "nobody saw it begin, nobody told of memory"
        )


@pytest.mark.parametrize("size", [(160, 30), (200, 24), (120, 30)])
async def test_where_rows_would_hide_services_below_the_edge_all_of_them_have_cells(
    size: tuple[int, int],
) -> None:
    async with showing(*stack(), size=size, groups=GROUPS) as board:
        assert board.app.board.map.shape is Shape.COLUMNS
        assert len(shown(board)) == len(stack())


async def test_a_log_below_the_board_leaves_all_services_in_view() -> None:
    for size in ((160, 45), (200, 60)):
        async with showing(*stack(), size=size, groups=GROUPS) as board:
            await board.press("l")
            await board.until("-- log")
            assert len(shown(board)) == len(stack())


async def test_a_group_is_not_split_while_lines_are_free() -> None:
    groups = tuple(Group(id=id, title=id) for id in ("platform", "data", "web"))
    sizes = {"platform": 4, "data": 3, "web": 2}
    services = [tcp(f"{group}-{n}", group=group) for group, count in sizes.items() for n in range(count)]
    async with showing(*services, size=(80, 24), groups=groups) as board:
        headings = board.lines[2].split()
        assert headings == ["PLATFORM", "4/4", "DATA", "3/3", "WEB", "2/2"]
        assert board.lines[6].split()[:2] == ["✓", "PLATFORM-3"]


async def test_trouble_below_the_fold_comes_to_the_top_where_only_trouble_is_shown() -> None:
    services = [tcp(f"s{n}", title=f"Service {n}", group=f"g{n // 50}") for n in range(400)]
    for size in ((160, 45), (80, 24)):
        async with showing(*services, size=size) as board:
            board.refuse("s333", "s399")
            await board.run(40)
            in_trouble = re.compile(r"✗.Service (?:333|399)")
            assert not in_trouble.search("\n".join(line[:100] for line in board.lines[2:]))
            await board.press("exclamation_mark")
            assert len(in_trouble.findall("\n".join(line[:80] for line in board.lines[2:8]))) == 2
            board.heal("s333")
            await board.run(20)
            assert len(in_trouble.findall("\n".join(line[:80] for line in board.lines[2:8]))) == 1
            await board.press("exclamation_mark")
            assert "Service 0 " in board.text


async def test_at_forty_by_ten_only_the_head_the_cause_and_what_is_in_trouble() -> None:
    async with showing(*few(), size=(40, 10)) as board:
        assert "PostgreSQL" not in "\n".join(board.lines[2:-1]), "nothing is in trouble"
        board.refuse("redis", "loki")
        await board.run(40)
        assert board.lines[0].startswith(" TEST")
        assert "✗ 2" in board.lines[0]
        assert " DOWN " in board.lines[1] and "+1 more" in board.lines[1]
        listed = [line for line in board.lines[2:-1] if line.strip()]
        assert len(listed) == 2
        assert listed[0].startswith("✗ Redis") and "DOWN" in listed[0] and "refused" in listed[0]
        assert listed[1].startswith("✗ Loki")
        assert board.selected == "postgres", "the selection does not move by itself"
        await board.press("j")
        assert board.selected == "redis"
        await board.press("j")
        assert board.selected == "loki"
        board.heal("redis", "loki")
        await board.run(20)
        assert not [line for line in board.lines[2:-1] if line.strip()]


async def test_resizing_keeps_the_selection_and_moves_no_service_to_another_place_than_its_own() -> None:
    async with showing(*stack(), size=(80, 24), groups=GROUPS) as board:
        await board.press("j", "j", "j")
        at_first = board.text
        for size in ((160, 45), (40, 10), (73, 20), (80, 24)):
            await board.pilot.resize_terminal(*size)
            await board.settle()
            assert len(board.lines) == size[1]
            assert board.selected == "agents-3"
        assert board.text == at_first


def test_what_gives_way_and_in_which_order() -> None:
    whole, narrow, narrower = (columns_at(width, 17, True) for width in (104, 100, 60))
    assert whole.spark and whole.memory and whole.detail >= 30
    assert narrow.memory and not columns_at(80, 17, True).spark
    assert not narrower.memory and not narrower.spark
    quiet = columns_at(104, 17, True, has_hour=False)
    assert not quiet.spark and quiet.detail == whole.detail + whole.spark + 2, "a quiet hour has no column"
    assert not columns_at(104, 17, False).memory, "nobody tells of memory: no column stands empty"
    for width in (94, 104, 120, 144):
        for has_usage in (True, False):
            columns = columns_at(width, 17, has_usage)
            gaps = 2 + 1 + 1 + 2 + (3 if columns.memory else 0) + (2 if columns.spark else 0)
            assert gaps + sum(getattr(columns, name) for name in columns.__struct_fields__) == width


@pytest.mark.parametrize("width", [60, 73, 80, 100, 119, 120, 144])
def test_the_height_is_known_without_laying_out(width: int) -> None:
    services = Stand(*stack()).engine.services
    for numbers in (range(len(services)), range(0, len(services), 3), range(1), range(0)):
        made = lay_out(services, numbers, Shape.COLUMNS, width, 1)
        assert least_height(services, numbers, width) == made.height
        assert gives_rows(services, numbers, width, len(numbers) + 1)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_two_cells_share_a_place(width: int) -> None:
    services = Stand(*stack()).engine.services
    made = lay_out(services, range(len(services)), Shape.COLUMNS, width, 20)
    taken = {(place.x + x, place.y) for place in made.places for x in range(place.width)}
    assert len(taken) == sum(place.width for place in made.places)
    assert max(x for x, _ in taken) < width
    assert {place.service for place in made.places} - {None} == set(range(len(services)))


async def test_a_filter_that_nothing_matches_shows_nothing_and_keys_do_no_harm() -> None:
    async with showing(*few()) as board:
        await board.press("ampersand", "x", "x", "x", "enter")
        assert "PostgreSQL" not in "\n".join(board.lines[2:10]).replace("> PostgreSQL", "")
        await board.press("j", "k", "g", "G", "tab", "right", "left", "ctrl+d", "ctrl+u", "c", "n")
        assert board.selected == "postgres"
        await board.press("escape")
        assert "Redis" in board.text
