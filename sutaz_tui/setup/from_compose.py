"""The services of a compose file, read without Docker: what it cannot follow is refused in words."""

import ipaddress
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from msgspec import structs

from sutaz_tui.errors import SutazError
from sutaz_tui.setup.seen import Seen, as_written, id_of, plain_of
from sutaz_tui.text.sanitise import one_line

DOCKER_TIMEOUT = 30.0
LARGEST = 4 * 1024 * 1024

_VARIABLE = re.compile(r"\$(?:\$|(?P<bare>\w+)|\{(?P<name>\w+)(?:(?P<op>:?[-?+])(?P<rest>[^{}]*))?\})")
_PORT = re.compile(
    r"(?:(?P<host>\[[^\]]+\]|[^:\[\]]*[.A-Za-z_][^:\[\]]*):)?(?:(?P<outside>\d+)(?:-\d+)?:)?(?P<inside>\d+)(?:-\d+)?(?:/tcp)?"
)
_COMPLETED = "service_completed_successfully"
_RUNS_ONCE = re.compile(r"(?:^|[-_.])(?:init|migrate|migrations?|setup|certbot|createbuckets)(?:$|[-_.])")


class CannotFollow(SutazError):
    """A compose file that cannot be read here; the words say what to do."""


def seen(file: Path, environ: Mapping[str, str], *, by_docker: bool = False) -> list[Seen]:
    """The services that `docker compose up` would start of a file, those of COMPOSE_PROFILES too; raises CannotFollow.

    `by_docker`: the docker command may be run for a file that only it follows; what it includes may be fetched from
    elsewhere, so that it is for files that somebody named.
    """
    found = _read(file)
    if by_docker and _is_beyond(found) and (whole := _by_docker(file, environ)) is not None:
        found = whole
    entries = found["services"]
    if found.get("include"):
        raise CannotFollow(
            f"{file}: has include, which only Docker follows: docker compose config > whole.yaml reads it"
        )
    variables = {**_env_file(file.parent / ".env"), **environ}
    name = found.get("name") or environ.get("COMPOSE_PROJECT_NAME") or file.absolute().parent.name
    project = id_of(_text(name, variables))
    profiles = {one.strip() for one in _text(variables.get("COMPOSE_PROFILES", ""), variables).split(",")}
    services: list[Seen] = []
    for title, entry in entries.items():
        if not isinstance(entry, dict) or not _is_started(entry, profiles):
            continue
        if not as_written(str(title)):
            raise CannotFollow(
                f"{file}: a service's name holds what cannot be shown: {one_line(str(title), 60)}"
            )
        if entry.get("extends"):
            words = "has extends, which only Docker follows: docker compose config > whole.yaml reads it"
            raise CannotFollow(f"{file}: services.{title}: {words}")
        try:
            services.append(_service(str(title), project, entry, variables, [one.id for one in services]))
        except (TypeError, ValueError, AttributeError) as error:
            words = one_line(str(error), 100)
            raise CannotFollow(f"{file}: services.{title}: is written as no service is: {words}") from error
    awaited = {name for one in services for name, how in one.needs if how == _COMPLETED}
    return [structs.replace(one, ends=True) if one.service in awaited else one for one in services]


def _read(file: Path) -> dict[str, Any]:
    """A compose file as it is written, with its services as a mapping."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise CannotFollow(f"{file}: cannot be read: {os.strerror(error.errno or 0)}") from error
    if len(content) > LARGEST:
        raise CannotFollow(f"{file}: is larger than {LARGEST >> 20} MiB, which no compose file is")
    try:
        found = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CannotFollow(f"{file}: is no YAML: {str(error).splitlines()[0]}") from error
    if not isinstance(found, dict) or not isinstance(
        found.get("services", {} if _includes(found) else None), dict
    ):
        raise CannotFollow(f"{file}: has no services; is it a compose file?")
    return {**found, "services": found.get("services") or {}}


def _includes(found: Any) -> bool:
    return isinstance(found, dict) and bool(found.get("include"))


def _is_beyond(found: Mapping[str, Any]) -> bool:
    """Whether only Docker follows all of it."""
    entries = found["services"].values()
    return _includes(found) or any(isinstance(one, dict) and one.get("extends") for one in entries)


def _by_docker(file: Path, environ: Mapping[str, str]) -> dict[str, Any] | None:
    """A compose file as `docker compose config` reads it, which asks no daemon; None where Docker's compose is not installed."""
    docker = shutil.which("docker", path=environ.get("PATH"))
    if docker is None:
        return None
    command = [docker, "compose", "--file", str(file.absolute()), "config", "--format", "json"]
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours, and the file's path is absolute
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=DOCKER_TIMEOUT, env=dict(environ), check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotFollow(f"{file}: docker compose config does not end: {type(error).__name__}") from error
    if ended.returncode and re.search(rb"unknown (?:command|flag)|is not a docker command", ended.stderr):
        return None  # it is without its plugin compose
    if ended.returncode:
        said = one_line(ended.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2], 200)
        raise CannotFollow(f"{file}: docker compose config refuses it: {said}")
    try:
        found = yaml.safe_load(ended.stdout)  # JSON is YAML, and a release wrote the latter
    except (yaml.YAMLError, RecursionError, ValueError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("services"), dict):
        raise CannotFollow(f"{file}: docker compose config says nothing of services")
    return found


def _is_started(entry: Mapping[str, Any], profiles: set[str]) -> bool:
    own = entry.get("profiles") or []
    return not own or "*" in profiles or any(str(one) in profiles for one in own)


def _service(
    title: str, project: str, entry: Mapping[str, Any], variables: Mapping[str, str], taken: list[str]
) -> Seen:
    test = (entry.get("healthcheck") or {}).get("test") or ()
    disabled = _text((entry.get("healthcheck") or {}).get("disable") or "", variables).lower()
    is_off = disabled == "true" or list(test)[:1] == ["NONE"]
    words = [test] if isinstance(test, str) else [str(one) for one in list(test)[1:]]
    environment = entry.get("environment") or {}
    pairs = (
        [(str(name), str(value or "")) for name, value in environment.items()]
        if isinstance(environment, dict)
        else [(name, value) for name, _, value in (str(one).partition("=") for one in environment)]
    )
    restart = str(entry.get("restart") or "no")
    replicas = (entry.get("deploy") or {}).get("replicas") or entry.get("scale") or 1
    command = entry.get("command") or ()
    return Seen(
        id=id_of(title, taken),
        image=_text(entry.get("image") or "", variables),
        container=as_written(_text(entry.get("container_name") or f"{project}-{title}-1", variables)),
        project=project,
        service=title,
        replicas=int(_text(replicas, variables) or 1),
        published=dict(_published(entry.get("ports") or [], variables)),
        exposed=tuple(
            int(port[0])
            for one in entry.get("expose") or []
            if (port := re.match(r"\d+", _text(one, variables)))
        ),
        needs=tuple(_needs(entry.get("depends_on") or {})),
        test=() if is_off else tuple(_text(one, variables) for one in words),
        variables=tuple(name for name, _ in pairs),
        plain=plain_of((name, _text(value, variables)) for name, value in pairs),
        command=tuple(
            _text(one, variables) for one in (command.split() if isinstance(command, str) else command)
        ),
        log_driver=_text((entry.get("logging") or {}).get("driver") or "", variables),
        ends=restart == "no" and _RUNS_ONCE.search(title.lower()) is not None,
    )


def _needs(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, list):
        yield from ((str(name), "service_started") for name in found)
        return
    for name, entry in found.items():
        how = entry if isinstance(entry, dict) else {}
        yield str(name), str(how.get("condition") or "service_started")


def _published(ports: list[Any], variables: Mapping[str, str]) -> Iterator[tuple[int, tuple[str, int]]]:
    for port in ports:
        if isinstance(port, dict):
            written = f"{port.get('host_ip') or ''}:{port.get('published') or ''}:{port.get('target') or ''}"
            if str(port.get("protocol") or "tcp") != "tcp" or not port.get("published"):
                continue
        else:
            written = str(port)
        match = _PORT.fullmatch(_text(written, variables).lstrip(":"))
        if match is None or not match["outside"]:
            continue
        host = (match["host"] or "").strip("[]")
        yield int(match["inside"]), ("127.0.0.1" if _is_anywhere(host) else host, int(match["outside"]))


def _is_anywhere(host: str) -> bool:
    try:
        return not host or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _text(written: Any, variables: Mapping[str, str]) -> str:
    """A text with compose's variables put in; of one that is not set nothing is left."""

    def put(found: re.Match[str]) -> str:
        name = found["bare"] or found["name"]
        if name is None:
            return "$"
        value, operator, rest = variables.get(name), found["op"] or "", found["rest"] or ""
        is_missing = value is None or (operator.startswith(":") and not value)
        if operator.endswith("+"):
            return "" if is_missing else rest
        return rest if is_missing and operator.endswith("-") else value or ""

    return _VARIABLE.sub(put, str(written))


def _env_file(file: Path) -> dict[str, str]:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip().removeprefix("export "): value.strip().strip("\"'") for name, _, value in pairs}
