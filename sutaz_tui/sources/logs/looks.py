"""The look of a service's lines, where that alone tells whose they are.

Python's logging names the program in each line. Others are told by a shape that no other product writes, so they are
known only where the config has one service of their kind.
"""

from sutaz_tui.config import Config, ServiceConfig, kind_of
from sutaz_tui.sources.logs.names import plain
from sutaz_tui.sources.logs.selectors import escaped

_BY_KIND = {
    "backend": r'^\{"timestamp": ?"[^"]+", ?"level": ?"[A-Z]+", ?"logger": ?"app\.',
    "postgres": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Z]+ \[\d+\] (LOG|WARNING|ERROR|FATAL|PANIC):  ",
    "redis": r"^\d+:[XCSM] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [-.*#] ",
    "rabbitmq": r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+[^ ]* \[[a-z]+\] <\d+\.\d+\.\d+> ",
    "qdrant": r"^\d{4}-\d\d-\d\dT[^ ]+ +[A-Z]+ (qdrant|storage|collection|segment|actix_web)::",
    "consul": r"^\d{4}-\d\d-\d\dT[^ ]+ \[[A-Z]+\] +agent(\.[a-z_]+)*: ",
    "grafana": r"^logger=[^ ]+ (userId=\d+ orgId=\d+ uname=[^ ]* )?t=\d{4}-",
}


def look(service: ServiceConfig, config: Config) -> str:
    """The regular expression (RE2) that its lines match and no others do; "" where there is none."""
    kind = kind_of(service)
    if kind in _BY_KIND:
        is_only = sum(kind_of(other) == kind for other in config.services) == 1
        return _BY_KIND[kind] if is_only else ""
    words = sorted({plain(service.id), plain(service.title), *_names(service)} - {""})
    named = "|".join(escaped(word).replace("-", "[-_. ]?") for word in words)
    return rf"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d,\d{{3}} - (?i:{named}) - [A-Z]+ - "


def _names(service: ServiceConfig) -> list[str]:
    """What an agent must call itself is what its logger is called."""
    name = getattr(service, "name", "")
    return [plain(name)] if isinstance(name, str) else []
