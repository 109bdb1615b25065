"""The systemd units that run `sutaz-tui record`, `serve` and `worker`: what they may do is what they need, and no more."""

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
from sutaz_tui.state.serve_token import NAME as TOKEN

_UNIT = """\
# /etc/systemd/system/{name}.service
#   {install}
# {about}.
[Unit]
Description=sutaz-tui {description}
Documentation=man:systemd.exec(5)
After=network-online.target{after}
Wants=network-online.target

[Service]
Type=exec
ExecStart={program} {command} -c {config}
Restart=on-failure
RestartSec=5
{identity}
Environment=XDG_STATE_HOME={states} HOME=/var/lib/{state} PYTHONUNBUFFERED=1
{secrets}
StateDirectory={state}
StateDirectoryMode={mode}
{runtime}UMask=0077

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
_CREDENTIALS = (Path("/run/credentials"),)


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
    about = f"Boards of the same config ({_quoted(str(path))}) attach to it, and read {history} by themselves{readers}"
    return _unit(config, program, _Kind("record", "record", "history recorder", about, group))


def serve_unit_text(config: Config, listen: str, program: Path | None = None) -> str:
    """The unit of one that serves at `listen`, "" for where the config says; as `unit_text`.

    With a group it is the recorder's user and attaches to it; else it is a user of its own, which no recorder lets in.
    """
    group, tls = config.record.group, config.serve.tls
    about = (
        "It attaches to sutaz-tui-record where that runs"
        if group
        else "It polls by itself: set record.group, and print both units anew, for it to attach to sutaz-tui-record"
    )
    kind = _Kind("serve", f"serve --listen {listen}" if listen else "serve", "over HTTP", about, group)
    if not config.serve.token and not (tls and tls.clients_file):
        kind = kind._replace(about=f"{about}. Its token: {Path(kind.states, 'sutaz-tui', TOKEN)}")
    for file in (tls.cert_file, tls.key_file, tls.clients_file) if tls else ():
        if file and not _is_below(Path(file), _CREDENTIALS) and (why := _hidden(Path(file), group)):
            there = f"{_CREDENTIALS[0]}/{kind.name}.service/{Path(file).name}"
            raise CannotStart(
                f"a unit could not read {file}: {why}; name {there} in the config, and write "
                f"LoadCredential={Path(file).name}:{file} into the unit"
            )
    return _unit(config, program, kind)


def worker_unit_text(config: Config, place: str, program: Path | None = None) -> str:
    """The unit of a worker in a place; as `unit_text`."""
    about = "It runs checks that `sutaz-tui check --on` asks for, those of its own config that only read"
    kind = _Kind("worker", f"worker --from {place}", f"worker in {place}", about, "")
    return _unit(config, program, kind)


class _Kind(NamedTuple):
    """What differs between the units: `sutaz-tui-WORD.service` runs `sutaz-tui COMMAND`, as a user of its own where it has
    no group.
    """

    word: str
    command: str
    description: str
    about: str
    group: str

    @property
    def name(self) -> str:
        return f"sutaz-tui-{self.word}"

    @property
    def is_recorder(self) -> bool:
        return self.word == "record"

    @property
    def state(self) -> str:
        """Its folder below /var/lib: systemd makes all in a folder the user's whose unit started last."""
        return "sutaz-tui" if self.group or self.is_recorder else self.name

    @property
    def states(self) -> str:
        """Where a folder `sutaz-tui` is its own."""
        return "/var/lib" if self.state == "sutaz-tui" else f"/var/lib/{self.state}"


def _path_of(config: Config) -> Path:
    return config.path.resolve() if config.path is not None else Path("/etc/sutaz-tui/config.yaml")


def _unit(config: Config, program: Path | None, kind: _Kind) -> str:
    path, group, name = _path_of(config), kind.group, kind.name
    needs = [program, program.resolve()] if program is not None else _own_parts()
    program = needs[0].absolute()
    for part in needs:
        if why := _hidden(part, group):
            raise CannotStart(f"{program} would not run in a unit: {why}; {_install(kind.word)}")
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
    mode = "0750" if group else "0700"
    return _UNIT.format(
        name=name,
        after="" if kind.is_recorder or not group else " sutaz-tui-record.service",
        states=kind.states,
        state=kind.state,
        # Whose unit ends first would take the folder from the recorder, and its socket with it.
        runtime=f"RuntimeDirectory=sutaz-tui\nRuntimeDirectoryMode={mode}\n" if kind.is_recorder else "",
        install=install,
        about=kind.about,
        description=kind.description,
        command=kind.command,
        config=_quoted(str(path)),
        program=_quoted(str(program)),
        identity="\n".join(identity),
        secrets=_secrets(variables, name),
        mode=mode,
        home="read-only" if any(_is_below(part, _HOMES) for part in (path, *needs)) else "yes",
    )


def _install(word: str) -> str:
    wanted = {"serve": "'.[serve]'", "worker": "'.[workers]'"}.get(word, ".")
    made = "python3 -m venv /opt/sutaz-tui && /opt/sutaz-tui/bin/pip install"
    return f"install it where all may run it: in the folder of its source {made} {wanted}"


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
