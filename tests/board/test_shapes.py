"""The map at every size: how it is drawn, what gives way, and that nothing is lost below the edge."""

import pytest

from sutaz_tui.config import Group, ServiceConfig
from tests.board.showing import Board, few, showing
from tests.engine.scripted import Stand, tcp
from widgets.map_cells import columns_at
from widgets.map_layout import Shape, height_of, lay_out

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


@pytest.mark.parametrize(("size", "has_address"), [((160, 45), True), ((200, 60), True), ((120, 45), False)])
async def test_one_row_a_service(size: tuple[int, int], has_address: bool) -> None:
    async with showing(*stack(), size=size, groups=GROUPS) as board:
        made = board.app.board.map._layout_made
        assert made.shape is Shape.ROWS
        if size[0] >= 150:
            assert len(shown(board)) == len(stack())
            assert "CAUSES" in board.text and "CHANGES" in board.text
        row = board.cell("agents-1")
        assert row.split()[:2] == ["✓", "Agents"]
        assert "3" in row and "well" in row
        assert "14:00:00" not in row, "nobody saw it begin"
        assert ("agents-1.ex" in row) is has_address


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
    whole, narrow, narrower = columns_at(104, 160), columns_at(120, 120), columns_at(104, 104)
    assert whole.address and whole.spark
    assert not narrow.address and narrow.spark
    assert not narrower.address and not narrower.spark
    assert whole.summary >= 25
    for width in (94, 104, 120, 144):
        columns = columns_at(width, 160)
        taken = 2 + columns.name + 1 + columns.word + 1 + columns.since + 1 + columns.spark + 1
        assert taken + columns.summary + 1 + columns.age + 1 + columns.address == width


@pytest.mark.parametrize("width", [60, 73, 80, 100, 119, 120, 144])
def test_the_height_is_known_without_laying_out(width: int) -> None:
    services = Stand(*stack()).engine.services
    for numbers in (range(len(services)), range(0, len(services), 3), range(1), range(0)):
        assert height_of(services, numbers, width) == max(
            1 if width < 120 else 0, lay_out(services, numbers, width).height
        )


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_two_cells_share_a_place(width: int) -> None:
    services = Stand(*stack()).engine.services
    made = lay_out(services, range(len(services)), width)
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
