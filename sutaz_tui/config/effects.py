"""What a config would do, in words, for whoever is to trust it: what it runs, what it sends where, whom it asks.

Texts stand as they do in the file: what a variable holds is not shown. No line is left out, so that none can hide.
"""

import os
import re
import shlex
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sutaz_tui.config.brought import brought_files, brought_variables
from sutaz_tui.config.config import Config, kind_of
from sutaz_tui.config.kinds import Command
from sutaz_tui.config.notifiers import ToAlertmanager, ToApprise, ToCommand, ToWebhook
from sutaz_tui.config.outside import looks_secret
from sutaz_tui.config.own_checks import CommandCheck, StepsCheck
from sutaz_tui.config.serving import Serving
from sutaz_tui.config.words import Path
from sutaz_tui.config.workers import BROKER, RESULTS
from sutaz_tui.text.sanitise import MASKED, mask_url, sanitise, truncate
from sutaz_tui.text.units import first_of, plural

if TYPE_CHECKING:
    from sutaz_tui.config.traced import Traced

LONGEST = 2000
MOST_HOSTS = 20
_NETLOC = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#]*@)?([^/?#]*)", re.IGNORECASE)
# Keys of a service whose values stay here.
_NOT_SENT = frozenset(
    [
        "id",
        "title",
        "group",
        "interval",
        "timeout",
        "warn",
        "optional",
        "runbook",
        "owner",
        "disabled",
        "down_after",
        "quiet",
        "container",
        "docker",
    ]
)


def effects(traced: "Traced") -> list[str]:
    """Lines of what it is and would do."""
    rows = [("file", _file_words(traced))]
    rows += [("file", f"{one.path} (included)") for one in traced.included]
    rows += [("runs", words) for words in _runs(traced)]
    rows += [("sets", words) for words in _sets(traced)]
    rows += [("sends", words) for words in _sends(traced)]
    if traced.config.checks.allow:
        rows.append(("allows", f"checks that write or load: {', '.join(traced.config.checks.allow)}"))
    rows.append(("asks", _hosts(traced.config)))
    if (serve := traced.config.serve) != Serving():
        rows.append(("serves", f"at {serve.listen}, by the command serve"))
    # A line break stays to be seen: in a script it ends a command.
    shown = (traced.config.secrets.mask(sanitise(words)) for _, words in rows)
    return [f"  {verb:<6} {truncate(words, LONGEST)}" for (verb, _), words in zip(rows, shown, strict=True)]


def _file_words(traced: "Traced") -> str:
    assert traced.found.path is not None
    path = traced.found.path.resolve()
    try:
        status = path.stat()
    except OSError:
        return str(path)
    return f"{path}, owner {_user(status.st_uid)}, mode {stat.S_IMODE(status.st_mode):04o}"


def _user(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _runs(traced: "Traced") -> Iterator[str]:
    for index, service in enumerate(traced.config.services):
        if isinstance(service, Command):
            yield _program(traced, ("services", index), service, service.id)
    for index, check in enumerate(traced.config.checks.own):
        if isinstance(check, CommandCheck):
            yield _program(traced, ("checks", "own", index), check, f"check {check.id}")
    for index, suite in enumerate(traced.config.checks.pytest):
        where: Path = ("checks", "pytest", index)
        words = [
            _raw(traced, (*where, key, place), word)
            for key in ("args", "path")
            for place, word in enumerate(getattr(suite, key))
        ]
        sets = [f"{name}={_raw(traced, (*where, 'env', name), value)}" for name, value in suite.env.items()]
        line = " ".join([*sets, shlex.join([suite.interpreter(), "-m", "pytest", *words])])
        yield f"{line} ({suite.id}, in {suite.cwd}, {len([*suite.files()])} files, with your whole environment)"
    for index, to in enumerate(traced.config.notify):
        if isinstance(to, ToCommand):
            yield _program(traced, ("notify", index), to, f"notifier {to.name}")
    for name, source in traced.config.sources.items():
        if source.url.startswith("ssh://"):
            yield f"ssh to {_host(source.url)} (source {name}), with your keys"
    for brought in brought_files(traced):
        if brought.what == "checks.files":
            yield f"{os.fspath(brought.path)} (Python)"


def _program(traced: "Traced", path: Path, runs: Command | CommandCheck | ToCommand, of: str) -> str:
    how = "" if isinstance(runs, ToCommand) else ", with your whole environment"
    argv = [_raw(traced, (*path, "argv", place), word) for place, word in enumerate(runs.argv)]
    env = [f"{name}={_raw(traced, (*path, 'env', name), value)}" for name, value in runs.env.items()]
    return f"{' '.join([*env, shlex.join(argv)])} ({of}{how})"


def _raw(traced: "Traced", path: Path, value: str) -> str:
    taken = traced.document.taken.get(path)
    return taken.raw if taken is not None else value


def _sets(traced: "Traced") -> Iterator[str]:
    """What the env_file brings in where the lines above say ${NAME}; of what may be a secret its name alone."""
    names = brought_variables(traced)
    if names:
        values = (
            f"{name}={MASKED if looks_secret(name) else mask_url(traced.outside.from_file[name])}"
            for name in names
        )
        yield f"{', '.join(values)} (env_file)"


def _sends(traced: "Traced") -> Iterator[str]:
    sent: dict[str, dict[str, None]] = {}
    for path, taken in traced.document.taken.items():
        where = _where(traced.config, path)
        if not where:
            continue
        came = taken.expanded.came
        mounted = [f"the file {came.removeprefix('file ')}"] if taken.raw.startswith("file:") else []
        names = mounted or [f"${name}" for name in taken.expanded.names]
        sent.setdefault(where, {}).update(dict.fromkeys(names))
    for where, names_of in sent.items():
        yield f"{', '.join(names_of)} to {where}"
    config = traced.config
    for to in config.notify:
        if isinstance(to, ToAlertmanager | ToWebhook):
            yield f"what is wrong to {_host(to.url)} (notifier {to.name})"
        elif isinstance(to, ToApprise):
            yield f"what is wrong by Apprise to {plural(len(to.urls), 'place')} of its own (notifier {to.name})"
    entries = [(_host(_address(config, service.id)), service.tls) for service in config.services]
    for host, tls in [*entries, *((_host(source.url), source.tls) for source in config.sources.values())]:
        if tls is not None and tls.key_file:
            yield f"a login with the key {tls.key_file} to {host}"


def _where(config: Config, path: Path) -> str:
    """Whom the value of a key is sent to, "" for nobody."""
    match path:
        case ("services", int(index), key, *_):
            service = config.services[index]
            if key in _NOT_SENT and not (key == "container" and kind_of(service) == "container"):
                return ""
            if kind_of(service) == "command":
                return f"the program of {service.id}"
            return f"{_host(_address(config, service.id))} ({service.id})"
        case ("sources", str(name), *_):
            return f"{_host(config.sources[name].url)} (source {name})"
        case ("notify", int(index), *_):
            return f"whom the notifier {config.notify[index].name} tells"
        case ("workers", "broker" | "results", *_):
            return BROKER if path[1] == "broker" else RESULTS
        case ("checks", "account", *_):
            return "every service that checks log in to"
        case ("checks", "pytest", int(index), *_):
            return f"the suite {config.checks.pytest[index].id}"
        case ("checks", "own", int(index), *rest):
            check = config.checks.own[index]
            if isinstance(check, CommandCheck):
                return f"the program of check {check.id}"
            request: object = check
            if isinstance(check, StepsCheck) and len(rest) > 1 and isinstance(rest[1], int):
                request = check.steps[rest[1]]
            address = _asked_by(request) or _address(config, getattr(check, "service", ""))
            return (
                f"{'each of its services' if address.startswith('{{') else _host(address)} (check {check.id})"
            )
        case ("checks", "defaults", *_):
            return "every address that own checks ask by HTTP"
    return ""


def _address(config: Config, id: str) -> str:
    service = next((service for service in config.services if service.id == id), None)
    if service is None:
        return ""
    source = config.source_of(service)
    return config.shown(service.address) or (config.sources[source].url if source else "")


def _host(address: str) -> str:
    """Whom an address dials: its host and port, of a Unix socket all of it."""
    match = _NETLOC.match(address)
    return match[1] if match is not None and match[1] else address


def _asked_by(check: object) -> str:
    """The address of an own check or of a step, "" where it asks a service."""
    return getattr(check, "url", "") or getattr(check, "address", "")


def _hosts(config: Config) -> str:
    addresses = [config.shown(service.address) for service in config.services]
    addresses += [source.url for source in config.sources.values()]
    for check in config.checks.own:
        requests = check.steps if isinstance(check, StepsCheck) else [check]
        # With a place for a service's own address in it, it is no further host.
        addresses += [address for one in requests if not (address := _asked_by(one)).startswith("{{")]
    hosts = dict.fromkeys(_host(address) for address in addresses if address)
    return first_of(hosts, MOST_HOSTS) or "nobody"
