"""What an alert's expression compares, read from its text."""

import pytest

from sutaz_tui.views.comparing import Compared, compared


@pytest.mark.parametrize(
    ("expression", "measured", "sign", "limit"),
    [
        ("up == 0", "up", "==", "0"),
        (
            "100 * sum(rate(a[5m])) / sum(rate(b[5m])) > 5",
            "100 * sum(rate(a[5m])) / sum(rate(b[5m]))",
            ">",
            "5",
        ),
        ('sum(x{path=~"a>b"}) >= 1e3 and on (job) up == 1', 'sum(x{path=~"a>b"})', ">=", "1e3"),
        ("(a > 1 and b < 2) or c", "a", ">", "1"),
        ("(node_load1 > bool 3)", "node_load1", ">", "3"),
        ("a > on(job) group_left(x) limit_of_a", "a", ">", "limit_of_a"),
        ("(a) > (b)", "(a)", ">", "(b)"),
        ("absent(up{job='x'})", "absent(up{job='x'})", "", ""),
        ("vector(1)", "vector(1)", "", ""),
        ("count(up == 0) > 2", "count(up == 0)", ">", "2"),
        ("and > 1", "and > 1", "", ""),
        ("", "", "", ""),
        ("((((", "((((", "", ""),
    ],
)
def test_the_measured_side_is_told_from_its_threshold(
    expression: str, measured: str, sign: str, limit: str
) -> None:
    assert compared(expression) == Compared(measured, sign, limit)


def test_a_threshold_is_a_number_or_an_expression() -> None:
    assert compared("a > 1e3").number == 1000.0
    assert compared("a > b").number is None
    assert compared("a").number is None


def test_nesting_without_end_is_left_alone() -> None:
    deep = "(" * 2000 + "a > 1" + ")" * 2000
    assert compared(deep).measured
    assert compared("x" * 100_000).sign == ""
