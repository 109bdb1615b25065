"""The systemd units that run `sutaz-tui record` and `worker`: what they may do is what they need, and no more."""

import grp
import shutil
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from sutaz_tui.config import Config, kind_of
from sutaz_tui.errors import CannotStart
from sutaz_tui.state.history.file import RECORDED, name_of

_UNIT = """\
# /etc/systemd/system/{name}.service
#   {install}
# {about}
[Unit]
Description=sutaz-tui {description}
Documentation=man:systemd.exec(5)
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart={program} {command} -c {config}
Restart=on-failure
RestartSec=5
{identity}
Environment=XDG_STATE_HOME=/var/lib HOME=/var/lib/sutaz-tui PYTHONUNBUFFERED=1
{secrets}
StateDirectory=sutaz-tui
StateDirectoryMode={mode}
RuntimeDirectory=sutaz-tui
RuntimeDirectoryMode={mode}
UMask=0077

NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateTmp=yes
PrivateDevices=yes
ProtectSystem=strict
ProtectHome={home}
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
MemoryHigh=256M
CPUWeight=20

[Install]
WantedBy=multi-user.target
"""


_TEMPORARY = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108
_HOMES = tuple(map(Path, ("/home", "/root", "/run/user")))


def unit_text(config: Config, program: Path | None = None) -> str:
    """The unit of a recorder; what it wants to be told besides stands in its comments. `program` is what it runs, this one
    without it. CannotStart, with what mends it, where a unit's user could not run the one or read the other."""
    path, group = _path_of(config), config.record.group
    readers = (
        f", where their user is in the group {group}"
        if group
        else ": set record.group for users that are not root"
    )
    history = RECORDED / name_of(path)
    about = f"Boards of the same config ({_quoted(str(path))}) attach to it, and read {history} by themselves{readers}."
    return _unit(config, program, _Kind("record", "record", "history recorder", about, group))


def worker_unit_text(config: Config, place: str, program: Path | None = None) -> str:
    """The unit of a worker in a place; as `unit_text`."""
    about = "It runs checks that `sutaz-tui check --on` asks for, those of its own config that only read."
    kind = _Kind("worker", f"worker --from {place}", f"worker in {place}", about, "")
    return _unit(config, program, kind)


class _Kind(NamedTuple):
    """What differs between the units: `sutaz-tui-WORD.service` runs `sutaz-tui COMMAND`."""

    word: str
    command: str
    description: str
    about: str
    group: str


def _path_of(config: Config) -> Path:
    return config.path.resolve() if config.path is not None else Path("/etc/sutaz-tui/config.yaml")


def _unit(config: Config, program: Path | None, kind: _Kind) -> str:
    path, group, name = _path_of(config), kind.group, f"sutaz-tui-{kind.word}"
    needs = [program, program.resolve()] if program is not None else _own_parts()
    program = needs[0].absolute()
    for part in needs:
        if why := _hidden(part, group):
            raise CannotStart(f"{program} would not run in a unit: {why}; {_INSTALL}")
    if config.path is not None and (why := _hidden(path, group)):
        raise CannotStart(f"a unit could not read {path}: {why}; {_move(path, kind.command)}")
    needs_docker = any(
        kind_of(service) == "docker" and config.sources[service.source].url.startswith("unix:")
        for service in config.services
        if service.source in config.sources
    )
    identity = ["DynamicUser=yes"] if not group else ["User=sutaz-tui", f"Group={group}"]
    if needs_docker:
        identity.append(
            "# Whoever may open Docker's socket is root on this machine; without it containers are not seen."
        )
        identity.append("SupplementaryGroups=docker")
    install = f"systemctl daemon-reload && systemctl enable --now {name}"
    if group:
        install = f"useradd --system --gid {group} sutaz-tui; {install}"
    variables = sorted({name for name in config.login_variables.values() if name})
    return _UNIT.format(
        name=name,
        install=install,
        about=kind.about,
        description=kind.description,
        command=kind.command,
        config=_quoted(str(path)),
        program=_quoted(str(program)),
        identity="\n".join(identity),
        secrets=_secrets(variables, name),
        mode="0750" if group else "0700",
        home="read-only" if any(_is_below(part, _HOMES) for part in (path, *needs)) else "yes",
    )


_INSTALL = "install it where all may run it: python3 -m venv /opt/sutaz-tui && /opt/sutaz-tui/bin/pip install sutaz-tui"


def _move(path: Path, command: str) -> str:
    there = Path("/etc/sutaz-tui", path.name)
    return f"install -D -m 644 {path} {there}, then: sutaz-tui {command} --unit -c {there} (logins as credentials)"


def _own_parts() -> list[Path]:
    """What must be there to run this program: the command, the interpreter and our code."""
    beside = Path(sys.executable).with_name("sutaz-tui")
    found = beside if beside.exists() else Path(shutil.which("sutaz-tui") or "/usr/local/bin/sutaz-tui")
    return [found, Path(sys.executable), Path(sys.executable).resolve(), Path(__file__).resolve()]


def _hidden(path: Path, group: str) -> str:
    """Why the unit's own user, of this group, could not read a file: "" where it could, or it is not there yet."""
    if _is_below(path, _TEMPORARY):
        return "a unit has a /tmp of its own, and a restart of this machine may empty it"
    for part in reversed([path, *path.parents]):
        try:
            found = part.stat()
            is_of_group = bool(group) and grp.getgrgid(found.st_gid).gr_name == group
        except (OSError, KeyError):
            continue
        is_folder = stat.S_ISDIR(found.st_mode)
        wanted = 0o001 if is_folder else 0o004
        if not found.st_mode & (wanted | wanted * 0o10 * is_of_group):
            return f"its own user may not {'enter' if is_folder else 'read'} {part}"
    return ""


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _secrets(variables: list[str], name: str) -> str:
    """How the unit comes by the logins: as credentials, which only it can read; never in the unit itself."""
    if not variables:
        return "# No login is configured. Secrets go into LoadCredential=, and file:%d/NAME in the config."
    lines = [
        "# Logins: put each into a file of its own (0600, root), name it below, and write",
        f"# file:/run/credentials/{name}.service/NAME in the config instead of the variable.",
    ]
    return "\n".join([*lines, *(f"#LoadCredential={one}:/etc/sutaz-tui/{one}" for one in variables)])


def _quoted(text: str) -> str:
    """A word of a unit file: systemd takes % for its own, and blanks for an end."""
    text = text.replace("%", "%%")
    return f'"{text}"' if " " in text else text
