"""The rules of single kinds: what each of their own keys may hold, and that a check can fail at all."""

import re
from collections.abc import Callable
from typing import Any

from sutaz_tui.config.addresses import DOCKER, inside_fault, port_fault, url_fault
from sutaz_tui.config.conditions import WrongCondition, condition, statuses
from sutaz_tui.config.document import Document
from sutaz_tui.config.words import Path, nearest, quoted
from sutaz_tui.text.patterns import Expression, WrongPattern

Rule = Callable[[Document, Path, dict[str, Any]], None]

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
_NAME = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?"
)
# Not a leading -: it would be an option.
_UNIT = re.compile(r"[A-Za-z0-9_@:\\][A-Za-z0-9_.@:\\-]{0,254}")
_METHODS = ("GET", "HEAD", "OPTIONS", "POST")


def _port(key: str) -> Rule:
    def rule(document: Document, path: Path, service: dict[str, Any]) -> None:
        if not service.get(key):
            return
        is_inside = service[key].startswith(DOCKER)
        expected = inside_fault(service[key], is_url=False) if is_inside else port_fault(service[key])
        if expected:
            document.fault((*path, key), f"found {quoted(service[key])}, expected {expected}")

    return rule


def _kong(document: Document, path: Path, service: dict[str, Any]) -> None:
    proxy = service.get("proxy", "")
    expected = inside_fault(proxy, is_url=True) if proxy.startswith(DOCKER) else proxy and url_fault(proxy)
    if expected:
        document.fault((*path, "proxy"), f"found {quoted(service['proxy'])}, expected {expected}")


def _host(document: Document, path: Path, service: dict[str, Any]) -> None:
    for key in ("warn_cpu", "warn_memory", "warn_disk"):
        if not 0 < service.get(key, 50.0) <= 100:
            document.fault(
                (*path, key), f"found {service[key]:g}, expected a percentage above 0, at most 100"
            )


def _positive(*keys: str) -> Rule:
    def rule(document: Document, path: Path, service: dict[str, Any]) -> None:
        for key in keys:
            value = service.get(key)
            if value is not None and value <= 0:
                document.fault((*path, key), f"found {value:g}, expected more than 0")

    return rule


def _pattern(key: str) -> Rule:
    def rule(document: Document, path: Path, service: dict[str, Any]) -> None:
        try:
            if service.get(key):
                Expression(service[key])
        except WrongPattern as error:
            document.fault((*path, key), f"found a pattern at fault ({error}), expected one that compiles")

    return rule


def _needs(key: str, other: str) -> Rule:
    def rule(document: Document, path: Path, service: dict[str, Any]) -> None:
        if service.get(key) not in (None, "") and not service.get(other):
            document.fault((*path, key), f"found no {other} beside it, expected both")

    return rule


def _all(*rules: Rule) -> Rule:
    def rule(document: Document, path: Path, service: dict[str, Any]) -> None:
        for one in rules:
            one(document, path, service)

    return rule


def status_rule(document: Document, path: Path, entry: dict[str, Any]) -> None:
    """Statuses are ones of HTTP, their classes or spans."""
    written = entry.get("status", [])
    for index, status in enumerate(written if isinstance(written, list) else [written]):
        try:
            statuses(status if status is not None else [])
        except ValueError:
            shown = status if isinstance(status, int) else quoted(status)
            words = f"found {shown}, expected a status from 100 to 599, 2xx or 200-204"
            document.fault(
                (*path, "status", index) if isinstance(written, list) else (*path, "status"), words
            )


def _http(document: Document, path: Path, service: dict[str, Any]) -> None:
    method = service.get("method", "GET")
    if method not in _METHODS:
        document.fault((*path, "method"), f"found {quoted(method)}, expected {nearest(method, _METHODS)}")
    status_rule(document, path, service)
    for index, text in enumerate(service.get("conditions", [])):
        try:
            condition(text or "")
        except WrongCondition as error:
            document.fault((*path, "conditions", index), f"found {quoted(text or '')}, expected {error}")
    expectations = ("header", "json_path", "body_regex", "certificate_days", "conditions")
    if service.get("status") == [] and not any(service.get(key) for key in expectations):
        words = f"found no expectation, expected a status or one of {', '.join(expectations)}"
        document.fault((*path, "status"), words)
    _pattern("body_regex")(document, path, service)
    plain = service.get("plain", "")
    expected = "" if not plain else url_fault(plain) or ("http://…" if not plain.startswith("http:") else "")
    if expected:
        document.fault((*path, "plain"), f"found {quoted(plain)}, expected {expected}")


def _promql(document: Document, path: Path, service: dict[str, Any]) -> None:
    if service.get("query") == "":
        document.fault((*path, "query"), "found no query, expected PromQL")
    limits = ("warn_at", "down_at")
    faulty = any(key not in service and (*path, key) in document.origins for key in limits)
    if not faulty and all(service.get(key) is None for key in limits):
        document.fault(path, "found no limit, expected warn_at or down_at: it could never fail")
    if service.get("bad", "over") not in ("over", "under"):
        document.fault((*path, "bad"), f"found {quoted(service['bad'])}, expected over or under")


def _queue(document: Document, path: Path, service: dict[str, Any]) -> None:
    if service.get("queue") == "":
        document.fault((*path, "queue"), "found no queue, expected its name")
    for key in ("warn_messages", "down_messages", "min_consumers"):
        if (service.get(key) or 0) < 0:
            document.fault((*path, key), f"found {service[key]}, expected 0 or more")


def _consul_service(document: Document, path: Path, service: dict[str, Any]) -> None:
    if service.get("service") == "":
        document.fault((*path, "service"), "found no service, expected its name in the catalog")
    if service.get("min_passing", 1) < 1:
        document.fault((*path, "min_passing"), f"found {service['min_passing']}, expected at least 1")


def _container(document: Document, path: Path, service: dict[str, Any]) -> None:
    keys = ("container", "project", "service", "swarm")
    named = [key for key in keys if service.get(key)]
    if any(key not in service and (*path, key) in document.origins for key in keys):
        return  # already a fault of its type
    if named not in (["container"], ["project", "service"], ["swarm"]):
        what = " and ".join(named) or "no container"
        words = "expected container, or project and service of compose, or swarm"
        document.fault(path, f"found {what}, {words}")


def _command(document: Document, path: Path, service: dict[str, Any]) -> None:
    argv = service.get("argv")
    if argv == [] or (argv and argv[0] == ""):
        document.fault((*path, "argv"), "found no program, expected [program, argument, …]")
    for index, argument in enumerate(argv or []):
        if argument and "\0" in argument:
            document.fault((*path, "argv", index), "found a NUL character, expected an argument without it")
    words = [argument for argument in argv or [] if argument]
    is_inspect = "inspect" in words[1:3] and words[0].rpartition("/")[2] in ("docker", "podman")
    prints = any(word in ("-f", "--format") or word.startswith(("--format=", "-f=")) for word in words)
    if is_inspect and prints and not service.get("expect"):
        document.warnings.append(
            f"{document.file}:{document.line((*path, 'argv'))}: {service.get('id', 'a service')}: docker inspect -f ends "
            "with 0 whatever it prints, unhealthy too: add `expect: ^healthy$`, or use kind container"
        )


def _dns(document: Document, path: Path, service: dict[str, Any]) -> None:
    name, type = service.get("query", "x"), service.get("type", "A")
    if not _NAME.fullmatch(name) or len(name) > 253:
        document.fault((*path, "query"), f"found {quoted(name)}, expected a name such as example.com")
    if type.upper() not in TYPES:
        document.fault((*path, "type"), f"found {quoted(type)}, expected {nearest(type.upper(), TYPES)}")


def _systemd(document: Document, path: Path, service: dict[str, Any]) -> None:
    unit = service.get("unit", "x.service")
    if not _UNIT.fullmatch(unit):
        document.fault((*path, "unit"), f"found {quoted(unit)}, expected a unit such as nginx.service")


def _blackbox(document: Document, path: Path, service: dict[str, Any]) -> None:
    if service.get("instance") == "":
        document.fault(
            (*path, "instance"), "found no instance, expected the target as Prometheus' label has it"
        )
    if service.get("least", 1) < 1:
        document.fault((*path, "least"), f"found {service['least']}, expected at least 1")


BY_KIND: dict[str, Rule] = {
    "mysql": _positive("warn_lag"),
    "dns": _dns,
    "systemd": _systemd,
    "blackbox": _blackbox,
    "neo4j": _port("bolt"),
    "qdrant": _port("grpc"),
    "kong": _kong,
    "host": _host,
    "docker": _positive("warn_cpu"),
    "container": _all(_container, _positive("warn_cpu")),
    "loki": _positive("warn_silence"),
    "promtail": _positive("warn_silence"),
    "exporter": _all(_needs("value", "metric"), _needs("label", "metric")),
    "http": _all(
        _http,
        _needs("header_value", "header"),
        _needs("json_value", "json_path"),
        _positive("certificate_days"),
    ),
    "tls": _positive("warn_days"),
    "promql": _promql,
    "rabbitmq-queue": _queue,
    "consul-service": _consul_service,
    "command": _all(_command, _pattern("expect")),
}
