"""What a reader does with one entry: open it, mark it, copy and save it."""

from sutaz_tui.logs.lines import Level
from tests.logs.paging import TRACEBACK, Reader, different, gap, line, many, message


def test_a_traceback_opens_in_place_and_folds_again():
    reader = Reader(*many(20), *(line(2000, text) for text in TRACEBACK), *many(5, 21))
    reader.pager.next_of(Level.ERROR, -1)
    y = reader.y
    assert "v Traceback, 4 lines: ConnectionRefusedError" in reader.here
    above = reader.screen[:y]
    assert reader.pager.toggle()
    assert "^ Traceback, 4 lines" in reader.here
    opened = reader.screen
    start = next(at for at, row in enumerate(opened) if row.endswith(TRACEBACK[0]))
    assert [row[16:].strip() for row in opened[start : start + 4]] == [text.strip() for text in TRACEBACK]
    reader.pager.move(2)
    assert reader.pager.copied() == TRACEBACK[1]
    assert reader.pager.toggle()
    assert "v Traceback" in reader.here
    assert reader.screen[reader.y - len(above) : reader.y][-1] == above[-1]
    assert reader.pager.copied() == "\n".join(TRACEBACK)


def test_alike_lines_fold_with_a_count_and_open():
    alike = [line(2000 + n, f"ERROR pool {n} of 30 refused") for n in range(12)]
    reader = Reader(*many(20), *alike)
    assert "v 12 times: " in reader.screen[-1]
    reader.pager.toggle()
    assert sum("of 30 refused" in row for row in reader.screen) >= 5
    reader.pager.move(3)
    assert "2 of 30" in reader.here
    assert "2 of 30" in reader.pager.copied()
    reader.come(*[line(2012 + n, f"ERROR pool {n} of 31 refused") for n in range(3)])
    assert "2 of 30" in reader.here


def test_what_opens_at_the_bottom_comes_into_sight():
    reader = Reader(*many(40), *(line(4000, text) for text in TRACEBACK))
    reader.pager.toggle()
    assert reader.screen[-1].endswith(TRACEBACK[-1])


def test_fields_of_a_line_open_below_it():
    text = '{"timestamp":"2026-11-23T14:07:11Z","level":"ERROR","logger":"app.pool","message":"closed","user":"sre"}'
    reader = Reader(*many(3), line(300, text, container="sutaz-backend"), height=20)
    assert reader.screen[-1] == "14:07:11.300 E  pool     closed"
    reader.pager.toggle()
    fields = "\n".join(reader.screen)
    assert "user: sre" in fields
    assert "container: sutaz-backend" in fields
    assert "app.pool" in fields


def test_marks_show_as_a_sign_and_are_gone_through():
    reader = Reader(*many(40))
    pager = reader.pager
    pager.move(-3)
    assert pager.mark()
    assert reader.screen[reader.y][14] == "*"
    pager.move(-20)
    pager.mark()
    assert pager.next_mark(1)
    assert reader.here.endswith(message(36))
    assert not pager.next_mark(1)
    assert pager.next_mark(-1)
    assert reader.here.endswith(message(16))
    pager.mark()
    assert not pager.next_mark(-1)
    assert reader.screen[reader.y][14] == " "


def test_what_is_copied_and_saved_is_masked_while_the_screen_is_not():
    reader = Reader(line(0, "INFO login password=hunter22 ok"))
    assert "***" in reader.screen[0]
    reader.pager.unmasked = True
    assert "hunter22" in reader.screen[0]
    reader.pager.stop()
    assert "hunter22" not in reader.pager.copied()
    assert "hunter22" not in reader.pager.text()
    assert "***" in reader.pager.text()


def test_what_is_saved_holds_every_line_and_every_gap():
    reader = Reader(*many(3), *(line(1000, text) for text in TRACEBACK))
    reader.come(line(3000, "INFO after"), opened=[gap(2000, 2500, 7), gap(2600, 2700, None)])
    lines = reader.pager.text().splitlines()
    assert lines[0] == f"2026-11-23T14:07:11.000Z backend {different(0)}"
    assert sum(text.strip() in row for row in lines for text in TRACEBACK) == 4
    assert any("7 lines not received" in row for row in lines)
    assert any("not counted" in row for row in lines)


def test_several_services_are_told_apart():
    reader = Reader(line(0, different(0)), line(1, different(1), "kong"))
    reader.pager.shows_service = True
    assert "backend" in reader.screen[0]
    assert "kong" in reader.screen[1]


def test_a_line_of_an_open_group_shows_its_own_fields_and_the_group_stays_open():
    texts = [f'{{"level":"ERROR","message":"pool refused","request":"r-{n}"}}' for n in range(12)]
    reader = Reader(*many(7), *(line(2000 + n, text) for n, text in enumerate(texts)), height=24)
    reader.pager.toggle()
    reader.pager.move(4)
    assert "r-3" in reader.pager.copied()
    reader.pager.toggle()
    assert "request: r-3" in "\n".join(reader.screen) and "^ 12 times" in "\n".join(reader.screen)
    reader.pager.move(40)
    reader.pager.move(-100)
    assert "request: r-4" not in "\n".join(reader.screen)
    reader.pager.next_of(Level.ERROR, 1)
    reader.pager.move(4)
    reader.pager.toggle()
    assert "request: r-3" not in "\n".join(reader.screen), "Enter again hides them"
    assert "^ 12 times" in "\n".join(reader.screen)


def test_a_far_error_is_looked_for_in_steps():
    reader = Reader(line(0, "ERROR far"), *many(5000, 1))
    steps = reader.pager.seek(Level.ERROR, -1)
    assert next(steps, "done") is None, "others may work in between"
    assert reader.pager.is_following, "nothing moves before it is found"
    for _ in steps:
        pass
    assert "far" in reader.here


def test_a_log_of_alike_lines_is_never_one_row():
    reader = Reader(*(line(n, f"INFO tick {n}") for n in range(3200)))
    assert [row.split("tick ")[1] for row in reader.screen] == [str(n) for n in range(3190, 3200)]
    reader.come(line(9000, "INFO tick 3200"))
    assert reader.screen[-1].endswith("tick 3200")
    reader.pager.first()
    assert "^ 3,201 times: INFO tick 0" in reader.screen[0]
    reader.pager.toggle()
    assert "v 3,201 times: INFO tick 0" in reader.screen[0] and len(reader.screen) == 1, (
        "the reader may fold it again"
    )


def test_folds_among_other_lines_stay_folded():
    reader = Reader(*many(9), *(line(2000 + n, f"INFO tick {n}") for n in range(50)))
    assert "v 50 times: INFO tick 0" in reader.screen[-1]
