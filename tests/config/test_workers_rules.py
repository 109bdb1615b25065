"""Every rule of `workers`, with the line, the key and the words of its fault, and what is secret of it."""

from pathlib import Path

import pytest

from sutaz_tui.config.effects import effects
from sutaz_tui.config.load import trace
from sutaz_tui.config.same import checks_hash
from sutaz_tui.config.show import show_text
from tests.config.faults import HTTP, faults, read, write

ENV = {"KEY": "0123456789abcdef", "SHORT": "short-one", "PASSWORD": "p%40ss-17-long"}
WELL = {
    "broker": "'amqps://sutaz:${PASSWORD}@rabbit.lan'",
    "results": "redis://redis.lan:6380",
    "key": "${KEY}",
}


def workers(**keys: str) -> str:
    """A config with workers on line 5, whose keys begin on line 6."""
    entry = {**keys, **{key: value for key, value in WELL.items() if key not in keys}}
    lines = [f"  {key}: {value}\n" for key, value in entry.items() if value]
    return "".join([HTTP, "workers:\n", *lines])


FAULTS = {
    "no key": (workers(key=""), "5: workers.key: found no such key, expected it here"),
    "a key in the file": (workers(key="0123456789abcdef"), "6: workers.key: found a literal secret"),
    "a short key": (workers(key="${SHORT}"), "6: workers.key: found 9 characters, expected 16 or more"),
    "a password in the file": (workers(broker="'amqp://a:b@c'"), "6: workers.broker: found a literal secret"),
    "another protocol": (workers(broker="http://c"), '6: workers.broker: found "http://c", expected amqp://'),
    "no host": (workers(results="'redis://'"), '6: workers.results: found "redis://", expected redis://USER'),
    "a wrong port": (
        workers(results="'redis://c:99999'"),
        '6: workers.results: found "redis://c:99999", exp',
    ),
    "a vhost in the URL": (
        workers(broker="amqp://c/v"),
        "6: workers.broker: found something behind the port",
    ),
    "no vhost": (workers(vhost='""'), "6: workers.vhost: found nothing, expected the name of a vhost"),
    "a long deadline": (workers(deadline="2h"), "6: workers.deadline: found 7200 s, expected 5s to 1h"),
    "a place that is a word": (
        workers(vantages="[any.x]"),
        '6: workers.vantages[0]: found "any.x", expected another',
    ),
    "a place that is none": (
        workers(vantages="['a b']"),
        '6: workers.vantages[0]: found "a b", expected letters',
    ),
    "a place twice": (
        workers(vantages="[a, a]"),
        '6: workers.vantages[1]: found "a" twice, expected it once',
    ),
    "a file that is not there": (
        workers(tls="{ca_file: x.pem}"),
        '6: workers.tls.ca_file: found no file "x.pem"',
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_told(name: str, tmp_path: Path) -> None:
    text, words = FAULTS[name]
    (found,) = faults(tmp_path, text, ENV)
    assert found.startswith(words)
    assert not any(secret in found for secret in ENV.values())


def test_both_servers_are_asked_as_services_are(tmp_path: Path) -> None:
    config = read(tmp_path, workers(), ENV)
    assert config.workers is not None
    broker, results = config.workers.rabbitmq(), config.workers.redis()
    assert (broker.address, broker.user, broker.password) == ("rabbit.lan:5671", "sutaz", "p@ss-17-long")
    assert broker.tls is not None and broker.vhost == "sutaz"
    assert (results.address, results.user, results.tls) == ("redis.lan:6380", "", None)


def test_its_key_and_passwords_are_shown_nowhere_and_who_gets_them_is(tmp_path: Path) -> None:
    traced = trace(None, write(tmp_path, workers()), ENV)
    shown = show_text(traced) + repr(traced.config.workers) + "\n".join(effects(traced))
    assert not [value for value in ("0123456789abcdef", "p%40ss", "p@ss") if value in shown]
    assert "$PASSWORD to the broker of workers" in shown


def test_what_a_verdict_hangs_on_makes_another_config_and_a_login_does_not(tmp_path: Path) -> None:
    def hashed(text: str, **env: str) -> str:
        return checks_hash(read(tmp_path, text, {**ENV, **env}))

    ours = hashed(workers())
    assert hashed(workers(), PASSWORD="another-one", KEY="another-key-of-others") == ours
    assert hashed(workers(deadline="7s") + "pace: {idle: 90}\n") == ours
    for more in ("checks: {limits: {p95: 2}}\n", "env: test\n"):
        assert hashed(workers() + more) != ours
    assert hashed(workers().replace("8080", "8081")) != ours
    own = "checks: {own: [{id: x, title: x, kind: http, url: 'http://127.0.0.1:8080/', status: 200}]}\n"
    other = own.replace("200", "204")
    assert len({hashed(workers() + one) for one in ("", own, other)}) == 3
