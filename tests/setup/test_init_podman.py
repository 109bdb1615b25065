"""`init`, `discover` and the board's rows on a real Podman: its pages are read as Docker's are."""

import asyncio
import json
from pathlib import Path

import yaml

from tests.servers.podman import Podman
from tests.setup.test_init_end_to_end import run


async def test_what_a_real_podman_runs_is_a_config_of_true_rows(podman: Podman, tmp_path: Path) -> None:
    def labels(service: str, needs: str = "") -> list[str]:
        prefix = "--label=com.docker.compose."
        return [f"{prefix}project=shop", f"{prefix}service={service}", f"{prefix}depends_on={needs}"]

    start = podman.run_container
    check = ["--health-cmd=true", "--health-interval=disable", "--env=SECRET_WORD=do-not-write-me"]
    await asyncio.to_thread(start, "shop-web-1", "sleep 1000", *labels("web", "db:service_healthy:true"))
    await asyncio.to_thread(start, "shop-db-1", "sleep 1000", *labels("db"), *check)
    for number in (1, 2):
        await asyncio.to_thread(start, f"shop-worker-{number}", "sleep 1000", *labels("worker"))
    await asyncio.to_thread(start, "shop-migrate-1", "exit 0", *labels("migrate"))
    await asyncio.to_thread(podman.podman, "wait", "shop-migrate-1")
    made = tmp_path / "made.yaml"
    url = f"unix://{podman.socket_path}"
    ended = await asyncio.to_thread(run, tmp_path, "init", "--docker", url, "-o", str(made))
    assert ended.returncode == 0, ended.stderr
    text = made.read_text()
    services = yaml.safe_load(text)["services"]
    assert {"docker", "web", "db", "worker", "migrate"} == set(services)
    assert services["web"]["depends_on"] == ["db"] and services["migrate"]["ends"] is True
    assert "do-not-write-me" not in text
    checked = await asyncio.to_thread(run, tmp_path, "config", "check", "-c", str(made))
    assert "no fault" in checked.stdout, checked.stderr
    shown = await asyncio.to_thread(run, tmp_path, "status", "-c", str(made), "--format", "json")
    rows = {one["id"]: one for one in json.loads(shown.stdout)["services"]}
    assert {id: one["status"] for id, one in rows.items()} == dict.fromkeys(services, "up")
    assert rows["worker"]["summary"].startswith("2 of 2") and rows["db"]["word"] == "starting"
    same = await asyncio.to_thread(run, tmp_path, "discover", "-c", str(made))
    assert same.returncode == 0, same.stdout + same.stderr
    await asyncio.to_thread(start, "shop-new-1", "sleep 1000", *labels("new"))
    more = await asyncio.to_thread(run, tmp_path, "discover", "-c", str(made))
    assert more.returncode == 1 and "service: new" in more.stdout, more.stdout
