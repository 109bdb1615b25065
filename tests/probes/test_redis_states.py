"""A Redis that answers and does not do its work, or tells less than usual: named in words, never down."""

import asyncio
from pathlib import Path

import pytest
from redis import ResponseError
from redis.asyncio import Redis as Client

from sutaz_tui.config import Config
from sutaz_tui.config.kinds import Redis
from sutaz_tui.config.schema import Tls
from sutaz_tui.model import Status
from tests.certificates import certificate
from tests.loopback import configured, probing, reading, until
from tests.probes.test_redis import of, service
from tests.redis_answers import answering, redis_told
from tests.servers.redis import Redis as Server
from tests.servers.redis import Sentinel
from tests.servers.waiting import patient


async def test_a_full_redis_that_may_remove_nothing_is_degraded() -> None:
    with Server(None, None, "--maxmemory", "300kb", "--maxmemory-policy", "noeviction") as server:
        async with probing(of(server)) as probe:
            found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "mem")
    assert found.summary.startswith("memory full, noeviction: writes are refused; 7.")
    assert (found.error or "").endswith("raise maxmemory, delete keys, or set another maxmemory-policy")


async def test_a_full_redis_of_volatile_keys_is_degraded_where_no_key_expires(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        await client.set("lasting", "1")
        await client.config_set("maxmemory-policy", "volatile-lru")
        await client.config_set("maxmemory", "100kb")
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "mem")
    assert "volatile-lru with no key that expires" in found.summary


FULL = b"redis_version:7.4.0\r\nrole:master\r\nused_memory:100\r\nmaxmemory:100\r\nmaxmemory_policy:volatile-lru\r\n"


@pytest.mark.parametrize(
    ("keys", "status"),
    [
        (b"db0:keys=5,expires=2,avg_ttl=9\r\n", Status.UP),
        (b"db0:keys=5,expires=0,avg_ttl=0\r\ndb1:keys=1,expires=1,avg_ttl=9\r\n", Status.UP),
        (b"db0:keys=5,expires=0,avg_ttl=0\r\n", Status.DEGRADED),
        (b"", Status.DEGRADED),
    ],
)
async def test_a_full_redis_of_volatile_keys_is_up_where_a_key_expires(keys: bytes, status: Status) -> None:
    async with redis_told(FULL + keys) as port, probing(of_port(port.address)) as probe:
        assert (await reading(probe)).status is status


async def test_a_full_cache_is_up(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        await client.config_set("maxmemory-policy", "allkeys-lru")
        await client.config_set("maxmemory", "100kb")
        found = await reading(probe)
    assert found.status is Status.UP


async def test_a_cluster_without_its_slots_is_degraded_and_up_when_it_has_them() -> None:
    with Server(None, None, "--cluster-enabled", "yes") as server:
        async with Client(port=server.port) as client, probing(of(server)) as probe:
            found = await reading(probe)
            assert (found.status, found.word) == (Status.DEGRADED, "cluster")
            assert "its cluster is down: 0 of 16384 slots assigned" in found.summary
            await client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)

            async def is_whole() -> bool:
                return "ok" in str((await client.execute_command("CLUSTER INFO"))["cluster_state"])

            await until(is_whole)
            found = await reading(probe)
    assert found.status is Status.UP
    assert "cluster master" in found.summary
    assert found.facts["cluster"] == "ok"


async def test_a_redis_that_cannot_save_is_degraded_though_ping_answers_misconf(tmp_path: Path) -> None:
    async with asyncio.timeout(patient(60)):
        with Server(None, None, "--save", "1 1", "--enable-protected-configs", "yes") as server:
            async with Client(port=server.port) as client, probing(of(server)) as probe:
                # A folder that is not there is no place for a file, not even root's.
                folder = tmp_path / "gone"
                folder.mkdir(mode=0o777)
                await client.config_set("dir", str(folder))
                folder.rmdir()
                await client.set("a", "b")
                await client.bgsave()

                async def has_failed() -> bool:
                    return (await client.info("persistence"))["rdb_last_bgsave_status"] == "err"

                await until(has_failed)
                found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "disk")
    assert found.summary.startswith("cannot save to disk and refuses writes; 7.")


async def test_a_replica_that_serves_nothing_stale_is_degraded_with_its_facts() -> None:
    with Server(None, None, "--replica-serve-stale-data", "no") as server:
        async with Client(port=server.port) as client, probing(of(server)) as probe:
            await client.execute_command("REPLICAOF", "127.0.0.1", "1")
            found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "link")
    assert "does not answer until it is back" in found.summary
    assert found.facts["role"] == "replica"


async def test_a_redis_that_a_script_blocks_is_degraded_with_what_ends_it(redis: Server) -> None:
    async with (
        Client(port=redis.port) as client,
        Client(port=redis.port) as other,
        probing(of(redis)) as probe,
    ):
        await client.config_set("busy-reply-threshold", 1)
        running = asyncio.create_task(client.eval("while true do end", 0))

        async def is_blocked() -> bool:
            return (await reading(probe)).status is not Status.UP

        await until(is_blocked)
        found = await reading(probe)
        await other.script_kill()
        with pytest.raises(ResponseError):
            await running
        assert (await reading(probe)).status is Status.UP
    assert (found.status, found.word) == (Status.DEGRADED, "busy")
    assert (found.error or "").endswith("SCRIPT KILL ends one that has written nothing")


async def test_a_redis_that_loads_its_data_is_degraded_with_its_facts() -> None:
    slow = ("--enable-debug-command", "yes", "--key-load-delay", "20000")
    with Server(None, None, *slow, "--loading-process-events-interval-bytes", "1024") as server:
        async with Client(port=server.port) as client, probing(of(server)) as probe:
            for number in range(200):
                await client.set(f"key-{number}", "x" * 100)
            loading = asyncio.create_task(client.execute_command("DEBUG RELOAD"))

            seen = []

            async def has_begun() -> bool:
                seen.append(await reading(probe))
                return seen[-1].status is not Status.UP

            await until(has_begun)
            await loading
            assert (await reading(probe)).status is Status.UP
    found = seen[-1]
    assert (found.status, found.word) == (Status.DEGRADED, "loading")
    assert found.summary.startswith("is loading its data into memory; 7.")


async def test_a_master_without_the_replicas_that_it_needs_is_degraded(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        await client.config_set("min-replicas-to-write", 1)
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "replicas")


async def test_a_user_that_may_only_ping_is_up_and_the_grant_is_named(redis: Server) -> None:
    async with Client(port=redis.port) as client:
        await client.execute_command("ACL", "SETUSER", "mon", "on", ">watch this", "+ping")
        async with probing(of(redis, "watch this", user="mon")) as probe:
            found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary == "PING answers; mon may not run INFO: ACL SETUSER mon +info"
    assert found.latency is not None


async def test_a_user_that_may_only_ask_info_is_up(redis: Server) -> None:
    async with Client(port=redis.port) as client:
        await client.execute_command("ACL", "SETUSER", "mon", "on", ">watch this", "+info")
        async with probing(of(redis, "watch this", user="mon")) as probe:
            found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.endswith("; mon may not run PING: ACL SETUSER mon +ping")
    assert found.facts["role"] == "master"


async def test_a_renamed_info_is_up() -> None:
    with Server(None, None, "--rename-command", "INFO", "hidden") as server:
        async with probing(of(server)) as probe:
            found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.startswith("PING answers; INFO is not answered: ERR unknown command")


async def test_a_password_where_none_is_set_is_told(redis: Server) -> None:
    async with probing(of(redis, "needless")) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "open")
    assert "has no password set: it requires none" in found.summary
    assert (found.error or "").endswith("set one there, or take password out of the config")


async def test_a_password_that_is_set_while_it_runs_is_told_at_once(redis: Server) -> None:
    async with Client(port=redis.port) as client, probing(of(redis)) as probe:
        assert (await reading(probe)).status is Status.UP
        await client.config_set("requirepass", "sesame 17")
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "password")
    assert found.summary == "now requires a password; before it required none"
    assert "REDIS_PASSWORD" in (found.error or "")


async def test_tls_to_a_plain_port_asks_whether_it_speaks_tls(redis: Server) -> None:
    entry = Redis(
        id="redis", title="Redis", address=f"127.0.0.1:{redis.port}", tls=Tls(verify="insecure"), timeout=0.5
    )
    async with probing(configured(entry)) as probe:
        found = await reading(probe)
    assert found.status is Status.DOWN
    assert found.summary == "no TLS was agreed within 0.5 s; does this port speak TLS?"


async def test_a_certificate_of_ours_that_is_wanted_is_named(tmp_path: Path) -> None:
    own = certificate(tmp_path / "redis.pem")
    with Server(None, own, mutual=True) as server:
        address = f"127.0.0.1:{server.port}"
        entry = Redis(id="redis", title="Redis", address=address, tls=Tls(ca_file=str(own)))
        async with probing(configured(entry)) as probe:
            found = await reading(probe)
        full = Tls(ca_file=str(own), cert_file=str(own), key_file=str(own))
        async with probing(configured(Redis(id="r", title="R", address=address, tls=full))) as probe:
            well = await reading(probe)
    assert found.status is Status.DOWN
    assert "wants a client certificate; set cert_file and key_file" in found.summary
    assert well.status is Status.UP


async def test_a_certificate_of_ours_that_is_not_accepted_is_named(tmp_path: Path) -> None:
    own, other = certificate(tmp_path / "redis.pem"), certificate(tmp_path / "other.pem")
    with Server(None, own, mutual=True) as server:
        tls = Tls(ca_file=str(own), cert_file=str(other), key_file=str(other))
        entry = Redis(id="redis", title="Redis", address=f"127.0.0.1:{server.port}", tls=tls)
        async with probing(configured(entry)) as probe:
            found = await reading(probe)
    assert found.status is Status.DOWN
    assert found.summary.endswith(
        "does not accept our client certificate: its authority is not trusted there"
    )


async def test_a_replica_that_still_copies_its_master_is_degraded_and_says_so() -> None:
    info = (
        b"redis_version:7.0.0\r\nrole:slave\r\nmaster_host:m\r\nmaster_port:1\r\nmaster_link_status:down\r\n"
    )
    async with (
        redis_told(info + b"master_sync_in_progress:1\r\n") as port,
        probing(of_port(port.address)) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "sync")
    assert found.summary.startswith("a replica that still copies its master m:1; ")


async def test_a_sentinel_says_that_it_is_one_and_what_it_watches(redis: Server) -> None:
    with Sentinel(redis.port) as sentinel:
        async with probing(configured(service(f"127.0.0.1:{sentinel.port}"))) as probe:
            found = await reading(probe)
            assert found.status is Status.UP
            assert "this is a Sentinel 7." in found.summary
            assert f"shop ok at 127.0.0.1:{redis.port}" in found.summary
            await asyncio.to_thread(redis.kill)

            async def is_seen() -> bool:
                return (await reading(probe)).word == "master"

            await until(is_seen)


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (
            b"# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n",
            "Valkey 8.0.1",
        ),
        (b"# Server\r\nredis_version:7.4.0\r\ndragonfly_version:df-v1.27.1\r\n", "Dragonfly df-v1.27.1"),
        (b"# Server\r\nredis_version:6.3.4\r\n# KeyDB\r\nmvcc_depth:0\r\n", "KeyDB 6.3.4"),
        (b"# Server\r\nversion:999.999.999\r\nkvrocks_version:2.9.0\r\n", "Kvrocks 2.9.0"),
    ],
)
async def test_a_cousin_is_up_and_named(info: bytes, said: str) -> None:
    async with redis_told(info + b"role:master\r\n") as port, probing(of_port(port.address)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary == f"{said} master"


async def test_an_info_without_version_or_figures_is_up() -> None:
    async with (
        redis_told(b"# Replication\r\nrole:master\r\n") as port,
        probing(of_port(port.address)) as probe,
    ):
        found = await reading(probe)
    assert (found.status, found.summary) == (Status.UP, "master")


async def test_a_proxy_without_info_is_up() -> None:
    refusal = b"-ERR unsupported command 'INFO'\r\n"
    async with answering(INFO=refusal) as port, probing(of_port(port.address)) as probe:
        found = await reading(probe)
    assert found.status is Status.UP
    assert found.summary.startswith("PING answers; INFO is not answered")


async def test_an_info_of_megabytes_is_up() -> None:
    info = b"redis_version:7.0.0\r\n" + b"".join(b"db%d:keys=1,expires=0\r\n" % n for n in range(60_000))
    async with redis_told(info) as port, probing(of_port(port.address)) as probe:
        found, again = await reading(probe), await reading(probe)
    assert found.status is again.status is Status.UP
    assert found.summary == "PING answers; its INFO is longer than 1 MiB"


@pytest.mark.parametrize("figure", [b"-637700138", b"nan", b"-inf", b"18446744073709551000", b"none"])
async def test_a_figure_that_cannot_be_is_not_up(figure: bytes) -> None:
    info = b"redis_version:7.0.0\r\nused_memory:" + figure + b"\r\n"
    async with redis_told(info) as port, probing(of_port(port.address)) as probe:
        found = await reading(probe)
    assert (found.status, found.word) == (Status.DEGRADED, "figures")
    assert f"reports impossible values: used_memory {figure.decode()}" in found.summary
    assert "memory" not in found.facts


def of_port(address: str) -> Config:
    return configured(service(address))
