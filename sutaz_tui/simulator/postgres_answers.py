"""What the simulated PostgreSQL answers: a select list read by its aliases, without a SQL engine behind it.

A monitor asks one row with named columns. Each column is answered by, in this order, its literal (`1 AS ok`, unless a
figure is called so), its setting (`current_setting('port')`), its function (`version()`), or the figure that its alias
names (`... AS size`); a trailing cast (`::int`) decides the type. What is not understood is an honest SQL
error, never a made-up row.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

TYPE_OIDS = {
    "bool": 16,
    "boolean": 16,
    "int8": 20,
    "bigint": 20,
    "int2": 21,
    "smallint": 21,
    "int4": 23,
    "int": 23,
    "integer": 23,
    "text": 25,
    "oid": 26,
    "real": 700,
    "float4": 700,
    "float": 701,
    "float8": 701,
    "double precision": 701,
    "timestamptz": 1184,
    "timestamp with time zone": 1184,
}
"""OIDs of built-in types, from PostgreSQL's pg_type.dat: asyncpg looks up only others in the catalogue."""

Value = bool | int | float | str | datetime | None
Figures = Mapping[str, tuple[str, Value]]
"""Alias to type name and value."""


class SqlError(Exception):
    """An ErrorResponse in the making: SQLSTATE and the sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    oid: int
    value: Value


@dataclass(frozen=True, slots=True)
class Answer:
    """A command tag, with one row where the statement has columns; `sleep` seconds pass before it is sent."""

    tag: str
    columns: tuple[Column, ...] | None = None
    sleep: float = 0.0


@dataclass(slots=True)
class Session:
    """What one connection has set: run-time settings, and whether it is in a transaction (I, T or E)."""

    settings: dict[str, str] = field(default_factory=dict)
    transaction: str = "I"

    @property
    def statement_timeout(self) -> float:
        """Seconds; 0 means none."""
        return _seconds(self.settings.get("statement_timeout", "0"))


def answer(statement: str, session: Session, figures: Figures) -> Answer:
    """The answer to one statement; raises SqlError. Its lasting effect is left to `apply`."""
    text = _without_comments(statement).strip()
    verb = text.split(None, 1)[0].upper().rstrip(";") if text else ""
    if session.transaction == "E" and verb not in ("ROLLBACK", "COMMIT", "END", "ABORT"):
        raise SqlError(
            "25P02", "current transaction is aborted, commands ignored until end of transaction block"
        )
    if verb == "SHOW":
        name = text.split(None, 1)[1].strip().lower()
        return Answer("SHOW", (Column(name, TYPE_OIDS["text"], _setting(name, session, figures)),))
    if verb in ("SELECT", "WITH"):
        columns = tuple(_column(item, session, figures) for item in _split(_select_list(text), ","))
        nap = re.search(r"\bpg_sleep\(\s*([\d.]+)", text, re.IGNORECASE)
        return Answer("SELECT 1", columns, float(nap[1]) if nap else 0.0)
    if verb in _TAGS:
        return Answer("ROLLBACK" if verb in ("COMMIT", "END") and session.transaction == "E" else _TAGS[verb])
    if not verb:
        return Answer("")
    raise SqlError("0A000", f"the simulated PostgreSQL does not know the statement {verb}")


def apply(statement: str, session: Session) -> None:
    """The lasting effect of an executed statement: a transaction begun or ended, a setting changed."""
    words = _without_comments(statement).split(None, 1)
    verb = words[0].upper() if words else ""
    if verb in ("BEGIN", "START"):
        session.transaction = "T"
    elif verb in ("COMMIT", "END", "ROLLBACK", "ABORT"):
        session.transaction = "I"
    elif verb == "SET" and (found := _SET.match(statement.strip())):
        session.settings[found[1].lower()] = found[2].strip().strip("'\"")
    for name, value in _SET_CONFIG.findall(statement):
        session.settings[name.lower()] = value


def statements(text: str) -> list[str]:
    """The statements of a simple query, without empty ones."""
    return [part for part in _split(text, ";") if part.strip()]


def parameter_oids(statement: str, declared: list[int]) -> list[int]:
    """The type of each $n: as declared by the client, else by a cast beside it, else text."""
    count = max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
    casts = {
        int(number): TYPE_OIDS.get(cast.lower(), 25) for number, cast in _PARAMETER_CAST.findall(statement)
    }
    given = dict(enumerate((oid for oid in declared), start=1))
    return [given.get(number) or casts.get(number, 25) for number in range(1, count + 1)]


_TAGS = {
    "SET": "SET",
    "RESET": "RESET",
    "BEGIN": "BEGIN",
    "START": "START TRANSACTION",
    "COMMIT": "COMMIT",
    "END": "COMMIT",
    "ROLLBACK": "ROLLBACK",
    "ABORT": "ROLLBACK",
    "CLOSE": "CLOSE CURSOR ALL",
    "UNLISTEN": "UNLISTEN",
    "LISTEN": "LISTEN",
    "DISCARD": "DISCARD ALL",
    "DEALLOCATE": "DEALLOCATE ALL",
}
_SET = re.compile(r"SET\s+(?:SESSION\s+|LOCAL\s+)?([\w.]+)\s*(?:=|\bTO\b)\s*([^;]+)", re.IGNORECASE)
_SET_CONFIG = re.compile(r"set_config\(\s*'([\w.]+)'\s*,\s*'([^']*)'", re.IGNORECASE)
_PARAMETER_CAST = re.compile(r"\$(\d+)::(\w+)")
_ALIAS = re.compile(r"\s+(?:AS\s+)?(?:\"([^\"]+)\"|([a-z_]\w*))\s*$", re.IGNORECASE)
_CAST = re.compile(r"::\s*(double precision|timestamp with time zone|\w+)\s*$", re.IGNORECASE)
_CAST_CALL = re.compile(r"^CAST\s*\(.*\bAS\s+([\w ]+?)\s*\)$", re.IGNORECASE | re.DOTALL)
_CURRENT_SETTING = re.compile(r"current_setting\(\s*'([\w.]+)'\s*(,\s*true\s*)?\)", re.IGNORECASE)


def _column(item: str, session: Session, figures: Figures) -> Column:
    expression, name = _aliased(item.strip())
    cast = _CAST.search(expression) or _CAST_CALL.match(expression)
    bare = expression[: cast.start()].strip() if cast and "::" in cast[0] else expression
    kind, value = _known(bare, name, session, figures)
    if cast and cast[1].lower() in TYPE_OIDS:
        kind = cast[1].lower()
        value = _cast(value, TYPE_OIDS[kind])
    return Column(name, TYPE_OIDS[kind], value)


def _known(expression: str, name: str, session: Session, figures: Figures) -> tuple[str, Value]:
    lower = expression.lower()
    if re.fullmatch(r"-?\d+", expression) and name.lower() not in figures:
        return ("int4" if abs(int(expression)) < 2**31 else "int8"), int(expression)
    if re.fullmatch(r"-?\d*\.\d+", expression):
        return "float8", float(expression)
    if re.fullmatch(r"'(?:[^']|'')*'", expression):
        return "text", expression[1:-1].replace("''", "'")
    if lower in ("true", "false", "null"):
        return ("text", None) if lower == "null" else ("bool", lower == "true")
    if lower.startswith(("pg_sleep(", "pg_advisory_unlock_all(", "set_config(")):
        return "text", ""
    if setting := _CURRENT_SETTING.match(expression):
        try:
            return "text", _setting(setting[1].lower(), session, figures)
        except SqlError:
            if not setting[2]:
                raise
            return "text", None
    function = lower.split("(", 1)[0].rsplit(".", 1)[-1].strip()
    called = _FUNCTIONS.get(function, function)
    for key in (called, name.lower()) if re.fullmatch(r"[\w.]+\([^()]*\)", lower) else (name.lower(), called):
        if key in figures:
            return figures[key]
    raise SqlError("42703", f'column "{name}" does not exist in the simulated PostgreSQL')


_FUNCTIONS = {
    "version": "version_text",
    "pg_is_in_recovery": "in_recovery",
    "current_database": "database",
    "pg_postmaster_start_time": "started",
    "pg_database_size": "size",
    "current_user": "user",
    "session_user": "user",
    "current_timestamp": "now",
}


def _aliased(item: str) -> tuple[str, str]:
    """An expression and its name: its alias, else the function's or the column's own, as PostgreSQL does."""
    found = _ALIAS.search(item)
    before = item[: found.start()] if found else ""
    if (
        found
        and not before.rstrip().endswith("::double")
        and not re.search(r"::\s*timestamp with( time)?$", before)
    ):
        return before.strip(), found[1] or found[2].lower()
    bare = _CAST.sub("", item).split("(", 1)[0].rsplit(".", 1)[-1].strip().lower()
    return item, bare if re.fullmatch(r"[a-z_]\w*", bare) else "?column?"


def _select_list(text: str) -> str:
    """What stands between the outermost SELECT and its FROM (or the end)."""
    start = next((end for word, _, end in _words(text) if word == "SELECT"), 0)
    clauses = ("FROM", "WHERE", "LIMIT", "ORDER", "GROUP")
    stop = next((begin for word, begin, _ in _words(text) if word in clauses and begin >= start), len(text))
    return text[start:stop].rstrip().rstrip(";")


def _words(text: str) -> Iterator[tuple[str, int, int]]:
    """The words outside quotes and brackets, in capitals, with where each begins and ends."""
    flat = "".join(character if depth == 0 else "\x00" for character, depth in _depths(text))
    return ((found[0].upper(), found.start(), found.end()) for found in re.finditer(r"[A-Za-z_]\w*", flat))


def _split(text: str, separator: str) -> list[str]:
    parts = [""]
    for character, depth in _depths(text):
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _depths(text: str) -> Iterator[tuple[str, int]]:
    """Each character with how deep it stands in brackets; inside quotes counts as one deeper."""
    depth, quote = 0, ""
    for character in text:
        if quote:
            yield character, depth + 1
            quote = "" if character == quote else quote
            continue
        if character in "'\"":
            quote = character
            yield character, depth + 1
            continue
        depth -= character == ")"
        yield character, depth
        depth += character == "("


def _without_comments(text: str) -> str:
    return re.sub(r"--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)


def _setting(name: str, session: Session, figures: Figures) -> str:
    name = {"transaction isolation level": "transaction_isolation"}.get(name, name)
    value = session.settings.get(name)
    if value is None and name in figures:
        value = str(figures[name][1])
    if value is None:
        value = _SETTINGS.get(name)
    if value is None:
        raise SqlError("42704", f'unrecognized configuration parameter "{name}"')
    return value


_SETTINGS = {
    "transaction_isolation": "read committed",
    "transaction_read_only": "off",
    "default_transaction_read_only": "off",
    "statement_timeout": "0",
    "search_path": '"$user", public',
    "shared_buffers": "128MB",
    "work_mem": "4MB",
    "port": "5432",
    "timezone": "Etc/UTC",
    "superuser_reserved_connections": "3",
    "application_name": "",
    "jit": "on",
}


def _cast(value: Value, oid: int) -> Value:
    if value is None:
        return None
    if oid in (20, 21, 23, 26):
        return int(value.timestamp() if isinstance(value, datetime) else float(value))
    if oid in (700, 701):
        return value.timestamp() if isinstance(value, datetime) else float(value)
    if oid == 16:
        return value in (True, "t", "true", "on", "1", 1)
    if oid == 1184:
        return value if isinstance(value, datetime) else datetime.fromtimestamp(float(str(value)), UTC)
    return ("t" if value else "f") if isinstance(value, bool) else str(value)


def _seconds(setting: str) -> float:
    found = re.fullmatch(r"\s*(\d+)\s*(ms|s|min|h)?\s*", setting)
    scale = {None: 0.001, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
    return int(found[1]) * scale[found[2]] if found else 0.0
