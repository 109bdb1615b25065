"""Lines as the programs of a stack write them, with the moment and the level that each one states.

Every moment is 2026-11-23 14:07:12 UTC and some fraction, in nanoseconds behind it; None where the line names no day.
"""

S, MS, US = 0, 44_000_000, 44_123_000
NONE = None

Sample = tuple[str, int | None, str]

FORMATS: dict[str, list[Sample]] = {
    "Apache error": [
        ("[Mon Nov 23 14:07:12 2026] [error] [client 10.1.2.3] not there: /srv/a", S, "ERROR"),
        ("[Mon Nov 23 14:07:12.044123 2026] [core:error] [pid 31:tid 7] AH1: lost", US, "ERROR"),
        ("[Mon Nov 23 14:07:12.044123 2026] [proxy_http:warn] [pid 31] slow", US, "WARN"),
        ("[Mon Nov 23 14:07:12.044123 2026] [mpm_event:notice] [pid 31] up", US, "INFO"),
        ("[Mon Nov 23 14:07:12.044123 2026] [ssl:emerg] [pid 31] no key", US, "CRITICAL"),
        ("[Mon Nov 23 14:07:12.044123 2026] [rewrite:trace3] [pid 31] x", US, "DEBUG"),
    ],
    "Apache and nginx access": [
        ('10.1.2.3 - - [23/Nov/2026:14:07:12 +0000] "GET / HTTP/1.1" 200 12', S, "INFO"),
        ('10.1.2.3 - ada [23/Nov/2026:15:07:12 +0100] "GET /a HTTP/2.0" 404 12 "-" "curl/8"', S, "WARN"),
        ('10.1.2.3 - - [23/Nov/2026:14:07:12 +0000] "PUT /b HTTP/1.1" 503 0 "-" "-" 9 "b" 3ms', S, "ERROR"),
    ],
    "HAProxy": [
        (
            "10.1.2.3:51234 [23/Nov/2026:14:07:12.044] web shop/a1 0/0/1/2/3 502 99 - - ---- 1/1/0/0/0 0/0 "
            '"GET / HTTP/1.1"',
            *(MS, "ERROR"),
        ),
        (
            "10.1.2.3:51234 [23/Nov/2026:14:07:12.044] web~ shop/a1 0/0/1/2/3 200 99 - - ---- 1/1/0/0/0 0/0 "
            '"GET / HTTP/1.1"',
            *(MS, "INFO"),
        ),
    ],
    "nginx error": [
        ("2026/11/23 14:07:12 [error] 31#31: *7 connect() failed", S, "ERROR"),
        ("2026/11/23 14:07:12 [alert] 31#31: worker died", S, "CRITICAL"),
    ],
    "Caddy": [
        ("2026/11/23 14:07:12.044\tERROR\thttp.log.error\tdial tcp: refused\t{}", MS, "ERROR"),
        ('{"level":"warn","ts":1795442832.044123,"logger":"tls","msg":"x"}', US, "WARN"),
    ],
    "Traefik": [
        ('2026-11-23T14:07:12Z ERR lost error="x" entryPointName=web', S, "ERROR"),
        ('time="2026-11-23T14:07:12Z" level=warning msg="lost" entryPointName=web', S, "WARN"),
        ('{"ClientAddr":"10.1.2.3:5","level":"info","msg":"","time":"2026-11-23T14:07:12Z"}', S, "INFO"),
    ],
    "Ruby Logger": [
        ("E, [2026-11-23T14:07:12.044123 #31] ERROR -- : lost", US, "ERROR"),
        ("W, [2026-11-23T14:07:12.044123 #31]  WARN -- shop: slow", US, "WARN"),
        ("I, [2026-11-23T14:07:12.044123 #31]  INFO -- : up", US, "INFO"),
        ("F, [2026-11-23T14:07:12.044123 #31] FATAL -- : dead", US, "CRITICAL"),
        ("D, [2026-11-23T14:07:12.044123 #31] DEBUG -- : x", US, "DEBUG"),
    ],
    "Rust": [
        (
            "\x1b[2m2026-11-23T14:07:12.044123Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[2mshop::db\x1b[0m: lost",
            *(US, "ERROR"),
        ),
        ("\x1b[2m2026-11-23T14:07:12.044123Z\x1b[0m \x1b[33m WARN\x1b[0m shop: slow", US, "WARN"),
        ("2026-11-23T14:07:12.044123Z  INFO request{id=7}: shop: up", US, "INFO"),
        ("[2026-11-23T14:07:12Z ERROR shop::db] lost", S, "ERROR"),
    ],
    "seconds since 1970": [
        ("1795442832044 ERROR lost", MS, "ERROR"),
        ("1795442832 WARN slow", S, "WARN"),
        ("1795442832.044123 [INFO] up", US, "INFO"),
        ("[1795442832.044] ERROR: lost", MS, "ERROR"),
        ("ts=1795442832.044 level=error msg=lost", MS, "ERROR"),
        ("1795442832 bytes copied", NONE, "UNKNOWN"),
        ("17954428320441 ERROR an id of 14 digits", NONE, "UNKNOWN"),
    ],
    "Spring Boot": [
        ("2026-11-23T14:07:12.044Z ERROR 1 --- [nio-8080-exec-1] o.s.web.Servlet : lost", MS, "ERROR"),
        ("2026-11-23 14:07:12.044  WARN 31 --- [           main] c.shop.App : slow", MS, "WARN"),
        ("2026-11-23T15:07:12.044+01:00  INFO 1 --- [shop] [main] c.shop.App : up", MS, "INFO"),
    ],
    "Kafka": [
        ("[2026-11-23 14:07:12,044] ERROR [Broker id=1] lost (kafka.server.KafkaServer)", MS, "ERROR"),
        ("[2026-11-23 14:07:12,044] INFO up (kafka.log.LogManager)", MS, "INFO"),
    ],
    "Elasticsearch": [
        ("[2026-11-23T14:07:12,044][ERROR][o.e.b.Bootstrap          ] [a1] lost", MS, "ERROR"),
        ("[2026-11-23T14:07:12,044][WARN ][o.e.c.r.a.DiskThreshold  ] [a1] full", MS, "WARN"),
        (
            '{"type": "server", "timestamp": "2026-11-23T14:07:12,044Z", "level": "ERROR", "message": "x"}',
            *(MS, "ERROR"),
        ),
    ],
    "ECS": [
        ('{"@timestamp":"2026-11-23T14:07:12.044Z","log.level":"error","message":"x"}', MS, "ERROR"),
        ('{"@timestamp":"2026-11-23T14:07:12.044Z","log":{"level":"WARN"},"message":"x"}', MS, "WARN"),
        (
            '{"message":"' + "x" * 900 + '","log":{"level":"fatal"},"@timestamp":"2026-11-23T14:07:12.044Z"}',
            MS,
            "CRITICAL",
        ),
    ],
    "zap": [
        ('2026-11-23T14:07:12.044Z\tERROR\tdb/pool.go:31\tlost\t{"a": 1}', MS, "ERROR"),
        ("2026-11-23T15:07:12.044+0100\tWARN\tdb/pool.go:31\tslow", MS, "WARN"),
        ('{"level":"dpanic","ts":1795442832.044123,"msg":"x"}', US, "CRITICAL"),
    ],
    "zerolog": [
        ('3:04AM ERR lost error="x"', NONE, "ERROR"),
        ("\x1b[90m11:04PM\x1b[0m \x1b[1m\x1b[31mWRN\x1b[0m\x1b[0m slow", NONE, "WARN"),
        ('{"level":"fatal","time":1795442832,"message":"x"}', S, "CRITICAL"),
    ],
    "logrus": [
        ("ERRO[0003] lost                       key=a", NONE, "ERROR"),
        ("\x1b[33mWARN\x1b[0m[0012] slow", NONE, "WARN"),
        ("FATA[2026-11-23T14:07:12Z] dead", S, "CRITICAL"),
        ('time="2026-11-23T14:07:12Z" level=panic msg=x', S, "CRITICAL"),
    ],
    "Monolog and Laravel": [
        ('[2026-11-23T14:07:12.044123+00:00] app.CRITICAL: dead {"a":1} []', US, "CRITICAL"),
        ('[2026-11-23 14:07:12] production.ERROR: lost {"exception":"[object]"}', S, "ERROR"),
        ("[2026-11-23 14:07:12] local.NOTICE: x", S, "INFO"),
    ],
    "Serilog": [
        ('{"@t":"2026-11-23T14:07:12.0441230Z","@l":"Error","@mt":"lost {X}","X":1}', US, "ERROR"),
        ('{"@t":"2026-11-23T14:07:12.0441230Z","@mt":"up"}', US, "INFO"),
        ("2026-11-23 15:07:12.044 +01:00 [ERR] lost", MS, "ERROR"),
        ("[14:07:12 WRN] slow", NONE, "WARN"),
    ],
    ".NET": [
        ("fail: Shop.Worker[13]", NONE, "ERROR"),
        ("crit: Shop.Worker[0]", NONE, "CRITICAL"),
        ("dbug: Shop.Data.Pool`1[0] opened", NONE, "DEBUG"),
        ("2026-11-23 14:07:12 warn: Shop.Worker[0] slow", S, "WARN"),
        (
            '{"EventId":0,"LogLevel":"Critical","Category":"a","Message":"x","Timestamp":"2026-11-23 14:07:12"}',
            *(S, "CRITICAL"),
        ),
        ("2026-11-23 14:07:12.0440|ERROR|Shop.Worker|lost", MS, "ERROR"),
    ],
    "MongoDB": [
        (
            '{"t":{"$date":"2026-11-23T14:07:12.044+00:00"},"s":"E",  "c":"NETWORK",  "id":7,"ctx":"a","msg":"x"}',
            *(MS, "ERROR"),
        ),
        ('{"t":{"$date":"2026-11-23T15:07:12.044+01:00"},"s":"D2", "c":"-","id":7,"msg":"x"}', MS, "DEBUG"),
        ('{"t":{"$date":"2026-11-23T14:07:12.044+00:00"},"s":"F",  "c":"CONTROL","msg":"cu', MS, "CRITICAL"),
    ],
    "journald": [
        ("2026-11-23T15:07:12+0100 web-03 sshd[812]: hello", S, "UNKNOWN"),
        (
            '{"__REALTIME_TIMESTAMP":"1795442832044123","PRIORITY":"3","MESSAGE":"x","_SYSTEMD_UNIT":"a.service"}',
            *(US, "ERROR"),
        ),
        (
            '{"MESSAGE":"' + "x" * 900 + '","PRIORITY":"4","__REALTIME_TIMESTAMP":"1795442832044123"}',
            US,
            "WARN",
        ),
    ],
    "log4j2": [
        ("2026-11-23 14:07:12,044 ERROR [main] c.s.App (App.java:31) - lost", MS, "ERROR"),
        ("2026-11-23 14:07:12,044 [main] WARN  c.s.App - slow", MS, "WARN"),
        (
            '{"instant":{"epochSecond":1795442832,"nanoOfSecond":44123000},"thread":"main","level":"FATAL"}',
            *(US, "CRITICAL"),
        ),
    ],
    "java.util.logging": [
        ("Nov 23, 2026 2:07:12 PM com.shop.App main", S, "UNKNOWN"),
        ("SEVERE: lost", NONE, "ERROR"),
        ("23-Nov-2026 14:07:12.044 SEVERE [main] org.shop.App lost", MS, "ERROR"),
    ],
    "GCP": [
        (
            '{"severity":"ERROR","timestamp":{"seconds":1795442832,"nanos":44000000},"message":"x"}',
            MS,
            "ERROR",
        ),
        ('{"severity":"EMERGENCY","timestampSeconds":1795442832,"timestampNanos":44000000}', MS, "CRITICAL"),
        ('{"severity":"NOTICE","time":"2026-11-23T14:07:12.044Z"}', MS, "INFO"),
        ('{"severity":"DEFAULT","time":"2026-11-23T14:07:12.044Z"}', MS, "UNKNOWN"),
    ],
    "pino and bunyan": [
        ('{"level":50,"time":1795442832044,"pid":31,"msg":"x"}', MS, "ERROR"),
        ('{"name":"shop","pid":31,"level":40,"msg":"x","time":"2026-11-23T14:07:12.044Z","v":0}', MS, "WARN"),
    ],
    "CRI": [
        ("2026-11-23T14:07:12.044123456Z stderr F ERROR: lost", US + 456, "ERROR"),
        ("2026-11-23T14:07:12.044123456Z stdout F level=warn msg=slow", US + 456, "WARN"),
        ('2026-11-23T14:07:12.044123456Z stdout F {"level":"error","msg":"x"}', US + 456, "ERROR"),
    ],
    "PostgreSQL": [
        ("2026-11-23 14:07:12.044 UTC [61] ERROR:  no such relation", MS, "ERROR"),
        ("2026-11-23 15:07:12.044 CET [61] FATAL:  no such role", MS, "CRITICAL"),
        ("2026-11-23 14:07:12.044 UTC [61] ada@shop ERROR:  no such relation", MS, "ERROR"),
        ("2026-11-23 09:07:12.044 EST [61] LOG:  checkpoint complete", MS, "INFO"),
        (
            '{"timestamp":"2026-11-23 14:07:12.044 UTC","pid":61,"error_severity":"ERROR","message":"x"}',
            MS,
            "ERROR",
        ),
    ],
    "MySQL and MariaDB": [
        ("2026-11-23T14:07:12.044123Z 0 [ERROR] [MY-010119] [Server] Aborting", US, "ERROR"),
        ("2026-11-23T14:07:12.044123Z 0 [System] [MY-010116] [Server] starting", US, "INFO"),
        ("2026-11-23 14:07:12 0 [Note] mariadbd: ready", S, "INFO"),
        ("261123 14:07:12 [Warning] mysqld: slow", S, "WARN"),
    ],
    "Redis": [
        ("31:M 23 Nov 2026 14:07:12.044 # out of memory", MS, "WARN"),
        ("31:S 23 Nov 2026 14:07:12.044 * in sync", MS, "INFO"),
    ],
    "RabbitMQ": [
        ("2026-11-23 14:07:12.044123+00:00 [error] <0.31.0> closing", US, "ERROR"),
        ("2026-11-23 14:07:12.044 [warning] <0.31.0> memory", MS, "WARN"),
    ],
    "Consul, Vault, Nomad": [
        ("    2026-11-23T14:07:12.044Z [ERROR] agent: lost", MS, "ERROR"),
        ("2026-11-23T14:07:12.044Z [WARN]  core: sealed", MS, "WARN"),
    ],
    "klog": [
        ("E1123 14:07:12.044123       1 main.go:12] lost", US, "ERROR"),
        ("I1123 14:07:12.044123       1 main.go:12] up", US, "INFO"),
    ],
    "HDFS": [
        ("261123 140712 148 WARN dfs.DataNode$PacketResponder: slow", S, "WARN"),
        ("261123 140712 148 of 9999 parts", NONE, "UNKNOWN"),
    ],
    "Android": [
        ("11-23 14:07:12.044  1702  2395 E WindowManager: lost", MS, "ERROR"),
        ("11-23 14:07:12.044  1702  2395 V PhoneStatusBar: x", MS, "DEBUG"),
    ],
    "Windows": [
        ("2026-11-23 14:07:12, Error                 CBS    lost", S, "ERROR"),
        ("2026-11-23 14:07:12, Info                  DISM   up", S, "INFO"),
        ("11/23/2026 2:07:12 PM ERROR lost", S, "ERROR"),
        ("23.11.2026 14:07:12 ERROR lost", S, "ERROR"),
    ],
}
"""By format; where a program writes its day without a year, it is the one next to the moment of the source."""

READ: list[tuple[str, str, str, str]] = [
    ("Apache error", "apache error", "core", "AH1: lost"),
    ("HAProxy", "haproxy", "", "10.1.2.3 GET / 502"),
    ("Caddy", "zap", "http.log.error", "dial tcp: refused\t{}"),
    ("Traefik", "zerolog", "", 'lost error="x" entryPointName=web'),
    ("Ruby Logger", "ruby", "shop", "slow"),
    ("Rust", "stamped", "shop::db", "lost"),
    ("Spring Boot", "spring", "o.s.web.Servlet", "lost"),
    ("Kafka", "kafka", "kafka.server.KafkaServer", "[Broker id=1] lost"),
    ("Elasticsearch", "elasticsearch", "o.e.b.Bootstrap", "lost"),
    ("logrus", "logrus", "", "slow"),
    ("Monolog and Laravel", "monolog", "production", 'lost {"exception":"[object]"}'),
    (".NET", "json", "a", "x"),
    ("journald", "json", "", "x"),
    ("log4j2", "log4j, level first", "c.s.App", "lost"),
    ("log4j2", "log4j", "c.s.App", "slow"),
    ("CRI", "json", "", "x"),
    ("PostgreSQL", "postgres", "postgres", "no such role"),
    ("MySQL and MariaDB", "mysql", "Server", "Aborting"),
    ("Consul, Vault, Nomad", "bracketed", "agent", "lost"),
    ("HDFS", "hadoop", "dfs.DataNode$PacketResponder", "slow"),
    ("Android", "android", "WindowManager", "lost"),
    ("Windows", "windows", "CBS", "lost"),
]
"""Shape, logger and message that one of a format's samples is read into."""

CRASHES: dict[str, list[tuple[str, str]]] = {
    "Python": [
        ("Traceback (most recent call last):", "ERROR"),
        ("sqlalchemy.exc.OperationalError: server closed the connection", "ERROR"),
        ("Fatal Python error: Segmentation fault", "CRITICAL"),
    ],
    "Go": [
        ("panic: runtime error: index out of range [7] with length 3", "CRITICAL"),
        ("2026/11/23 14:07:12 panic: lost", "CRITICAL"),
        ("fatal error: all goroutines are asleep - deadlock!", "CRITICAL"),
        ("[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4]", "CRITICAL"),
    ],
    "Rust": [
        ("thread 'main' panicked at src/main.rs:5:10:", "CRITICAL"),
        ("thread 'tokio-runtime-worker' (812) panicked at src/a.rs:5:10:", "CRITICAL"),
    ],
    "JVM": [
        ('Exception in thread "main" java.lang.OutOfMemoryError: Java heap space', "ERROR"),
        ("java.lang.IllegalStateException: closed", "ERROR"),
        ("Caused by: java.net.ConnectException: Connection refused", "ERROR"),
        ("# A fatal error has been detected by the Java Runtime Environment:", "CRITICAL"),
    ],
    "Node": [
        ("TypeError: x is undefined", "ERROR"),
        ("TypeError [ERR_INVALID_ARG_TYPE]: x", "ERROR"),
        ("Uncaught Error: gone", "ERROR"),
        ("npm ERR! code ELIFECYCLE", "ERROR"),
        ("FATAL ERROR: Reached heap limit Allocation failed", "CRITICAL"),
    ],
    "PHP": [
        ("PHP Fatal error:  Uncaught Exception: boom in /srv/a.php:3", "CRITICAL"),
        ("[23-Nov-2026 14:07:12 UTC] PHP Parse error:  unexpected end", "ERROR"),
        ("PHP Warning:  Undefined variable $a in /srv/a.php on line 3", "WARN"),
    ],
    ".NET": [
        ("Unhandled exception. System.NullReferenceException: no object", "ERROR"),
        ("System.InvalidOperationException: closed", "ERROR"),
    ],
    "C and C++": [
        ("Segmentation fault (core dumped)", "CRITICAL"),
        ("Aborted (core dumped)", "CRITICAL"),
        ("terminate called after throwing an instance of 'std::bad_alloc'", "CRITICAL"),
        ("*** stack smashing detected ***: terminated", "CRITICAL"),
        ("shop: src/a.c:31: main: Assertion `a > 0' failed.", "CRITICAL"),
    ],
    "none": [
        ("TypeErrors are counted: 0", "UNKNOWN"),
        ("Exceptions: none", "UNKNOWN"),
        ("no panic: all is well", "UNKNOWN"),
        ("thread 'main' started", "UNKNOWN"),
    ],
}
"""The lines that tell of a death, by the runtime that prints them."""
