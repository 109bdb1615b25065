"""The command that opens a log in lnav: a shell reads it as it was meant, and it holds no secret."""

import shlex
from dataclasses import replace
from pathlib import Path

from sutaz_tui.config import Config, Logs, Source
from sutaz_tui.config.kinds import Http
from sutaz_tui.sources.logs.in_loki import Found
from sutaz_tui.tui.screens.log.lnav import lnav_line
from tests.loopback import configured


def config(url: str = "unix:///var/run/docker.sock") -> Config:
    made = configured(
        Http(id="a", title="A", address="http://h"), sources={"d": Source(url=url)}, secrets={"PW": "hunter2"}
    )
    return replace(made, logs=Logs(docker="d"))


def found(kind: str, what: str) -> Found:
    return Found(kind, what, "")


def test_a_file_is_opened_by_lnav_itself() -> None:
    assert lnav_line(config(), ("a",), "", found("file", "/var/log/x.log")) == "lnav /var/log/x.log"
    hostile = "/var/log/x y;$(reboot)'.log"
    line = lnav_line(config(), ("a",), "", found("file", hostile))
    assert shlex.split(line) == ["lnav", hostile]
    assert shlex.split(lnav_line(config(), ("a",), "", found("file", "-x.log"))) == ["lnav", "./-x.log"]


def test_a_container_is_piped_into_it() -> None:
    line = lnav_line(config(), ("a",), "", found("docker", "shop-a"))
    assert line == "docker logs --follow --timestamps --tail 10000 shop-a 2>&1 | lnav"
    line = lnav_line(config("unix:///run/podman/podman.sock"), ("a",), "", found("docker", "shop-a"))
    assert line.startswith("DOCKER_HOST=unix:///run/podman/podman.sock docker logs ")


def test_all_else_is_piped_by_ourselves() -> None:
    ours = "sutaz-tui logs -f --limit 10000"
    assert lnav_line(config(), ("a",), "", found("loki", '{a="b"}')) == f"{ours} a | lnav"
    assert lnav_line(config(), ("a", "b"), "", found("file", "/x")) == f"{ours} a b | lnav"
    query = """{job="docker"} |= `it's`"""
    line = lnav_line(config(), (), query, None)
    assert shlex.split(line.removesuffix(" | lnav"))[-2:] == ["--query", query]
    named = replace(config(), path=Path("/etc/my stack.yaml"))
    assert lnav_line(named, ("a",), "", None) == f"{ours} -c '/etc/my stack.yaml' a | lnav"


def test_no_secret_stands_in_it() -> None:
    assert "hunter2" not in lnav_line(config(), (), '{a="b"} |= "hunter2"', None)
    assert "hunter2" not in lnav_line(config("http://u:hunter2@h:2375"), ("a",), "", found("docker", "x"))
