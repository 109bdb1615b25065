"""A history in which secrets stand everywhere, of a config that names them, and the bundle that the program makes of it."""

import base64
import html
import json
import sqlite3
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sutaz_tui.config.files import state_folder
from sutaz_tui.state.history.file import HistoryFile, name_of
from tests.running import command

SECRETS = {"DB_PASSWORD": "Zq9-very/secret value&0123", "BOT_TOKEN": 'tk"Xw8\\quoted-77-ä', "ID_SECRET": "kwop-svc-Jx4",
    "URL_PASSWORD": "Url-only-pass-4471"}  # fmt: skip
KNOWN_FORMS = (
    "ghp_abcdefghijklmnopqrstuvwx0123456789",
    "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLXNpZ24",
    "password=anotherhidden99",
    "postgresql://u:urlhidden77@db/x",
)
HIDDEN_OF_FORMS = ("ghp_abcdef", "AKIAABCD", "eyJhbGci", "anotherhidden99", "urlhidden77")
CONFIG = """
env: shop
groups: [{id: x, title: 'Shop ${DB_PASSWORD}'}]
services:
  - {id: db, kind: redis, address: '127.0.0.1:1', password: '${DB_PASSWORD}', title: 'DB ${BOT_TOKEN}', group: x}
  - {id: web, kind: http, address: 'http://bob:${URL_PASSWORD}@127.0.0.1:1/x', group: x, depends_on: [db],
     headers: {X-Bot: '${BOT_TOKEN}'}, owner: 'ops ${BOT_TOKEN}'}
  - {id: kwop-svc-Jx4, kind: http, address: 'http://127.0.0.1:1', headers: {X-Key: '${ID_SECRET}'}, group: x}
"""


def written(secret: str) -> list[str]:
    """A secret in every form in which one may stand in a file."""
    return [
        secret,
        quote(secret, safe=""),
        html.escape(secret),
        html.escape(secret).replace("&quot;", "&#34;"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        base64.b64encode(secret.encode()).decode().rstrip("="),
        base64.b64encode(f"bob:{secret}".encode()).decode().rstrip("="),
    ]


def planted() -> list[str]:
    """Texts as a service might say them, each with a secret in it."""
    words = [f"login failed for {form} at host" for secret in SECRETS.values() for form in written(secret)]
    return [*words, *(f"said {form} again" for form in KNOWN_FORMS)]


def config_file(folder: Path) -> Path:
    path = folder / "shop.yaml"
    path.write_text(CONFIG)
    return path


def fill(config: Path, texts: list[str]) -> int:
    """A history of the last hour, in which DB was down for ten minutes; the moment it ends, in milliseconds."""
    now = int(time.time() * 1000)
    begin, down, up = now - 3_600_000, now - 1_800_000, now - 1_200_000

    def act(database: sqlite3.Connection) -> None:
        subjects = [
            (1, "service", "db"), (2, "service", "web"), (3, "cause", "db"), (4, "alert", "Disk"),
            (5, "service", "kwop-svc-Jx4"), (6, "version", "db"), (7, "alert", "Other"),
        ]  # fmt: skip
        database.executemany("INSERT INTO subjects VALUES (?, ?, ?)", subjects)
        database.execute(
            "INSERT INTO watches VALUES (?, ?, 'stopped', 'record')", (begin - 3_600_000, begin - 1_800_000)
        )
        database.execute("INSERT INTO watches VALUES (?, ?, '', 'record')", (begin, now))
        spans = [
            (1, begin, down, "up", "", "1 connection", begin, 1, None),
            (1, down, up, "down", "", "refused", down, 0, None),
            (1, up, None, "up", "", "2 connections", up, 0, None),
            (2, begin, None, "up", "", "200 OK", begin, 1, None),
            (5, begin, None, "up", "", "200 OK", begin, 1, None),
            (3, down, up, "cause", "", "refused", down, 0, None),
            (4, down, None, "warning", "", "disk nearly full", down, 0, None),
            (7, begin - 3_000_000, begin - 2_500_000, "warning", "", "long over", begin - 3_000_000, 0, None),
            (6, begin, None, "7.2.4", "", "", begin, 1, None),
        ]
        spans += [
            (2, begin + n, begin + n + 1, "up", text[:40], text, begin, 1, None)
            for n, text in enumerate(texts)
        ]
        database.executemany("INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", spans)
        for n, text in enumerate(texts):
            at = down + n
            database.execute("INSERT INTO changes VALUES (?, 1, 'note', ?)", (at, text))
            facts = json.dumps(
                {"version": "7.2.4", "said": text, text: 3, "password": f"only-by-its-key-{n}"}
            )
            row = (1, at // 60_000 - n, 1, 12, 0, 0.002, 0.01, facts)
            database.execute("INSERT OR IGNORE INTO minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            steps = json.dumps([{"what": text, "request": text, "answer": text}])
            result = (f"own-{n}", at, "fail", 0.1, text, steps)
            database.execute("INSERT INTO results VALUES (?, ?, ?, ?, ?, ?)", result)
            database.execute("INSERT INTO results_from VALUES (?, ?, ?, ?, ?, ?, 'berlin')", result)
            database.execute(
                "INSERT INTO was_known VALUES ('db', ?, ?, ?, NULL, ?)", (text, text[:30], down, up)
            )

    file = HistoryFile(state_folder() / name_of(config))
    try:
        file.change(act)
    finally:
        file.close()
    return now


def made(folder: Path, *words: str, texts: list[str] | None = None, log: Path | None = None) -> Path:
    """The bundle of such a history; `log` is the file of web's log."""
    config = config_file(folder)
    if log is not None:
        config.write_text(config.read_text().replace("owner: 'ops", f"logs: {{file: '{log}'}}, owner: 'ops"))
    fill(config, planted() if texts is None else texts)
    target = folder / "shop.tar.gz"
    done = command("bundle", "-c", str(config), "-o", str(target), "--yes", *words, env=SECRETS)
    assert done.returncode == 0, done.stderr
    return target


def files_in(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for entry in archive:
            stream = archive.extractfile(entry)
            assert stream is not None
            yield entry.name, stream.read()


def tables_in(data: bytes) -> dict[str, list[list[Any]]]:
    """The rows of each table in a bundle's history."""
    tables: dict[str, list[list[Any]]] = {}
    for line in data.splitlines():
        match json.loads(line):
            case str(table):
                tables[table] = []
            case row:
                tables[table].append(row)
    return tables
