"""Any Ollama."""

from typing import cast

from sutaz_tui.checks import reading
from sutaz_tui.checks.ask import Ask
from sutaz_tui.checks.base import Wrong, patch
from sutaz_tui.checks.by_kind.base import Kind
from sutaz_tui.config.kinds import Ollama
from sutaz_tui.model import CheckClass
from sutaz_tui.text.units import first_of

KIND = Kind("ollama")
TAGS, GENERATE = "/api/tags", "/api/generate"
PROMPT = "Say hello."
WORDS = 16


async def _models(ask: Ask, id: str) -> list[str]:
    """The models that it has, the one that the config wants first."""
    found = reading.objects((await ask.body(id, TAGS)).get("models") or [], "models")
    names = [reading.text(model.get("name"), "a name of each model") for model in found]
    ask.expect(bool(names), "a model", "none: nothing can be answered; pull one")
    wanted = cast(Ollama, ask.service(id)).model
    matching = [name for name in names if name in (wanted, f"{wanted}:latest")]
    ask.expect(bool(matching) or not wanted, f"model {wanted}", f"only {first_of(names, 4)}")
    return [*matching, *(name for name in names if name not in matching)]


@KIND.check(
    "models",
    "it has models, and the one that the config names",
    patch("ollama", TAGS, set={"models": []}),
    patch("ollama", TAGS, set={"models": [{"name": ""}]}),
    is_identity=True,
)
async def models(ask: Ask, id: str) -> str:
    found = await _models(ask, id)
    return f"{len(found)}: {first_of(found, 4)}"


@KIND.check(
    "generates",
    "a model answers a prompt",
    patch("ollama", GENERATE, status=500, body={"error": "llama runner process has terminated"}),
    patch("ollama", GENERATE, set={"response": ""}),
    patch("ollama", GENERATE, set={"done": False}),
    check_class=CheckClass.HEAVY,
    sends=f"one prompt of its first model, {WORDS} tokens at most, which loads it",
    timeout=90.0,
)
async def generates(ask: Ask, id: str) -> str:
    model = (await _models(ask, id))[0]
    sent = {"model": model, "prompt": PROMPT, "stream": False, "options": {"num_predict": WORDS}}
    answer = await ask.post(id, GENERATE, json=sent)
    body = ask.as_object(answer)
    if body.get("done") is not True:
        raise Wrong("an answer that is done", f"done {body.get('done')}")
    # A model that thinks first may get no further.
    reading.spoken(body.get("response") or body.get("thinking"))
    return f"{model} in {answer.latency:.1f} s"
