"""What is read out of answers."""

import pytest

from sutaz_tui.checks import reading
from sutaz_tui.checks.base import Wrong


@pytest.mark.parametrize("address", ["http://[", "http://x[y]:80/", "http://host:port/", "//host:99999999/"])
def test_an_address_that_no_parser_takes_is_a_wrong_answer_and_no_fault_of_ours(address: str) -> None:
    with pytest.raises(Wrong):
        reading.url(address, "an address")


def test_an_address_is_taken_apart() -> None:
    assert reading.url("http://backend:8000/x", "").port == 8000
    assert reading.url(None, "").netloc == ""
