"""A host of two families whose IPv6 is dead: every kind is seen over IPv4, and the row says so."""

import json
import subprocess
import sys

from tests.running import ROOT, environment
from tests.servers.waiting import patient

ALONE = ("unshare", "--user", "--map-root-user", "--net", "--mount")
PROGRAM = (*ALONE, sys.executable, "-m", "tests.programs.dead_ipv6", sys.executable, "-m", "sutaz_tui")


def test_a_dual_stack_host_whose_ipv6_is_dead_is_up_in_every_kind_and_says_so() -> None:
    done = subprocess.run(
        [*PROGRAM, "status", "--format", "json"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=patient(90), check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    found = {one["id"]: one for one in json.loads(done.stdout)["services"]}
    # A slow machine may make some of them degraded, never down.
    assert {one["status"] for one in found.values()} <= {"up", "degraded"}
    silent = {id for id, one in found.items() if "IPv6 of dual is dead, over IPv4" in one["summary"]}
    # Docker is asked by a socket file.
    assert set(found) - silent == {"docker"}
    assert all(found[id]["facts"]["ipv6"] == "dead" for id in silent)
