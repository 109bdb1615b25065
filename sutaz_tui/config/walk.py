"""The walk through a file's nodes along the types of the config: every fault is collected, every value traced.

One generic walker for all structs, driven by `msgspec.inspect`; it knows no key by name. msgspec's own conversion
stops at the first fault and knows no lines.
"""

import math
import re
import shlex
from urllib.parse import unquote

import yaml
from msgspec import inspect

from sutaz_tui.config.document import Document, Origin, Taken
from sutaz_tui.config.nodes import is_plain, line_of
from sutaz_tui.config.outside import Expanded, Missing, Outside, looks_secret
from sutaz_tui.config.words import ID, Path, found, nearest, quoted

_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9_]{0,14})(\.[0-9]{0,15})?([eE][-+]?[0-9]{1,3})?")
_SPAN = re.compile(r"((?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?) ?(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_USERINFO = re.compile(r"^(?:jdbc:)?[a-z][a-z0-9+.-]*://([^/?#]*)@", re.IGNORECASE)
_ARGV = "argv: [PROGRAM, ARGUMENT], a list that no shell reads"
MEANT = {("command", key): _ARGV for key in ("command", "cmd", "exec", "run", "args")}
"""Keys that other programs have where a kind (the first of each pair) of ours calls it otherwise."""

_CAPTURED = re.compile(r"([A-Za-z]+ )?\{\{\w+\}\}")
"""What stands for a value that an earlier step of a check captured."""
_LITERAL = "found a literal secret, expected ${NAME} or file:PATH"


class _Bad:
    """Stands for a value that has a fault."""


_BAD = _Bad()


class Walk:
    """Turns nodes into plain values of the config's types, filling a Document."""

    def __init__(self, document: Document, outside: Outside) -> None:
        self.document = document
        self._outside = outside

    def root(self, node: yaml.Node, struct: type) -> None:
        """Reads the whole file as a struct."""
        value = self._value(node, inspect.type_info(struct), (), line_of(node))
        if isinstance(value, dict):
            self.document.values = value

    def text(self, node: yaml.Node, path: Path) -> str:
        """Reads one text ahead of the walk; "" where there is none."""
        value = self._value(node, inspect.StrType(), path, line_of(node))
        return value if isinstance(value, str) else ""

    def is_well(self, node: yaml.Node, item: inspect.Field, path: Path, line: int) -> bool:
        """Whether a node is a value of a field, read ahead of the walk; its faults are told."""
        return (
            _is_let_be(item.encode_name, node, item) or self._value(node, item.type, path, line) is not _BAD
        )

    def _value(
        self, node: yaml.Node, kind: inspect.Type, path: Path, line: int, secret: bool = False
    ) -> object:
        extra: dict[str, object] = {}
        while isinstance(kind, inspect.Metadata):
            extra |= kind.extra or {}
            kind = kind.type
        secret = secret or bool(extra.get("secret"))
        self.document.origins[path] = Origin(line)
        if node.tag.startswith("!") or "python/" in node.tag:
            return self._wrong(node, path, line, "no tag", "a tag (!…)")
        if isinstance(kind, inspect.StructType):
            return self._struct(node, (kind,), path, line)
        if isinstance(kind, inspect.UnionType):
            return self._union(node, kind, path, line, secret, extra)
        if isinstance(kind, inspect.ListType):
            return self._list(node, kind, path, line)
        if isinstance(kind, inspect.DictType):
            return self._dict(node, kind, path, line)
        return self._scalar(node, (kind,), path, line, secret, extra)

    def _wrong(self, node: yaml.Node, path: Path, line: int, expected: str, what: str = "") -> _Bad:
        key = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        self.document.fault(path, f"found {what or found(node, key)}, expected {expected}", line)
        return _BAD

    def _union(
        self,
        node: yaml.Node,
        kind: inspect.UnionType,
        path: Path,
        line: int,
        secret: bool,
        extra: dict[str, object],
    ) -> object:
        structs = tuple(option for option in kind.types if isinstance(option, inspect.StructType))
        nothing = any(isinstance(option, inspect.NoneType) for option in kind.types)
        if nothing and node.tag == _TAG + "null":
            return None
        if structs:
            return self._struct(node, structs, path, line)
        lists = [option for option in kind.types if isinstance(option, inspect.ListType)]
        if lists and isinstance(node, yaml.SequenceNode):
            return self._list(node, lists[0], path, line)
        options: list[inspect.Type] = []
        for option in kind.types:
            while isinstance(option, inspect.Metadata):
                extra = extra | (option.extra or {})
                option = option.type
            if not isinstance(option, inspect.NoneType | inspect.ListType):
                options.append(option)
        return self._scalar(node, tuple(options), path, line, secret, extra)

    # --- mappings and lists

    def _pairs(self, node: yaml.MappingNode, path: Path) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Key and value by the key's text; a second one of the same name is a fault, `<<` adds what is not there."""
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif not isinstance(key, yaml.ScalarNode):
                self._wrong(key, path, line_of(key), "a key in one word")
            elif key.value in pairs:
                first = line_of(pairs[key.value][0])
                words = f"found a second {quoted(key.value)} (the first is on line {first}), expected each key once"
                self.document.fault((*path, key.value), words, line_of(key))
            else:
                pairs[key.value] = key, value
        for other in merged:
            if not isinstance(other, yaml.MappingNode):
                self._wrong(other, (*path, "<<"), line_of(other), "a mapping to merge")
                continue
            for name, pair in self._pairs(other, (*path, "<<")).items():
                pairs.setdefault(name, pair)
        return pairs

    def _struct(
        self, node: yaml.Node, kinds: tuple[inspect.StructType, ...], path: Path, line: int
    ) -> dict[str, object] | _Bad:
        if not isinstance(node, yaml.MappingNode):
            return self._wrong(node, path, line, "a mapping (key: value)")
        for key, value in node.value if path and isinstance(path[-1], int) else ():
            if key.value == "id" and isinstance(value, yaml.ScalarNode) and ID.fullmatch(value.value):
                self.document.names.setdefault(
                    path, value.value
                )  # first of all, so that every fault below says it
        pairs = self._pairs(node, path)
        tag_field = kinds[0].tag_field
        tag = pairs.pop(tag_field, None) if tag_field else None
        kind: inspect.StructType | None = kinds[0]
        if tag_field:
            kind = self._choose(tag, kinds, (*path, tag_field), line)
        fields = {item.encode_name: item for item in (kind or kinds[0]).fields}
        if kind is None:  # what belongs to one kind alone is no fault of its own when the kind is not known
            shared = set.intersection(*({item.encode_name for item in one.fields} for one in kinds))
            fields = {name: item for name, item in fields.items() if name in shared}
        values: dict[str, object] = {}
        if tag_field and kind:
            values[tag_field] = kind.tag
        for name, (key, value) in pairs.items():
            if _is_let_be(name, value, fields.get(name)):
                continue
            if name in fields:
                read = self._value(value, fields[name].type, (*path, name), line_of(key))
                if read is not _BAD:
                    values[name] = read
            elif kind is not None:
                valid = [*fields, *([tag_field] if tag_field else [])]
                instead = MEANT.get((str(kind.tag), name)) or self.document.nearest(name, valid)
                self.document.fault((*path, name), f"found an unknown key, expected {instead}", line_of(key))
        is_called_other = kind is not None and any((str(kind.tag), name) in MEANT for name in pairs)
        for name, item in fields.items():
            if item.required and name not in pairs and not is_called_other:
                self.document.fault((*path, name), "found no such key, expected it here", line)
        return values

    def _choose(
        self,
        tag: tuple[yaml.Node, yaml.Node] | None,
        kinds: tuple[inspect.StructType, ...],
        path: Path,
        line: int,
    ) -> inspect.StructType | None:
        names = [str(kind.tag) for kind in kinds]
        if tag is None:
            self.document.fault(path, f"found no such key, expected {nearest('', names)}", line)
            return None
        key, value = tag
        chosen = self._value(value, inspect.StrType(), path, line_of(key))
        for kind in kinds:
            if kind.tag == chosen:
                return kind
        if isinstance(chosen, str):
            known = self.document.advise(chosen) if path[:1] == ("services",) else ""
            self._wrong(value, path, line_of(key), known or self.document.nearest(chosen, names))
        return None

    def _list(self, node: yaml.Node, kind: inspect.ListType, path: Path, line: int) -> list[object] | _Bad:
        if not isinstance(node, yaml.SequenceNode):
            return self._wrong(node, path, line, "a list (- item)")
        items = [
            self._value(item, kind.item_type, (*path, index), line_of(item))
            for index, item in enumerate(node.value)
        ]
        return [None if item is _BAD else item for item in items]

    def _dict(
        self, node: yaml.Node, kind: inspect.DictType, path: Path, line: int
    ) -> dict[str, object] | _Bad:
        if not isinstance(node, yaml.MappingNode):
            return self._wrong(node, path, line, "a mapping (name: value)")
        values: dict[str, object] = {}
        for name, (key, value) in self._pairs(node, path).items():
            # What a step captures as `token` is written as the path to it.
            secret = looks_secret(name) and path[-1:] != ("capture",)
            read = self._value(value, kind.value_type, (*path, name), line_of(key), secret)
            if _CONTROL.search(name):
                self.document.fault(
                    (*path, name), "found a control character, expected a printable name", line_of(key)
                )
            elif read is not _BAD:
                values[name] = read
        return values

    # --- texts, numbers, true and false

    def _scalar(
        self,
        node: yaml.Node,
        kinds: tuple[inspect.Type, ...],
        path: Path,
        line: int,
        secret: bool,
        extra: dict[str, object],
    ) -> object:
        expected = " or ".join(_expected(kind, extra) for kind in kinds)
        if not isinstance(node, yaml.ScalarNode) or node.tag == _TAG + "null":
            return self._wrong(node, path, line, expected)
        expanded = self._expand(node.value, path, line, secret)
        if expanded is None:
            return _BAD
        if extra.get("unit") and (seconds := _seconds(expanded.text)) is not None:
            return seconds
        plain = is_plain(node) or bool(expanded.came)
        for kind in kinds:
            value = _number(kind, expanded.text) if plain else None
            if value is not None:
                return value
        if not any(isinstance(kind, inspect.StrType) for kind in kinds):
            return self._wrong(node, path, line, expected)
        if (
            plain
            and not expanded.came
            and not extra.get("plain")
            and node.tag in (_TAG + "int", _TAG + "float", _TAG + "bool")
        ):
            return self._wrong(node, path, line, f"{expected} (put it in quotes)")
        if not extra.get("wire") and _CONTROL.search(expanded.text):
            return self._wrong(node, path, line, expected, "a control character")
        return expanded.text

    def _expand(self, raw: str, path: Path, line: int, secret: bool) -> Expanded | None:
        document = self.document
        try:
            expanded = self._outside.expand(raw)
        except Missing as error:
            document.fault(path, str(error), line)
            return None
        document.origins[path] = Origin(line, expanded.came)
        if expanded.came:
            is_secret = secret or (isinstance(path[-1], str) and looks_secret(path[-1]))
            document.taken[path] = Taken(raw, expanded, is_secret)
        mounted = expanded.came.startswith("file ")
        login = _USERINFO.match(expanded.text)
        for name, value in expanded.values:
            if secret or mounted or looks_secret(name) or (login and value in login[1]):
                document.secrets.setdefault(value, f"$(cat {shlex.quote(name)})" if mounted else f"${name}")
        if secret:
            if expanded.names:
                document.variables[path] = expanded.names[0]
            if expanded.values:
                document.secrets.setdefault(expanded.text, "")
            elif expanded.literal and not _CAPTURED.fullmatch(expanded.literal):
                document.fault(path, _LITERAL, line)
                return None
        if login:
            password = login[1].partition(":")[2] or login[1]
            for form in (password, unquote(password)):
                document.secrets.setdefault(form, "")
            written = _USERINFO.match(expanded.literal)
            # A user alone is a token in a URL of the web, and a user in a connection string.
            is_web = expanded.text[:4].lower() == "http"
            if written and ((is_web and ":" not in written[1]) or written[1].partition(":")[2]):
                # Those of workers are whole URLs.
                own = "" if is_web or path[0] == "workers" else "; user and password have keys of their own"
                document.fault(path, f"{_LITERAL} (in the URL's user:password@){own}", line)
                return None
        return expanded


def _expected(kind: inspect.Type, extra: dict[str, object]) -> str:
    if isinstance(kind, inspect.StrType):
        return "text"
    if isinstance(kind, inspect.BoolType):
        return "true or false"
    if isinstance(kind, inspect.IntType):
        return "a whole number"
    return "seconds, or a span such as 5m" if extra.get("unit") else "a number"


def _is_let_be(name: str, node: yaml.Node, item: inspect.Field | None) -> bool:
    """Whether a key is not ours (`x-…`: a place for anchors, as in compose), or has its default: `owner:`."""
    if item is None:
        return name.startswith("x-")
    options = item.type.types if isinstance(item.type, inspect.UnionType) else ()
    takes_none = any(isinstance(option, inspect.NoneType) for option in options)
    return node.tag == _TAG + "null" and not item.required and not takes_none


def _seconds(text: str) -> float | None:
    """`15`, `30s`, `1.5m`, in quotes or not, in seconds; None where it is no span."""
    match = _SPAN.fullmatch(text)
    return float(match[1]) * _UNITS[match[2] or "s"] if match else None


def _number(kind: inspect.Type, text: str) -> object | None:
    """The text as this kind of scalar, None when it is none; YAML 1.1's octal 010 and 1:30 are none either."""
    if isinstance(kind, inspect.BoolType):
        return _WORDS.get(text.lower())
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    if isinstance(kind, inspect.IntType):
        return int(text) if match[2] is None and match[3] is None else None
    if isinstance(kind, inspect.FloatType):
        number = float(text)
        return number if math.isfinite(number) else None
    return None
