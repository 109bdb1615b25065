"""The config: YAML to frozen structs, every fault found at once, every secret known so that it can be masked."""

from sutaz_tui.config.config import (
    CheckLimits,
    Checks,
    Config,
    ConfigFile,
    History,
    Limits,
    Logs,
    Pace,
    Recording,
    as_service,
    interval_of,
    kind_of,
    login_variable,
    timeout_of,
    warn_of,
)
from sutaz_tui.config.kinds import KINDS, Kind
from sutaz_tui.config.load import load, trace
from sutaz_tui.config.schema import Auth, Basic, Bearer, Group, Header, LogPlace, ServiceConfig, Source, Tls

__all__ = [
    "KINDS",
    "Auth",
    "Basic",
    "Bearer",
    "CheckLimits",
    "Checks",
    "Config",
    "ConfigFile",
    "Group",
    "Header",
    "History",
    "Kind",
    "Limits",
    "LogPlace",
    "Logs",
    "Pace",
    "Recording",
    "ServiceConfig",
    "Source",
    "Tls",
    "as_service",
    "interval_of",
    "kind_of",
    "load",
    "login_variable",
    "timeout_of",
    "trace",
    "warn_of",
]
