"""The probes of frontend, Ollama, Portainer, Grafana and cAdvisor."""

import pytest

from sutaz_tui.config.kinds import Cadvisor, Frontend, Grafana, Ollama, Portainer
from sutaz_tui.model import Status
from tests.probes.conftest import Ask
from tests.probes.healthy import HEALTHY
from tests.web import Reply, Web

TINY = {"name": "tinyllama:latest", "size": 637700138}


def ollama(web: Web, model: str = "") -> Ollama:
    return Ollama(id="ollama", title="Ollama", address=web.url, model=model)


@pytest.mark.parametrize("said", ["OK!", "not ok", ""])
async def test_only_the_word_ok_is_ok(ask: Ask, web: Web, said: str) -> None:
    web.other = Reply(body=said)
    for entry in (
        Frontend(id="f", title="Frontend", address=web.url),
        Cadvisor(id="c", title="cAdvisor", address=web.url),
    ):
        reading = (await ask(entry)).readings[0]
        assert reading.status is Status.DOWN
        assert reading.summary == f"says {said or 'nothing'} instead of ok"


@pytest.mark.parametrize("model", ["", "tinyllama", "tinyllama:latest"])
async def test_ollama_tells_its_models(ask: Ask, web: Web, model: str) -> None:
    web.routes = HEALTHY["ollama"].routes
    reading = (await ask(ollama(web, model))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "tinyllama:latest 637 MB")
    assert reading.facts == {"models": 1, "names": "tinyllama:latest", "bytes": 637700138}


async def test_ollama_names_two_and_counts_the_rest(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"models": [TINY, {"name": "b", "size": 5}, {"name": "c", "size": 6}]})
    reading = (await ask(ollama(web))).readings[0]
    assert reading.summary == "tinyllama:latest 637 MB, b 5 B and 1 more"
    web.other = Reply(body={"models": [TINY, {"name": "b", "size": 5}]})
    reading = (await ask(ollama(web))).readings[0]
    assert reading.summary == "tinyllama:latest 637 MB, b 5 B"


@pytest.mark.parametrize("models", [[TINY], []])
async def test_ollama_without_the_needed_model_degrades(ask: Ask, web: Web, models: list[object]) -> None:
    web.other = Reply(body={"models": models})
    reading = (await ask(ollama(web, "mistral"))).readings[0]
    assert (reading.status, reading.word) == (Status.DEGRADED, "model")
    assert reading.error is not None
    assert "ollama pull mistral" in reading.error


async def test_ollama_without_models_says_so(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"models": []})
    reading = (await ask(ollama(web))).readings[0]
    assert (reading.status, reading.summary, dict(reading.facts)) == (Status.UP, "no models", {"models": 0})


async def test_an_old_ollama_without_models_answers_null_and_is_up(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"models": None})
    reading = (await ask(ollama(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "no models")
    web.other = Reply(body={})
    assert (await ask(ollama(web))).readings[0].status is Status.DOWN


async def test_a_proxy_that_names_itself_and_lists_models_is_an_ollama(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"service": "litellm", "models": [TINY]})
    reading = (await ask(ollama(web))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "tinyllama:latest 637 MB")
    web.other = Reply(body={"service": "documind"})
    reading = (await ask(ollama(web))).readings[0]
    assert reading.summary == "answers as documind, without 'models'; are two ports swapped?"


async def test_models_of_a_negative_size_are_not_up(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"models": [TINY | {"size": -637700138}]})
    reading = (await ask(ollama(web))).readings[0]
    assert (reading.status, reading.summary) == (
        Status.DOWN,
        "'size' in the body is -637700138, which is impossible; is this the right port?",
    )


async def test_a_proxy_that_lists_models_without_their_sizes_is_up(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"models": [{"name": "a"}]})
    assert (await ask(ollama(web))).readings[0].summary == "a"


async def test_a_portainer_without_the_deprecated_page_is_up(ask: Ask, web: Web) -> None:
    web.routes = {"/api/system/status": Reply(body={"Version": "2.40.0"})}
    reading = (await ask(Portainer(id="p", title="Portainer", address=web.url))).readings[0]
    assert (reading.status, reading.summary) == (Status.UP, "2.40.0")


async def test_versions(ask: Ask, web: Web) -> None:
    web.routes = HEALTHY["portainer"].routes | HEALTHY["grafana"].routes
    portainer = (await ask(Portainer(id="p", title="Portainer", address=web.url))).readings[0]
    grafana = (await ask(Grafana(id="g", title="Grafana", address=web.url))).readings[0]
    assert (portainer.summary, portainer.facts) == ("2.21.5", {"version": "2.21.5"})
    assert (grafana.summary, grafana.facts) == ("12.2.1", {"version": "12.2.1", "database": "ok"})


@pytest.mark.parametrize("status", [200, 503])
async def test_grafana_without_its_database_degrades(ask: Ask, web: Web, status: int) -> None:
    web.other = Reply(status, {"database": "failing", "version": "12.2.1"})
    reading = (await ask(Grafana(id="g", title="Grafana", address=web.url))).readings[0]
    assert (reading.status, reading.word, reading.summary) == (
        Status.DEGRADED,
        "db",
        "12.2.1; its database is failing",
    )


async def test_grafana_that_hides_its_version(ask: Ask, web: Web) -> None:
    web.other = Reply(body={"database": "ok"})
    reading = (await ask(Grafana(id="g", title="Grafana", address=web.url))).readings[0]
    assert (reading.status, reading.summary, dict(reading.facts)) == (
        Status.UP,
        "database ok",
        {"database": "ok"},
    )


async def test_a_503_that_is_not_grafanas_is_down(ask: Ask, web: Web) -> None:
    web.other = Reply(503, "no healthy upstream")
    reading = (await ask(Grafana(id="g", title="Grafana", address=web.url))).readings[0]
    assert (reading.status, reading.word) == (Status.DOWN, "503")
