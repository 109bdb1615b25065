"""Every rule of services and sources, with the line, the key and the words of its fault."""

from pathlib import Path

import pytest

from tests.config.faults import HTTP, faults, read

TWO = HTTP + "  - id: b\n    kind: http\n    address: http://127.0.0.1:8081\n"
SOURCE = "sources:\n  prom:\n    url: http://127.0.0.1:9090\n"
PROMQL = SOURCE + "services:\n  - id: a\n    kind: promql\n    source: prom\n    query: up\n"

DOCKERS = "sources: {a: {url: 'unix:///a.sock'}, b: {url: 'unix:///b.sock'}}\nservices:\n" + "".join(
    f"  - {{id: docker-{name}, kind: docker, source: {name}}}\n" for name in "ab"
)
"""Four lines of two Dockers: further services begin on line 5."""


def service(kind: str, *lines: str) -> str:
    """A config of one service: its keys begin on line 4."""
    return "services:\n  - id: a\n    kind: " + kind + "\n" + "".join(f"    {line}\n" for line in lines)


ONE_FAULT = {
    "tls that nobody would use": (
        service("memcached", "address: 127.0.0.1:1", "tls: {}"),
        "5: services.a.tls: found tls, expected none: kind memcached speaks no TLS",
    ),
    "a ping of a port": (
        service("icmp", "address: 127.0.0.1:80"),
        '4: services.a.address: found "127.0.0.1:80", expected the name or address of a host, without a port',
    ),
    "a query that is no name": (
        service("dns", "address: 127.0.0.1:53", "query: -x", "type: A"),
        '5: services.a.query: found "-x", expected a name such as example.com',
    ),
    "a type of records that is none": (
        service("dns", "address: 127.0.0.1:53", "query: a.b", "type: AAA"),
        '6: services.a.type: found "AAA", expected "AAAA"',
    ),
    "a unit that would be an option": (
        service("systemd", "unit: --version"),
        '4: services.a.unit: found "--version", expected a unit such as nginx.service',
    ),
    "a target that nobody need see": (
        SOURCE + service("blackbox", "source: prom", "instance: a", "least: 0"),
        "9: services.a.least: found 0, expected at least 1",
    ),
    "a class of statuses that is none": (
        HTTP + "    status: [2xx, 6xx]\n",
        '5: services.a.status[1]: found "6xx", expected a status from 100 to 599, 2xx or 200-204',
    ),
    "a condition without an operator": (
        HTTP + "    conditions: [json.depth]\n",
        '5: services.a.conditions[0]: found "json.depth", expected one such as json.depth < 100, '
        "len(json.nodes) >= 3, time < 500ms, body == pat(*ready*)",
    ),
    "a condition of something else": (
        HTTP + "    conditions: ['[STATUS] == 200']\n",
        '5: services.a.conditions[0]: found "[STATUS] == 200", expected status, time, certificate, body, header.NAME '
        "or json.PATH before the operator",
    ),
    "a time compared with a word": (
        HTTP + "    conditions: ['time < soon']\n",
        '5: services.a.conditions[0]: found "time < soon", expected a number or a span such as 500ms behind it',
    ),
    "an output expected by no pattern": (
        service("command", "argv: ['true']", "expect: '('"),
        "5: services.a.expect: found a pattern at fault (the regular expression is wrong at column 2: "
        "missing )), expected one that compiles",
    ),
    "a timeout at its interval": (
        HTTP + "    interval: 10\n    timeout: 10\n",
        "6: services.a.timeout: found 10 s, expected less than its interval (10 s)",
    ),
    "a timeout over the kind's interval": (
        HTTP + "    timeout: 20\n",
        "5: services.a.timeout: found 20 s, expected less than the interval of its kind (15 s)",
    ),
    "a timeout of nothing": (
        HTTP + "    timeout: 0\n",
        "5: services.a.timeout: found 0 s, expected more than 0",
    ),
    "an interval under a second": (
        HTTP + "    interval: 0.5\n",
        "5: services.a.interval: found 0.5 s, expected at least 1 s",
    ),
    "a warn of nothing": (HTTP + "    warn: -1\n", "5: services.a.warn: found -1 s, expected more than 0"),
    "depends_on to nothing": (
        TWO.replace("8080\n", "8080\n    depends_on: [bb]\n", 1),
        '5: services.a.depends_on[0]: found "bb", expected "b"',
    ),
    "depends_on itself": (
        TWO.replace("8080\n", "8080\n    depends_on: [a]\n", 1),
        "5: services.a.depends_on: found a circle a -> a, expected none",
    ),
    "a circle": (
        TWO.replace("8080\n", "8080\n    depends_on: [b]\n", 1) + "    depends_on: [a]\n",
        "5: services.a.depends_on: found a circle a -> b -> a, expected none",
    ),
    "a source that is not there": (
        PROMQL.replace("source: prom", "source: porm") + "    warn_at: 1\n",
        '7: services.a.source: found "porm", expected "prom" of `sources`',
    ),
    "no sources at all": (
        service("docker", "source: docker"),
        '4: services.a.source: found "docker", expected one under `sources`',
    ),
    "no source": (
        PROMQL.replace("    source: prom\n", "") + "    warn_at: 1\n",
        '5: services.a.source: found no source, expected "prom" of `sources`',
    ),
    "a container of one of two Dockers": (
        DOCKERS + "  - {id: web, kind: tcp, address: 'h:1', container: web}\n",
        '5: services.web.container: found "web" and 2 Dockers, expected docker beside it: a or b',
    ),
    "a docker that no service asks": (
        DOCKERS + "  - {id: web, kind: tcp, address: 'h:1', container: web, docker: c}\n",
        '5: services.web.docker: found "c", expected the source of a service of kind docker: one of a, b',
    ),
    "a docker without a container": (
        DOCKERS + "  - {id: web, kind: tcp, address: 'h:1', docker: b}\n",
        "5: services.web.docker: found no container beside it, expected both",
    ),
    "a source that nobody asks": (
        SOURCE + HTTP + "    source: prom\n",
        "8: services.a.source: found a source, expected none: kind http asks its address",
    ),
    "an address that nobody asks": (
        PROMQL + "    warn_at: 1\n    address: h:1\n",
        "10: services.a.address: found an address, expected none: kind promql asks through its source",
    ),
    "a login where the source has it": (
        PROMQL + "    warn_at: 1\n    auth: {type: bearer, token: ''}\n",
        "10: services.a.auth: found auth, expected it in sources.prom",
    ),
    "tls where the source has it": (
        PROMQL + "    warn_at: 1\n    tls: {}\n",
        "10: services.a.tls: found tls, expected it in sources.prom",
    ),
    "a login of the wrong sort": (
        service("redis", "address: h:1", "auth: {type: bearer, token: ''}"),
        "5: services.a.auth: found auth, expected user and password",
    ),
    "an unknown login": (
        HTTP + "    auth: {type: bassic}\n",
        '5: services.a.auth.type: found "bassic", expected "basic"',
    ),
    "a login without a type": (
        HTTP + "    auth: {user: x}\n",
        "5: services.a.auth.type: found no such key, expected one of basic, bearer, header",
    ),
    "a group that is not there": (
        "groups:\n  - id: agents\n" + HTTP + "    group: agent\n",
        '7: services.a.group: found "agent", expected "agents"',
    ),
    "a group that is no word": (
        HTTP + "    group: my agents\n",
        '5: services.a.group: found "my agents", expected letters, digits, . _ or -, at most 64',
    ),
    "no address": (
        service("cadvisor"),
        "2: services.a.address: found no address, expected a URL such as http://127.0.0.1:8080",
    ),
    "a URL without a scheme": (
        service("cadvisor", "address: 127.0.0.1:8080"),
        '4: services.a.address: found "127.0.0.1:8080", expected a URL such as http://127.0.0.1:8080',
    ),
    "a URL of another scheme": (
        service("cadvisor", "address: ftp://h"),
        '4: services.a.address: found "ftp://h", expected a URL such as http://127.0.0.1:8080',
    ),
    "a URL's port": (
        service("cadvisor", "address: http://h:70000"),
        '4: services.a.address: found "http://h:70000", expected a URL such as http://127.0.0.1:8080,'
        " with a port from 1 to 65535",
    ),
    "a URL's host": (
        service("cadvisor", "address: http://-h"),
        '4: services.a.address: found "http://-h", expected a URL such as http://127.0.0.1:8080, with a host name or address',
    ),
    "a URL with a blank": (
        service("cadvisor", "address: http://h/a b"),
        '4: services.a.address: found "http://h/a b", expected a URL such as http://127.0.0.1:8080, without blanks',
    ),
    "a URL for a port": (
        service("redis", "address: redis://h:6379"),
        "4: services.a.address: found a connection string, expected host:port; write address: h:6379",
    ),
    "a port of 0": (
        service("redis", "address: h:0"),
        '4: services.a.address: found "h:0", expected a port from 1 to 65535',
    ),
    "a source's URL": (
        "sources:\n  x:\n    url: unix://docker.sock\n" + HTTP,
        '3: sources.x.url: found "unix://docker.sock", expected unix:/// and an absolute path',
    ),
    "a source's name": (
        "sources:\n  my x:\n    url: http://h\n" + HTTP,
        '2: sources.my x: found "my x", expected letters, digits, . _ or -, at most 64',
    ),
    "a source's timeout": (
        "sources:\n  x: {url: 'http://h', timeout: 0}\n" + HTTP,
        "2: sources.x.timeout: found 0 s, expected more than 0",
    ),
    "bolt": (
        service("neo4j", "address: http://h", "bolt: bolt://h:7687"),
        '5: services.a.bolt: found "bolt://h:7687", expected host:port such as 127.0.0.1:5432',
    ),
    "Qdrant's gRPC port": (
        service("qdrant", "address: http://h", "grpc: http://h:6334"),
        '5: services.a.grpc: found "http://h:6334", expected host:port such as 127.0.0.1:5432',
    ),
    "kong's proxy": (
        service("kong", "address: http://h", "proxy: h:8000"),
        '5: services.a.proxy: found "h:8000", expected a URL such as http://127.0.0.1:8080',
    ),
    "a percentage": (
        service("host", "warn_disk: 120"),
        "4: services.a.warn_disk: found 120, expected a percentage above 0, at most 100",
    ),
    "a silence of nothing": (
        "sources: {l: {url: 'http://h'}}\n" + service("loki", "source: l", "warn_silence: 0"),
        "6: services.a.warn_silence: found 0, expected more than 0",
    ),
    "an exporter's value without a metric": (
        service("exporter", "address: http://h", "value: 1"),
        "5: services.a.value: found no metric beside it, expected both",
    ),
    "a regex": (
        HTTP + "    body_regex: '(unclosed'\n",
        "5: services.a.body_regex: found a pattern at fault (the regular expression is wrong at column 10: missing )),"
        " expected one that compiles",
    ),
    "a method": (
        HTTP + "    method: DELETE\n",
        '5: services.a.method: found "DELETE", expected one of GET, HEAD, OPTIONS, POST',
    ),
    "a status": (
        HTTP + "    status: [20]\n",
        "5: services.a.status[0]: found 20, expected a status from 100 to 599, 2xx or 200-204",
    ),
    "http that can't fail": (
        HTTP + "    status: []\n",
        "5: services.a.status: found no expectation, expected a status or one of header, json_path, body_regex,"
        " certificate_days, conditions",
    ),
    "a value without its path": (
        HTTP + "    json_value: 1\n",
        "5: services.a.json_value: found no json_path beside it, expected both",
    ),
    "a header's value without its name": (
        HTTP + "    header_value: x\n",
        "5: services.a.header_value: found no header beside it, expected both",
    ),
    "a header's name": (
        HTTP + "    headers: {'X Y': z}\n",
        '5: services.a.headers.X Y: found "X Y", expected the name of an HTTP header',
    ),
    "a login header's name": (
        HTTP + "    auth: {type: header, name: 'X:', value: ''}\n",
        '5: services.a.auth.name: found "X:", expected the name of an HTTP header',
    ),
    "days of a certificate": (
        HTTP + "    certificate_days: 0\n",
        "5: services.a.certificate_days: found 0, expected more than 0",
    ),
    "days of a TLS port": (
        service("tls", "address: h:443", "warn_days: -1"),
        "5: services.a.warn_days: found -1, expected more than 0",
    ),
    "promql that can't fail": (
        PROMQL,
        "5: services.a: found no limit, expected warn_at or down_at: it could never fail",
    ),
    "promql with limits of nothing": (
        PROMQL + "    warn_at: null\n",
        "5: services.a: found no limit, expected warn_at or down_at: it could never fail",
    ),
    "promql's side": (
        PROMQL + "    warn_at: 1\n    bad: above\n",
        '10: services.a.bad: found "above", expected over or under',
    ),
    "promql without a query": (
        PROMQL.replace("query: up", "query: ''") + "    warn_at: 1\n",
        "8: services.a.query: found no query, expected PromQL",
    ),
    "a queue's limit": (
        "sources: {r: {url: 'http://h'}}\n"
        + service("rabbitmq-queue", "source: r", "queue: q", "warn_messages: -1"),
        "7: services.a.warn_messages: found -1, expected 0 or more",
    ),
    "a queue's limit in halves": (
        "sources: {r: {url: 'http://h'}}\n"
        + service("rabbitmq-queue", "source: r", "queue: q", "warn_messages: 1.5"),
        "7: services.a.warn_messages: found the number 1.5, expected a whole number",
    ),
    "a queue without a name": (
        "sources: {r: {url: 'http://h'}}\n" + service("rabbitmq-queue", "source: r", "queue: ''"),
        "6: services.a.queue: found no queue, expected its name",
    ),
    "no instances of a Consul service": (
        "sources: {c: {url: 'http://h'}}\n"
        + service("consul-service", "source: c", "service: web", "min_passing: 0"),
        "7: services.a.min_passing: found 0, expected at least 1",
    ),
    "a container without a Docker": (
        service("container", "container: web"),
        "3: services.a.kind: found no Docker to ask for it, expected a source with its socket and a service of kind docker",
    ),
    "a container of two Dockers": (
        DOCKERS + "  - {id: c, kind: container, container: web}\n",
        '5: services.c.container: found "web" and 2 Dockers, expected docker beside it: a or b',
    ),
    "a compose service of two Dockers": (
        DOCKERS + "  - {id: c, kind: container, project: shop, service: web}\n",
        '5: services.c.project: found "shop" and 2 Dockers, expected docker beside it: a or b',
    ),
    "a container without a name": (
        DOCKERS + "  - {id: c, kind: container, docker: a, service: web}\n",
        "5: services.c: found service, expected container, or project and service of compose, or swarm",
    ),
    "an empty argv": (
        service("command", "argv: []"),
        "4: services.a.argv: found no program, expected [program, argument, …]",
    ),
    "no argv": (service("command"), "2: services.a.argv: found no such key, expected it here"),
    "TLS verify": (
        HTTP + "    tls:\n      verify: false\n",
        "6: services.a.tls.verify: found the word false (which YAML reads as true or false),"
        " expected text (put it in quotes)",
    ),
    "TLS verify by another word": (
        HTTP + "    tls:\n      verify: none\n",
        '6: services.a.tls.verify: found "none", expected full or insecure',
    ),
    "a CA file that is not there": (
        HTTP + "    tls:\n      ca_file: gone.pem\n",
        '6: services.a.tls.ca_file: found no file "gone.pem", expected it to exist',
    ),
    "a certificate without its key": (
        HTTP + "    tls:\n      cert_file: stack.yaml\n",
        "6: services.a.tls.cert_file: found no key_file beside it, expected both",
    ),
    "an agent of the bridge": (
        service("mcp-bridge", "address: http://h", "agents: {letta: lettta}"),
        '5: services.a.agents.letta: found "lettta", expected none (there are none)',
    ),
    "a pace under the floor": (
        "pace: {selected: 0.2}\n" + HTTP,
        "1: pace.selected: found 0.2, expected at least 1",
    ),
    "a limit of nothing": ("limits: {asks: 0}\n" + HTTP, "1: limits.asks: found 0, expected at least 1"),
    "a keymap": ("keymap: {quit: [q]}\n" + HTTP, "1: keymap.quit: found a list, expected text"),
    "a control character": (
        HTTP + '    title: "a\\e[2Jb"\n',
        "5: services.a.title: found a control character, expected text",
    ),
    "a timer faster than a minute": (
        "checks: {every: {databases: 10s}}\n" + HTTP,
        "1: checks.every.databases: found 10 s, expected at least 60 s",
    ),
    "a timer for what logs in": (
        "checks: {every: {jwt: 10m}}\n" + HTTP,
        "1: checks.every.jwt: found jwt, whose checks log in, expected one that only reads",
    ),
    "a timer for no category": (
        "checks: {every: {databaze: 10m}}\n" + HTTP,
        "1: checks.every.databaze: found no category 'databaze', expected \"databases\"",
    ),
    "a suite by a word that is taken": (
        "checks: {pytest: [{id: jwt}]}\n" + HTTP,
        "1: checks.pytest.jwt.id: found 'jwt', which is another category, expected a word of its own",
    ),
    "two suites of one word": (
        "checks: {pytest: [{id: a}], junit: [{id: a, file: x}]}\n" + HTTP,
        "1: checks.junit.a.id: found 'a', which is another category, expected a word of its own",
    ),
    "a suite with a dot": (
        "checks: {pytest: [{id: a.b}]}\n" + HTTP,
        "1: checks.pytest.a.b.id: found 'a.b', expected a word of letters, digits, - and _",
    ),
    "a suite of no class": (
        "checks: {pytest: [{id: a, does: heavyy}]}\n" + HTTP,
        "1: checks.pytest.a.does: found 'heavyy', expected \"heavy\"",
    ),
    "a suite without time": (
        "checks: {pytest: [{id: a, timeout: 0}]}\n" + HTTP,
        "1: checks.pytest.a.timeout: found 0, expected more than 0",
    ),
    "a merge of nothing": (
        HTTP + "    <<: x\n",
        '5: services.a.<<: found "x", expected a mapping to merge',
    ),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_names_its_line_its_key_and_what_was_expected(name: str, tmp_path: Path) -> None:
    text, expected = ONE_FAULT[name]
    assert faults(tmp_path, text) == [expected]


def test_docker_inspect_without_expect_is_warned_of(tmp_path: Path) -> None:
    argv = "argv: [docker, inspect, -f, '{{.State.Health.Status}}', db]"
    [warning] = read(tmp_path, service("command", argv)).warnings
    assert warning == (
        f"{tmp_path}/stack.yaml:4: a: docker inspect -f ends with 0 whatever it prints, unhealthy too: "
        "add `expect: ^healthy$`, or use kind container"
    )
    assert not read(tmp_path, service("command", argv, "expect: ^healthy$")).warnings
    assert not read(tmp_path, service("command", "argv: [docker, inspect, db]")).warnings
