"""Whatever a label, an image or a compose text holds, what is written is a config, and nothing in it runs a program."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sutaz_tui.config import kind_of, load
from sutaz_tui.config.recipes import recipes
from sutaz_tui.setup.entries import entries_of
from sutaz_tui.setup.from_docker import services
from sutaz_tui.setup.seen import Seen
from sutaz_tui.setup.writing import config_text

WORDS = st.text(max_size=30) | st.sampled_from(
    [
        "a: {kind: command, argv: [reboot]}",
        "x\n  y: {kind: command, argv: [id]}",
        "${HOME}",
        "file:/etc/passwd",
        "}",
        "# ",
        "\x1b[2J",
    ]
)
NAME = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,20}", fullmatch=True)


def test_no_recipe_runs_a_program() -> None:
    assert "command" not in {recipe.kind for recipe in recipes()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_config_of_hostile_containers_checks_and_runs_nothing(tmp_path: Path, data: st.DataObject) -> None:
    pages = [
        {
            "Name": f"/{data.draw(NAME)}{number}",
            "State": {"Status": "running"},
            "HostConfig": {"NetworkMode": "x"},
            "Config": {
                "Image": data.draw(WORDS | st.sampled_from(["postgres", "redis", "traefik", "grafana/grafana"])),
                "Cmd": [data.draw(WORDS)],
                "Env": [f"{data.draw(WORDS)}={data.draw(WORDS)}", f"POSTGRES_USER={data.draw(WORDS)}", "POSTGRES_PASSWORD=x"],
                "Labels": {
                    "com.docker.compose.project": data.draw(WORDS),
                    "com.docker.compose.service": data.draw(WORDS),
                    "com.docker.compose.depends_on": data.draw(WORDS),
                },
                "Healthcheck": {"Test": ["CMD-SHELL", data.draw(WORDS | st.just("curl localhost:80/a"))]},
            },
            "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}, "Networks": {data.draw(WORDS): {}}},
        }
        for number in range(2)
    ]  # fmt: skip
    seen = services("Docker", pages, "127.0.0.1")
    file = tmp_path / "made.yaml"
    file.write_text(config_text(entries_of(seen), "unix:///var/run/docker.sock", "made"))
    config = load(None, file, {})
    assert "command" not in {kind_of(service) for service in config.services}
    assert {service.id for service in config.services} == {"docker", *(one.id for one in seen)}


def test_a_container_that_is_called_docker_has_its_own_row(tmp_path: Path) -> None:
    seen = [
        Seen(id="docker", image="prom/prometheus", container="docker", published={9090: ("127.0.0.1", 9090)})
    ]
    file = tmp_path / "made.yaml"
    file.write_text(config_text(entries_of(seen), "unix:///var/run/docker.sock", "made"))
    config = load(None, file, {})
    assert [(one.id, kind_of(one), one.source) for one in config.services] == [
        ("docker-2", "docker", "docker-2"),
        ("docker", "prometheus", "docker"),
    ]
