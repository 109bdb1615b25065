"""What is written to the simulated stores and brokers is read back, and what cannot be read is refused."""

import base64
import uuid
from typing import Any

import pytest

from sutaz_tui.simulator.world import SECRETS
from tests.simulator.stack import Stack

BROKER = (SECRETS["RABBITMQ_USER"], SECRETS["RABBITMQ_PASSWORD"])
POINTS = [
    {"id": 1, "vector": [1.0, 0.0], "payload": {"kind": "a"}},
    {"id": 2, "vector": [0.0, 1.0], "payload": {}},
]


def test_qdrant_finds_the_nearest_point_and_forgets_a_deleted_one(stack: Stack) -> None:
    path = f"/collections/{uuid.uuid4().hex}"
    wanted = {"vectors": {"size": 2, "distance": "Cosine"}}
    assert stack.client.put(stack.url("qdrant") + path, json=wanted).json()["result"] is True
    assert (
        stack.client.put(f"{stack.url('qdrant')}{path}/points?wait=true", json={"points": POINTS}).status_code
        == 200
    )
    assert stack.get("qdrant", path).json()["result"]["points_count"] == 2
    found = stack.post("qdrant", f"{path}/points/search", json={"vector": [0.9, 0.1], "limit": 1}).json()[
        "result"
    ]
    assert [hit["id"] for hit in found] == [1]
    stack.trait("search_finds_nearest", False)
    wrong = stack.post("qdrant", f"{path}/points/search", json={"vector": [0.9, 0.1], "limit": 1}).json()[
        "result"
    ]
    assert [hit["id"] for hit in wrong] == [2]
    stack.post("qdrant", f"{path}/points/delete", json={"points": [1]})
    assert stack.post("qdrant", f"{path}/points/count", json={}).json()["result"] == {"count": 1}
    assert stack.get("qdrant", f"{path}/points/1").status_code == 404
    stack.client.delete(stack.url("qdrant") + path)
    assert stack.get("qdrant", path).status_code == 404


def test_qdrant_refuses_a_vector_of_another_dimension(stack: Stack) -> None:
    path = f"/collections/{uuid.uuid4().hex}"
    stack.client.put(stack.url("qdrant") + path, json={"vectors": {"size": 2, "distance": "Dot"}})
    body = {"points": [{"id": 1, "vector": [1.0, 2.0, 3.0]}]}
    assert stack.client.put(f"{stack.url('qdrant')}{path}/points", json=body).status_code == 400


def test_faiss_finds_what_was_added(stack: Stack) -> None:
    name = uuid.uuid4().hex
    stack.post("faiss", "/index/create", json={"collection": name, "dimension": 2})
    vectors = [{"id": "a", "vector": [1.0, 0.0]}, {"id": "b", "vector": [0.0, 1.0]}]
    assert stack.post("faiss", f"/vectors/add?collection={name}", json=vectors).status_code == 200
    found = stack.post("faiss", "/search", json={"collection": name, "vector": [0.1, 0.9], "k": 1})
    assert [hit["index"] for hit in found.json()["results"]] == [1]
    assert name in stack.get("faiss", "/health").json()["indices_loaded"]
    assert stack.post("faiss", "/search", json={"collection": "nope", "vector": [0, 0]}).status_code == 404


def test_consul_keeps_a_key_until_it_is_deleted(stack: Stack) -> None:
    url = f"{stack.url('consul')}/v1/kv/sutaztui-{uuid.uuid4().hex}"
    assert stack.client.get(url).status_code == 404
    assert stack.client.put(url, content=b"kept").json() is True
    assert base64.b64decode(stack.client.get(url).json()[0]["Value"]) == b"kept"
    assert stack.client.get(f"{url}?raw").content == b"kept"
    assert stack.client.put(f"{url}?cas=1", content=b"other").json() is False
    stack.client.delete(url)
    assert stack.client.get(url).status_code == 404


def test_a_message_published_by_the_management_api_waits_in_its_queue(stack: Stack) -> None:
    path = f"{stack.url('rabbitmq-management')}/api/queues/%2F/sutaztui-{uuid.uuid4().hex}"
    assert stack.client.put(path, json={"auto_delete": True}, auth=BROKER).status_code == 201
    name = path.rpartition("/")[2]
    sent = {"routing_key": name, "payload": "hello", "payload_encoding": "string", "properties": {}}
    publish = f"{stack.url('rabbitmq-management')}/api/exchanges/%2F/amq.default/publish"
    assert stack.client.post(publish, json=sent, auth=BROKER).json() == {"routed": True}
    assert stack.client.get(path, auth=BROKER).json()["messages_ready"] == 1
    wanted = {"count": 1, "ackmode": "ack_requeue_false", "encoding": "auto"}
    assert stack.client.post(f"{path}/get", json=wanted, auth=BROKER).json()[0]["payload"] == "hello"
    assert stack.client.get(path, auth=BROKER).json()["messages_ready"] == 0
    assert stack.client.delete(path, auth=BROKER).status_code == 204
    assert stack.client.get(path, auth=BROKER).status_code == 404


def test_the_broker_refuses_a_wrong_login(stack: Stack) -> None:
    assert stack.get("rabbitmq-management", "/api/overview", auth=("sutazai", "wrong")).status_code == 401


def test_an_alarm_is_a_503(stack: Stack) -> None:
    stack.trait("rabbitmq_alarm", True)
    found = stack.get("rabbitmq-management", "/api/health/checks/alarms", auth=BROKER)
    assert (found.status_code, found.json()["status"]) == (503, "failed")


def test_letta_remembers(stack: Stack) -> None:
    nonce = uuid.uuid4().hex
    stack.post("letta", "/memory/store", json={"user_id": nonce, "content": nonce})
    found = stack.post("letta", "/memory/recall", json={"user_id": nonce, "query": nonce})
    assert found.json()["memories"] == [nonce]


def test_a_chat_session_is_remembered(stack: Stack) -> None:
    first = stack.post("backend", "/api/v1/chat/send", json={"message": "one"}).json()
    second = stack.post(
        "backend", "/api/v1/chat/send", json={"message": "two", "session_id": first["session_id"]}
    ).json()
    assert "turn 1" in first["response"] and "turn 2" in second["response"]


@pytest.mark.parametrize(
    ("endpoint", "path", "status"),
    [
        ("backend", "/api/v1/auth/register", 422),
        ("backend", "/api/v1/chat/send", 422),
        ("letta", "/generate", 422),
        ("mcp-bridge", "/tasks/submit", 422),
        ("chromadb", "/api/v2/tenants/default_tenant/databases/default_database/collections", 400),
        ("loki", "/loki/api/v1/push", 400),
        ("alertmanager", "/api/v2/silences", 400),
        ("ollama", "/api/generate", 400),
    ],
)
@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"\xff\xfe", b'"x"', b""], ids=["cut", "list", "bytes", "word", "empty"]
)
def test_a_body_that_cannot_be_read_is_refused(
    stack: Stack, endpoint: str, path: str, status: int, body: bytes
) -> None:
    allowed: set[Any] = {status}
    if endpoint == "ollama" and body == b"":
        allowed.add(404)
    found = stack.client.post(
        stack.url(endpoint) + path, content=body, headers={"content-type": "application/json"}
    )
    assert found.status_code in allowed, found.text


def test_noise_does_not_end_it(stack: Stack) -> None:
    for noise in ("/%ff%fe", "/" + "a" * 5000, "/../../etc/passwd", "/api/v1/query?query=%7B%7B"):
        for endpoint in ("backend", "prometheus", "loki", "consul"):
            assert stack.get(endpoint, noise).status_code in (400, 404)
    assert stack.process.poll() is None
