"""The simulated services answer what the real ones answered: every recorded key is there with the same JSON type."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sutaz_tui.simulator.world import SECRETS
from tests.simulator.stack import Stack

RECORDED = Path(__file__).parent.parent / "recorded"
ENDPOINT = {
    "alertmanager": "alertmanager",
    "backend": "backend",
    "chromadb": "chromadb",
    "consul": "consul",
    "faiss-service": "faiss",
    "loki": "loki",
    "mcp-bridge": "mcp-bridge",
    "prometheus": "prometheus",
    "rabbitmq-management": "rabbitmq-management",
}
TRAITS = {
    "registers_superusers": True,
    "refresh_survives_logout": True,
    "faiss_unknown_is_500": True,
    "firing_alerts": ["InstanceDown"],
    "backend_reports_postgres": False,
    "bridge_knows_every_agent": False,
}
CUT = "…"
LABELLED = frozenset(
    {"labels", "metric", "stream", "annotations", "DebugConfig", "client_properties", "Meta"}
)
"""Objects whose keys are data (labels of a series, settings of a version), not a shape."""


def recordings() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for path in sorted(RECORDED.glob("*.json")):
        endpoint = ENDPOINT.get(path.stem) or path.stem.removeprefix("agent-")
        found += [(endpoint, answer) for answer in json.loads(path.read_text())["answers"]]
    return found


def name_of(recording: tuple[str, dict[str, Any]]) -> str:
    endpoint, answer = recording
    return f"{endpoint} {answer.get('name') or answer['request']} {answer.get('case', '')}".strip()


HTTP = [each for each in recordings() if "status" in each[1] and not each[1]["request"].startswith("WS")]
SESSION = [each for each in HTTP if each[0] == "backend" and "/auth/" in each[1]["request"]]
CHROMA = [each for each in HTTP if each[0] == "chromadb"]
FAISS = [each for each in HTTP if each[0] == "faiss"]
SINGLE = [each for each in HTTP if each[0] not in ("chromadb", "faiss") and each not in SESSION]


def ask(stack: Stack, endpoint: str, answer: dict[str, Any], **more: Any) -> httpx2.Response:
    method, _, path = answer["request"].partition(" ")
    if endpoint == "rabbitmq-management" and answer.get("case") != "no login":
        more["auth"] = (SECRETS["RABBITMQ_USER"], SECRETS["RABBITMQ_PASSWORD"])
    if endpoint == "loki" and answer.get("name") == "push":
        line = [str(time.time_ns()), "pushed"]
        more["json"] = {"streams": [{"stream": {"job": "docker", "stream": "stdout"}, "values": [line]}]}
    elif answer.get("params"):
        more["params"] = answer["params"]
        if "query_range" in path and answer["status"] == 200:
            # The recording's times are its own: ask for the last minutes instead.
            now = time.time_ns()
            more["params"] = {**answer["params"], "start": now - 120 * 10**9, "end": now}
    if "json" in answer:
        more.setdefault("json", answer["json"])
    if "data" in answer:
        more["data"] = answer["data"]
    return stack.client.request(method, stack.url(endpoint) + path, **more)


def differences(recorded: Any, ours: Any, place: str = "$") -> list[str]:
    """Where ours lacks a recorded key or has another JSON type; lists are compared by their elements' shapes."""
    if recorded is None or (isinstance(recorded, str) and CUT in (recorded[:1], recorded[-1:])):
        return []
    if kind(recorded) != kind(ours) and not (ours is None and recorded in (0, "")):
        return [f"{place}: recorded {kind(recorded)}, found {kind(ours)}"]
    if isinstance(recorded, dict):
        if place.rpartition(".")[2] in LABELLED:
            return []
        missing = [f"{place}.{key}: missing" for key in recorded if key not in ours]
        return missing + [
            difference
            for key, value in recorded.items()
            if key in ours
            for difference in differences(value, ours[key], f"{place}.{key}")
        ]
    if isinstance(recorded, list):
        wanted = [each for each in recorded if not (isinstance(each, str) and each.startswith(CUT))]
        if wanted and not ours:
            return [f"{place}: recorded {len(wanted)} elements, found none"]
        return differences(wanted[0], ours[0], f"{place}[0]") if wanted else []
    return []


def kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__


def hold(recorded: dict[str, Any], found: httpx2.Response) -> None:
    assert found.status_code == recorded["status"], found.text
    headers = recorded.get("headers") or {"content-type": recorded.get("content_type")}
    for name, value in headers.items():
        if name in ("content-type", "www-authenticate") and value and recorded["body"] != "":
            assert found.headers[name].lower() == value.lower()
        elif name not in ("location", "server") and value:
            assert name in found.headers
        elif name == "server":
            assert found.headers[name] == value
    body = recorded["body"]
    if isinstance(body, str) and not found.headers.get("content-type", "").startswith("application/json"):
        for line in metric_types(body):
            assert line in found.text
        return
    assert differences(body, found.json()) == []


def metric_types(body: str) -> list[str]:
    """The `# TYPE` lines of the families that are the service's own."""
    lines = [line for line in body.splitlines() if line.startswith("# TYPE")]
    return [line for line in lines if "uncollectable" not in line and not line.endswith(CUT)]


@pytest.fixture
def recorded_stack(stack: Stack) -> Stack:
    for name, value in TRAITS.items():
        stack.trait(name, value)
    return stack


@pytest.mark.parametrize("recording", SINGLE, ids=name_of)
def test_answer_has_the_recorded_shape(recorded_stack: Stack, recording: tuple[str, dict[str, Any]]) -> None:
    endpoint, answer = recording
    more: dict[str, Any] = {}
    if "vectors/search" in answer["request"] and answer.get("case") != "no token":
        more["headers"] = {"authorization": f"Bearer {login(recorded_stack)['access_token']}"}
    found = ask(recorded_stack, endpoint, answer, **more)
    if "openapi.json" in answer["request"]:
        assert set(answer["body"]["paths"]) <= set(found.json()["paths"])
    else:
        hold(answer, found)


def login(stack: Stack) -> dict[str, str]:
    form = {"username": SECRETS["SUTAZ_TUI_USER"], "password": SECRETS["SUTAZ_TUI_PASSWORD"]}
    answer = stack.post("backend", "/api/v1/auth/login", data=form)
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


def test_a_session_goes_as_recorded(recorded_stack: Stack) -> None:
    """Registration to the 429 of the sixth password reset, in the recorded order and with the tokens of this run."""
    name = f"rec{uuid.uuid4().hex[:8]}"
    tokens = {"access_token": "", "refresh_token": ""}
    asked = 0
    for endpoint, answer in SESSION:
        words = json.dumps(answer).replace("rec5295", name)
        renamed = json.loads(words)
        case = answer.get("case", "")
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        if case == "bad token":
            headers = {"authorization": "Bearer not.a.token"}
        if case == "no token" or "login" in answer["request"] or "register" in answer["request"]:
            headers = {}
        if "refresh_token" in renamed.get("json", {}):
            renamed["json"]["refresh_token"] = tokens["refresh_token"]
        found = ask(recorded_stack, endpoint, renamed, headers=headers)
        hold(renamed, found)
        if case == "right password":
            tokens = found.json()
        asked += 1
    assert asked == len(SESSION) > 15


@pytest.mark.parametrize("recordings_of", [CHROMA, FAISS], ids=["chromadb", "faiss"])
def test_a_collection_lives_as_recorded(recorded_stack: Stack, recordings_of: list[Any]) -> None:
    """The recorded requests in their order, the collection's own id in the paths."""
    identity = ""
    for endpoint, answer in recordings_of:
        renamed = dict(answer)
        path = answer["request"].split(" ")[1]
        old = path.split("/collections/")[-1].split("/")[0] if "/collections/" in path else ""
        if len(old) == 36:
            renamed["request"] = answer["request"].replace(old, identity)
        found = ask(recorded_stack, endpoint, renamed)
        hold(renamed, found)
        if isinstance(found.json(), dict) and "configuration_json" in found.json():
            identity = found.json()["id"]
    assert recordings_of
