"""What is said on a host where nobody tells what runs, of who listens there and may know."""

from sutaz_tui.config import load
from sutaz_tui.setup import whose
from sutaz_tui.setup.whose import heard, with_heard


def test_who_may_know_of_others_is_named_with_what_asks_it() -> None:
    assert heard({22, 9090}) == [
        "port 9090 listens: is it prometheus? sutaz-tui init --from prometheus http://127.0.0.1:9090"
    ]
    assert [words[:10] for words in heard({8500, 9090})] == ["port 9090 ", "port 8500 "]
    assert heard({80, 10300}) == []


def test_the_built_in_config_says_it_besides_its_own_warnings() -> None:
    config = load(None, None, {})
    told = with_heard(config).warnings
    assert told == (*config.warnings, *heard())
    assert all(port in whose.CATALOGS for port in (8500, 9090))
