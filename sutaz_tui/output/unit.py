"""The systemd unit that runs `sutaz-tui record`: what it may do is what it needs, and no more."""

import shutil
import sys
from pathlib import Path

from sutaz_tui.config import Config, kind_of
from sutaz_tui.state.history.file import RECORDED, name_of

_UNIT = """\
# /etc/systemd/system/sutaz-tui-record.service
#   {install}
# Boards of the same config ({config}) attach to it, and read {history} by themselves{readers}.
[Unit]
Description=sutaz-tui history recorder
Documentation=man:systemd.exec(5)
After=network-online.target
Wants=network-online.target

[Service]
Type=exec
ExecStart={program} record -c {config}
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


def unit_text(config: Config) -> str:
    """The unit for a config; what it wants to be told besides stands in its comments."""
    path = config.path.resolve() if config.path is not None else Path("/etc/sutaz-tui/config.yaml")
    beside = Path(sys.executable).with_name("sutaz-tui")
    program = str(beside) if beside.exists() else shutil.which("sutaz-tui") or "/usr/local/bin/sutaz-tui"
    group = config.record.group
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
    install = "systemctl daemon-reload && systemctl enable --now sutaz-tui-record"
    if group:
        install = f"useradd --system --gid {group} sutaz-tui; {install}"
    variables = sorted({name for name in config.login_variables.values() if name})
    return _UNIT.format(
        install=install,
        config=_quoted(str(path)),
        history=RECORDED / name_of(path),
        readers=f", where their user is in the group {group}"
        if group
        else ": set record.group for users that are not root",
        program=_quoted(str(Path(program).absolute())),
        identity="\n".join(identity),
        secrets=_secrets(variables),
        mode="0750" if group else "0700",
        home="read-only" if str(path).startswith(("/home", "/root")) or "/home/" in program else "yes",
    )


def _secrets(variables: list[str]) -> str:
    """How the unit comes by the logins: as credentials, which only it can read; never in the unit itself."""
    if not variables:
        return "# No login is configured. Secrets go into LoadCredential=, and file:%d/NAME in the config."
    lines = [
        "# Logins: put each into a file of its own (0600, root), name it below, and write",
        "# file:/run/credentials/sutaz-tui-record.service/NAME in the config instead of the variable.",
    ]
    return "\n".join([*lines, *(f"#LoadCredential={name}:/etc/sutaz-tui/{name}" for name in variables)])


def _quoted(text: str) -> str:
    """A word of a unit file: systemd takes % for its own, and blanks for an end."""
    text = text.replace("%", "%%")
    return f'"{text}"' if " " in text else text
