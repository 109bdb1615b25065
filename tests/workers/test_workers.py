"""Workers in several places over a real RabbitMQ and a real Redis, some of which are killed, stopped, or lied to."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pika
import pytest

from sutaz_tui.config import Config
from sutaz_tui.config.same import checks_hash
from sutaz_tui.config.workers import Workers
from sutaz_tui.model import Outcome
from sutaz_tui.output.checks import as_text
from sutaz_tui.sources.redis import RedisClient
from sutaz_tui.sources.workers.jobs import QUEUES, Answer, Forged, Job, Seal
from sutaz_tui.sources.workers.queues import Queues
from sutaz_tui.sources.workers.results import Results as Answers
from sutaz_tui.state.results import Results
from sutaz_tui.wiring.checks import load_checks
from sutaz_tui.wiring.clients import SharedClients
from sutaz_tui.wiring.places import Asking
from sutaz_tui.wiring.worker import of_workers
from tests.certificates import certificate
from tests.running import command, simulated
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.redis import Redis
from tests.servers.waiting import eventually, patient
from tests.workers.places import KEY, PASSWORD, Places, places, redis_user, troubled

JOBS = 254
FOR_EVER = 3600


@pytest.fixture(scope="module")
def every(shared_rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("places")
    with (
        Redis() as redis,
        simulated("healthy") as stack,
        places(shared_rabbitmq, redis, stack, folder) as made,
    ):
        yield made


async def test_of_three_workers_one_is_killed_and_one_hangs_while_the_broker_restarts_and_no_result_is_lost(
    every: Places, rabbitmq: RabbitMQ
) -> None:
    berlin, paris, oslo = (every.begin(name) for name in ("berlin", "paris", "oslo"))
    for place in (berlin, paris, oslo):
        await asyncio.to_thread(place.said, "takes")
    config = every.config()
    checks = of_workers(load_checks(config), config.env)[:JOBS]
    assert len(checks) == JOBS and config.workers is not None
    run, _ = await troubled(every, checks, berlin, paris)
    assert [one.check_id for one in run.results] == [one.id for one in checks]
    wrong = [one.message for one in run.results if one.outcome not in (Outcome.PASS, Outcome.SKIP)]
    assert not wrong and run.count(Outcome.PASS) > JOBS - 5
    assert {one.seen_from for one in run.results} == {"berlin", "paris", "oslo"}

    # The one that wakes up drops what is too old, and answers what is asked now.
    paris.process.send_signal(signal.SIGCONT)
    words = ("check", "api.root", "-c", str(every.path), "--on", "paris,oslo", "--within", str(patient(60)))
    again = await asyncio.to_thread(command, *words, "--format", "json", env=every.env)
    assert again.returncode == 0, again.stdout
    found = json.loads(again.stdout)["results"]
    assert [(one["id"], one["from"], one["outcome"]) for one in found] == [
        ("api.root@paris", "paris", "pass"),
        ("api.root@oslo", "oslo", "pass"),
    ]
    kept = Results(config)
    seen = kept.seen_from(datetime.now(UTC))
    assert [(one.place, one.outcome) for one in seen["api.root"]] == [
        ("oslo", Outcome.PASS),
        ("paris", Outcome.PASS),
    ]
    assert list(seen) == ["api.root"] and kept.ended() == [], "nothing of it was found here"

    # One is dead, one was never there: that costs seconds, and not all the time that there is.
    await _silent(config, config.workers, "berlin")
    asking = Asking(config, config.workers, ("oslo", "berlin", "rome"), lambda: None)
    done = await asking.run([one for one in checks if one.id == "api.root"], FOR_EVER)
    assert [one.found for one in done.results[1:]] == [
        f"{place} has no worker that gives a sign of life" for place in ("berlin", "rome")
    ]
    assert [one.outcome for one in done.results] == [Outcome.PASS, Outcome.ERROR, Outcome.ERROR]

    # One hangs: it is named, and does not pass.
    every.stack.fault("backend", "slow=2")
    asking = Asking(config, config.workers, ("paris", "oslo"), lambda: None)
    waiting = asyncio.create_task(asking.run([one for one in checks if one.id == "api.root"], patient(15)))
    await _taken(config, config.workers, asking._run, "api.root@paris")
    paris.process.send_signal(signal.SIGSTOP)
    every.stack.fault("backend", None)
    told = as_text(await waiting)
    assert "found      paris gave no answer: its worker took the check, and hangs or was ended" in told, told
    assert "1 of 2 places  passes from oslo, cannot tell from paris: api.root" in told
    assert "1 pass, 1 error" in told

    # One that is to end gives back what it cannot end in time, and who comes after it answers.
    every.stack.fault("backend", "hang")
    asking = Asking(config, config.workers, ("oslo",), lambda: None)
    waiting = asyncio.create_task(asking.run([one for one in checks if one.id == "api.root"], patient(60)))
    await _taken(config, config.workers, asking._run, "api.root@oslo")
    oslo.process.terminate()
    assert await asyncio.to_thread(oslo.ended) == 128 + signal.SIGTERM
    assert "answered" in oslo.lines[-2], oslo.lines
    every.stack.fault("backend", None)
    every.begin("oslo")
    done = await waiting
    assert [(one.outcome, one.seen_from) for one in done.results] == [(Outcome.PASS, "oslo")]


async def test_a_worker_refuses_what_is_forged_old_unknown_of_another_config_or_more_than_reading(
    every: Places, rabbitmq: RabbitMQ
) -> None:
    broker = f"amqps://sutaz:${{BROKER_PASSWORD}}@127.0.0.1:{rabbitmq.amqps_port}"
    tls = f"  tls: {{ca_file: '{rabbitmq.authority}'}}"
    path = every.written(every.path.with_name("bonn.yaml"), tls, broker=broker)
    bonn = every.begin("bonn", path)
    config = every.config(path)
    assert config.workers is not None
    shared = SharedClients(config)
    clients = await shared.get()
    seal = Seal(KEY)
    queues, results = Queues(config.workers, clients, seal), Answers(config.workers, clients, seal)
    await asyncio.to_thread(bonn.said, "takes")
    run, hashed, until = "a-run", checks_hash(config), time.time() + patient(60)
    await results.open(run, patient(60))

    jobs = {
        "s too late by its clock": Job(run, "api.root", "bonn", time.time() - 100, hashed),
        "its config has no such check": Job(run, "api.nothing", "bonn", until, hashed),
        "its config or version is another one": Job(run, "api.health", "bonn", until, "0" * 64),
        "workers only read": Job(run, "rabbitmq.queue.message", "bonn", until, hashed),
        "": Job(run, "infrastructure.redis.itself", "bonn", until, hashed),
    }
    writes = [one for one in load_checks(config, ["api"]) if one not in of_workers([one], config.env)]
    jobs["workers only read"] = Job(run, writes[0].id, "bonn", until, hashed)
    _publish(rabbitmq, b"junk", b'{"args": [[]]}', _message(Seal("another key of others").job(jobs[""])))
    await queues.send(jobs.values(), lambda _: None)
    answers: dict[str, Answer | Forged] = {}
    while len(answers) < len(jobs):
        answers |= await results.answers(run, [job.field for job in jobs.values()])
    for words, job in jobs.items():
        answer = answers[job.field]
        assert isinstance(answer, Answer) and answer.by == "bonn"
        assert words in answer.refused and bool(answer.result) is not bool(words), (words, answer)
    result = answers[jobs[""].field]
    assert isinstance(result, Answer) and result.result is not None and result.result.outcome is Outcome.PASS

    # The first answer stays, whoever brings another one.
    assert await results.put(jobs[""], Answer("a late one", refused="x"), patient(60)) == "twice"
    assert (await results.answers(run, [jobs[""].field]))[jobs[""].field] == result
    assert await results.twice(run) == 1

    # One for whichever worker comes first waits for one of its own config: bonn would refuse it.
    limits = msgspec.structs.replace(config.checks.limits, concurrency=config.checks.limits.concurrency + 1)
    other = replace(config, checks=msgspec.structs.replace(config.checks, limits=limits))
    root = [one for one in load_checks(other, ["api"]) if one.id == "api.root"]
    done = await Asking(other, config.workers, ("any",), lambda: None).run(root, FOR_EVER)
    nobody = "no place has a worker of this config and version that gives a sign of life"
    assert [one.found for one in done.results] == [nobody]

    # A job that comes again is not run again, and one of a run that is over not at all.
    await queues.send([jobs[""], Job("another-run", "api.root", "bonn", until, hashed)], lambda _: None)
    await results.close(run)
    await results.aclose()
    await shared.aclose()
    for words in (
        "refused 1 job that none of us sent (it is no job)",
        "refused 1 job that none of us sent (its signature is wrong: another key, or a stranger's)",
        "refused 1 job of another config",
        "refused 1 job of unknown checks",
        "refused 1 job of a class other than reads",
        "refused 1 job that came too late",
    ):
        await asyncio.to_thread(bonn.said, words)
    bonn.process.terminate()
    await asyncio.to_thread(bonn.ended)
    assert "bonn: 5 answered, refused: " in bonn.lines[-2], bonn.lines
    queued = rabbitmq.call("/api/queues/sutaz").json()
    assert not [one["name"] for one in queued if not one["name"].startswith("sutaz.checks.")]
    assert not [one["name"] for one in queued if one["name"].endswith((".DQ", ".XQ"))]


async def test_what_a_stranger_writes_among_the_results_makes_no_check_green(
    every: Places, rabbitmq: RabbitMQ
) -> None:
    config = every.config()
    assert config.workers is not None
    check = next(one for one in load_checks(config, ["api"]) if one.id == "api.root")
    asking = Asking(config, config.workers, ("rome", "nice", "metz"), lambda: None)
    clients = await (shared := SharedClients(config)).get()
    redis = Answers(config.workers, clients, Seal("the key of a stranger"))._redis
    good = Seal(KEY)
    run = asking._run
    # What a worker said of another place, in its place; what a stranger signs; and more than is read.
    moved = good.answer(Job(run, check.id, "oslo", 0, ""), Answer("oslo", refused="x"))
    forged = Seal("the key of a stranger").answer(Job(run, check.id, "nice", 0, ""), Answer("nice"))
    waiting = asyncio.create_task(asking.run([check], patient(60)))
    await _opened(redis, run)
    for place, text in (("metz", "x" * 600_000), ("rome", moved), ("nice", forged)):
        field = f"api.root@{place}"
        script = (
            "redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]); return redis.call('RPUSH', KEYS[2], ARGV[1])"
        )
        await redis.command("EVAL", script, 2, f"sutaz:{run}", f"sutaz:{run}:new", field, text)
    done = await waiting
    assert [one.outcome for one in done.results] == [Outcome.ERROR] * 3
    signature = "is not taken: its signature is wrong: another key, or a stranger's"
    assert [one.found for one in done.results] == [
        f"the answer of rome {signature}",
        f"the answer of nice {signature}",
        "the answer of metz is not taken: it is longer than 64 KiB",
    ]
    await redis.aclose()
    await shared.aclose()


async def test_a_redis_over_tls_that_forgets_all_in_the_middle_costs_no_result(
    every: Places, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    authority = tmp_path / "own.pem"
    certificate(authority)
    with Redis(None, authority, "--user", *redis_user()) as redis:
        results = f"rediss://sutaz:${{BROKER_PASSWORD}}@127.0.0.1:{redis.port}"
        tls = f"  tls: {{ca_file: '{authority}'}}"
        path = every.written(tmp_path / "nice.yaml", tls, results=results)
        nice = every.begin("nice", path)
        await asyncio.to_thread(nice.said, "takes")
        config = every.config(path)
        assert config.workers is not None
        came, moved = 0, asyncio.Event()

        def step() -> None:
            nonlocal came
            came += 1
            if came == 20:
                moved.set()

        checks = of_workers(load_checks(config), config.env)[:100]
        asking = Asking(config, config.workers, ("nice",), step)
        waiting = asyncio.create_task(asking.run(checks, FOR_EVER))
        await moved.wait()
        await asyncio.to_thread(redis.restart)
        run = await waiting
    assert [one.of for one in run.results] == [one.id for one in checks]
    wrong = [one.message for one in run.results if one.outcome not in (Outcome.PASS, Outcome.SKIP)]
    assert not wrong and run.count(Outcome.PASS) > 90
    # What it found before is counted as one result each, however often it ran.
    assert came == len(checks)


def test_where_the_broker_is_down_or_shut_it_is_said_and_the_local_run_is_offered(
    every: Places, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    for broker, words in (
        ("amqp://sutaz:${BROKER_PASSWORD}@127.0.0.1:1", ": :1 refused"),
        (f"amqp://sutaz:${{WORKER_KEY}}@127.0.0.1:{rabbitmq.amqp_port}", "the login of sutaz is refused"),
    ):
        path = every.written(tmp_path / "stack.yaml", broker=broker)
        told = command("check", "api.root", "--on", "any", "-c", str(path), env=every.env)
        assert told.returncode == 1 and not told.stdout
        assert "nothing was run: the broker of workers: " in told.stderr, told.stderr
        assert words in told.stderr and "The same checks run from here without --on" in told.stderr
        assert PASSWORD not in told.stderr and KEY not in told.stderr


async def _taken(config: Config, workers: Workers, run: str, field: str) -> None:
    """Come back once a worker has taken this job."""
    shared = SharedClients(config)
    results = Answers(workers, await shared.get(), Seal(KEY))
    async with asyncio.timeout(patient(30)):
        while not await results.takers(run, [field]):
            pass
    await results.aclose()
    await shared.aclose()


async def _silent(config: Config, workers: Workers, place: str) -> None:
    """Come back once a place gives no sign of life any more."""
    shared = SharedClients(config)
    results = Answers(workers, await shared.get(), Seal(KEY))
    async with asyncio.timeout(patient(30)):
        while await results.sign(place) is not None:
            pass
    await results.aclose()
    await shared.aclose()


async def _opened(redis: RedisClient, run: str) -> None:
    script = "return redis.call('HEXISTS', KEYS[1], 'open')"
    async with asyncio.timeout(patient(30)):
        while not await redis.command("EVAL", script, 1, f"sutaz:{run}"):
            pass


def _message(text: str) -> bytes:
    return json.dumps(
        {"queue_name": "x", "actor_name": "y", "args": [text], "kwargs": {}, "options": {}}
    ).encode()


def _publish(rabbitmq: RabbitMQ, *bodies: bytes) -> None:
    """Messages of somebody who may use the vhost and has no key, once bonn, which says too early that it takes, has its queue."""
    eventually(
        lambda: rabbitmq.call("/api/queues/sutaz/sutaz.checks.bonn").status == 200, "its queue is there"
    )
    login = pika.PlainCredentials("sutaz", PASSWORD)
    where = pika.ConnectionParameters("127.0.0.1", rabbitmq.amqp_port, "sutaz", login)
    with pika.BlockingConnection(where) as connection:
        for body in bodies:
            connection.channel().basic_publish("", QUEUES + "bonn", body)
