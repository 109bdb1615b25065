"""The same formats once more, each with every level that its programs write and with messages that name other ones."""

from tests.logs.formats import MS, US, S, Sample

D, N, W, E, C = "DEBUG", "INFO", "WARN", "ERROR", "CRITICAL"
MESSAGES = ("order 7 paid", "took 12 ms: no error, 0 warnings", "retry 3 of 9 after fatal timeouts")
Levels = dict[str, str]

USUAL: Levels = {"DEBUG": D, "INFO": N, "WARN": W, "ERROR": E}
LOWER: Levels = {"debug": D, "info": N, "warn": W, "error": E, "fatal": C}
JAVA: Levels = {"TRACE": D, "DEBUG": D, "INFO": N, "WARN": W, "ERROR": E, "FATAL": C}
SHORT: Levels = {"TRC": D, "DBG": D, "INF": N, "WRN": W, "ERR": E, "FTL": C, "PNC": C}
LETTERS: Levels = {"D": D, "I": N, "W": W, "E": E, "F": C}
STATUSES: Levels = {"200": N, "204": N, "301": N, "404": W, "429": W, "500": E, "503": E}

WRITTEN: dict[str, tuple[str, int | None, Levels]] = {
    "Apache error": (
        "[Mon Nov 23 14:07:12.044123 2026] [core:{level}] [pid 31:tid 7] {text}",
        US,
        {"debug": D, "info": N, "notice": N, "warn": W, "error": E, "crit": C, "alert": C, "emerg": C},
    ),
    "Apache and nginx access": (
        '10.1.2.3 - - [23/Nov/2026:14:07:12 +0000] "GET /a HTTP/1.1" {level} 12 "-" "{text}"', S, STATUSES,
    ),
    "HAProxy": (
        "10.1.2.3:51234 [23/Nov/2026:14:07:12.044] web shop/a1 0/0/1/2/3 {level} 99 - - ---- 1/1/0/0/0 0/0 "
        '"GET /{text} HTTP/1.1"',
        MS,
        STATUSES,
    ),
    "nginx error": (
        "2026/11/23 14:07:12 [{level}] 31#31: *7 {text}",
        S,
        {"debug": D, "info": N, "notice": N, "warn": W, "error": E, "crit": C, "alert": C, "emerg": C},
    ),
    "Caddy": ("2026/11/23 14:07:12.044\t{level}\thttp.log\t{text}\t{{}}", MS, USUAL),
    "Traefik": ('time="2026-11-23T14:07:12Z" level={level} msg="{text}"', S, LOWER),
    "Ruby Logger": (
        "{level[0]}, [2026-11-23T14:07:12.044123 #31] {level:>5} -- shop: {text}",
        US,
        {"DEBUG": D, "INFO": N, "WARN": W, "ERROR": E, "FATAL": C},
    ),
    "Rust": ("2026-11-23T14:07:12.044123Z {level:>5} shop::db: {text}", US, {"TRACE": D, **USUAL}),
    "seconds since 1970": ("1795442832.044 [{level}] {text}", MS, USUAL),
    "Spring Boot": ("2026-11-23T14:07:12.044Z {level:>5} 1 --- [main] o.s.web.Servlet : {text}", MS, JAVA),
    "Kafka": ("[2026-11-23 14:07:12,044] {level} {text} (kafka.server.KafkaServer)", MS, JAVA),
    "Elasticsearch": ("[2026-11-23T14:07:12,044][{level:<5}][o.e.b.Bootstrap          ] [a1] {text}", MS, JAVA),
    "ECS": ('{{"@timestamp":"2026-11-23T14:07:12.044Z","log.level":"{level}","message":"{text}"}}', MS, LOWER),
    "zap": (
        "2026-11-23T14:07:12.044Z\t{level}\tdb/pool.go:31\t{text}", MS, {**USUAL, "DPANIC": C, "FATAL": C},
    ),
    "zerolog": ("2026-11-23T14:07:12Z {level} {text}", S, SHORT),
    "logrus": ("{level}[2026-11-23T14:07:12Z] {text}", S, {"DEBU": D, "INFO": N, "WARN": W, "ERRO": E, "FATA": C}),
    "Monolog and Laravel": (
        "[2026-11-23T14:07:12.044123+00:00] app.{level}: {text} [] []",
        US,
        {"DEBUG": D, "INFO": N, "NOTICE": N, "WARNING": W, "ERROR": E, "CRITICAL": C, "ALERT": C, "EMERGENCY": C},
    ),
    "Serilog": ("2026-11-23 15:07:12.044 +01:00 [{level}] {text}", MS, {**SHORT, "VRB": D}),
    ".NET": (
        "2026-11-23 14:07:12 {level}: Shop.Worker[0] {text}",
        S,
        {"trce": D, "dbug": D, "info": N, "warn": W, "fail": E, "crit": C},
    ),
    "MongoDB": (
        '{{"t":{{"$date":"2026-11-23T14:07:12.044+00:00"}},"s":"{level}","c":"NETWORK","id":7,"msg":"{text}"}}',
        MS,
        LETTERS,
    ),
    "journald": (
        '{{"__REALTIME_TIMESTAMP":"1795442832044123","PRIORITY":"{level}","MESSAGE":"{text}"}}',
        US,
        {"0": C, "2": C, "3": E, "4": W, "5": N, "6": N, "7": D},
    ),
    "log4j2": ("2026-11-23 14:07:12,044 {level:<5} [main] c.s.App (App.java:31) - {text}", MS, JAVA),
    "java.util.logging": (
        "23-Nov-2026 14:07:12.044 {level} [main] org.shop.App {text}",
        MS,
        {"FINE": D, "INFO": N, "WARNING": W, "SEVERE": E},
    ),
    "GCP": (
        '{{"severity":"{level}","timestamp":{{"seconds":1795442832,"nanos":44000000}},"message":"{text}"}}',
        MS,
        {"DEBUG": D, "INFO": N, "NOTICE": N, "WARNING": W, "ERROR": E, "CRITICAL": C, "ALERT": C},
    ),
    "pino and bunyan": (
        '{{"level":{level},"time":1795442832044,"pid":31,"msg":"{text}"}}',
        MS,
        {"10": D, "20": D, "30": N, "40": W, "50": E, "60": C},
    ),
    "CRI": ("2026-11-23T14:07:12.044123456Z stderr F level={level} msg=\"{text}\"", US + 456, LOWER),
    "PostgreSQL": (
        "2026-11-23 14:07:12.044 UTC [61] ada@shop {level}:  {text}",
        MS,
        {"DEBUG": D, "LOG": N, "NOTICE": N, "WARNING": W, "ERROR": E, "FATAL": C, "PANIC": C},
    ),
    "MySQL and MariaDB": (
        "2026-11-23T14:07:12.044123Z 0 [{level}] [MY-010119] [Server] {text}",
        US,
        {"System": N, "Note": N, "Warning": W, "ERROR": E},
    ),
    "Redis": ("31:M 23 Nov 2026 14:07:12.044 {level} {text}", MS, {".": D, "-": D, "*": N, "#": W}),
    "RabbitMQ": (
        "2026-11-23 14:07:12.044123+00:00 [{level}] <0.31.0> {text}",
        US,
        {"debug": D, "info": N, "notice": N, "warning": W, "error": E, "critical": C},
    ),
    "Consul, Vault, Nomad": ("2026-11-23T14:07:12.044Z [{level}] agent: {text}", MS, {"TRACE": D, **USUAL}),
    "klog": ("{level}1123 14:07:12.044123       1 main.go:12] {text}", US, {"I": N, "W": W, "E": E, "F": C}),
    "HDFS": ("261123 140712 148 {level} dfs.DataNode$PacketResponder: {text}", S, {"INFO": N, "WARN": W, "ERROR": E, "FATAL": C}),
    "Android": ("11-23 14:07:12.044  1702  2395 {level} WindowManager: {text}", MS, {"V": D, **LETTERS}),
    "Windows": ("11/23/2026 2:07:12 PM {level} {text}", S, USUAL),
}  # fmt: skip
"""By format: the line with places for its level and its message, its fraction of a second, its levels."""

MORE: dict[str, list[Sample]] = {
    name: [
        (template.format(level=word, text=text), fraction, level)
        for word, level in levels.items()
        for text in MESSAGES
    ]
    for name, (template, fraction, levels) in WRITTEN.items()
}
