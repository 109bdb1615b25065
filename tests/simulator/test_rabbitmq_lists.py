"""The simulated management sorts, pages and refuses as a real one does."""

import json
from typing import Any

import pytest

from sutaz_tui.simulator.rabbitmq_lists import WrongPage, WrongSort, listed
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.waiting import Deadline

PARAMETERS = [
    {"page": "1", "page_size": "3", "sort": "messages", "sort_reverse": "true", "columns": "name,messages"},
    {"page": "2", "page_size": "3", "sort": "messages", "sort_reverse": "true", "columns": "name"},
    {"page": "1", "page_size": "3", "sort": "messages", "columns": "name,messages_details.rate,nothing"},
    {"page": "1", "page_size": "2", "name": "Q3", "columns": "name"},
    {"page": "1", "page_size": "501"},
    {"page": "1", "page_size": "0"},
    {"page": "9", "page_size": "3"},
    {"page": "0", "page_size": "3"},
    {"page": "a", "page_size": "3"},
    {"page_size": "2", "columns": "name"},
    {"sort": "name", "sort_reverse": "true", "columns": "name"},
    {"page": "1", "page_size": "3", "sort": "messages", "sort_reverse": "yes"},
]


@pytest.fixture
def queues(rabbitmq: RabbitMQ) -> str:
    """The path of a vhost with four queues, of which q3 is the fullest, and all have statistics."""
    path = f"/api/queues/{(vhost := rabbitmq.new_vhost())}"
    for number in range(4):
        assert rabbitmq.call(f"{path}/q{number}", "PUT", {}).status == 201
        for _ in range(number):
            body = {
                "properties": {},
                "routing_key": f"q{number}",
                "payload": "x",
                "payload_encoding": "string",
            }
            rabbitmq.call(f"/api/exchanges/{vhost}/amq.default/publish", "POST", body)
    deadline = Deadline(30)
    # Counted, and no longer seen to grow.
    while [
        (queue.get("messages"), queue.get("messages_details", {}).get("rate"))
        for queue in json.loads(rabbitmq.call(path).body)
    ] != [(number, 0.0) for number in range(4)]:
        assert not deadline.is_over(), "the management counts its messages"
    return path


def test_it_answers_as_a_real_one(rabbitmq: RabbitMQ, queues: str) -> None:
    found: list[dict[str, Any]] = [
        {"name": f"q{number}", "messages": number, "messages_details": {"rate": 0.0}} for number in range(4)
    ]
    for parameters in PARAMETERS:
        real = rabbitmq.call(f"{queues}?" + "&".join(f"{name}={value}" for name, value in parameters.items()))
        try:
            ours: tuple[int, Any] = 200, listed(found, parameters)
        except WrongPage as error:
            ours = 400, {"error": error.args[0], "reason": error.args[1]}
        except WrongSort:
            ours = 500, None
        assert ours == (real.status, json.loads(real.body) if real.body else None), parameters
