"""What stands for several entries, written out before the walk: `include`, `defaults`, services by their ids, `disabled`.

It works on nodes, which know their file and line, so that every fault below is told where it was written.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct, inspect

from sutaz_tui.config.document import Document
from sutaz_tui.config.kinds import KINDS
from sutaz_tui.config.nodes import MAX_BYTES, compose, line_of, stamp
from sutaz_tui.config.outside import Missing, beside
from sutaz_tui.config.schema import ServiceConfig
from sutaz_tui.config.walk import Walk
from sutaz_tui.config.words import nearest, quoted
from sutaz_tui.errors import ConfigError
from sutaz_tui.text.sanitise import one_line

MOST_FILES = 100
KEYS = ("services", "sources", "groups", "defaults", "include")
"""What an included file may hold, beside x-…: all else is said once, in the file that includes."""

_OWN = frozenset({"id", "kind", "title", "address"})
"""What a service says itself, of which there is no default."""

_TRUE = ("true", "yes", "on")
_TAG = "tag:yaml.org,2002:"
Pair = tuple[yaml.Node, yaml.Node]


class Included(Struct, frozen=True):
    """A file that a config includes: where it is, and its bytes as they were read."""

    path: Path
    data: bytes


class _Defaults:
    """The `defaults` of one file: pairs for all services, for those of a group, for those of a kind."""

    def __init__(self) -> None:
        self.all: list[Pair] = []
        self.groups: dict[str, list[Pair]] = {}
        self.kinds: dict[str, list[Pair]] = {}

    def of(self, kind: str, group: str) -> Iterator[Pair]:
        """What goes for a service, the nearest first."""
        return itertools.chain(self.kinds.get(kind, ()), self.groups.get(group, ()), self.all)


class Merging:
    """Writes out one config file; `included` are the files that it took in."""

    def __init__(self, document: Document, walk: Walk, folder: Path) -> None:
        self.included: list[Included] = []
        self._document = document
        self._walk = walk
        self._folder = folder

    def write_out(self, root: yaml.Node, path: Path | None) -> None:
        """Change the tree of the config file at `path` (None: built in) into one that says all by itself."""
        if not isinstance(root, yaml.MappingNode):
            return
        trail = (path.resolve(),) if path is not None else ()
        services = self._services(root, trail, ())
        key, value = next((pair for pair in root.value if pair[0].value == "services"), (None, None))
        # Of what is neither a list nor a mapping the walk says what is wrong.
        if not isinstance(value, yaml.ScalarNode) and (services or key is not None):
            _put(root, "services", yaml.SequenceNode(_TAG + "seq", services, *_marks(key or root)))

    def _services(
        self, root: yaml.MappingNode, trail: tuple[Path, ...], around: tuple[_Defaults, ...]
    ) -> list[yaml.Node]:
        """The services of a file and of all that it includes; its other lists grow by theirs."""
        defaults = (self._defaults(_take(root, "defaults")), *around)
        found = next((value for key, value in root.value if key.value == "services"), None)
        services = list(self._each(found)) if found is not None else []
        services = [one for one in services if self._is_asked(self._filled(one, defaults))]
        for path, line in self._files(_take(root, "include")):
            services += self._include(root, path, line, trail, defaults)
        return services

    def _each(self, services: yaml.Node) -> Iterator[yaml.Node]:
        """The services of a list, or of a mapping by their ids."""
        if isinstance(services, yaml.SequenceNode):
            yield from services.value
        elif isinstance(services, yaml.MappingNode):
            for key, value in services.value:
                if not isinstance(value, yaml.MappingNode):
                    words = "expected a mapping: its kind and its keys"
                    self._fault(("services", str(key.value)), f"found no keys, {words}", line_of(key))
                    continue
                name = yaml.ScalarNode(_TAG + "str", "id", *_marks(key))
                stamp(name, getattr(key, "file", ""))
                copy = yaml.MappingNode(value.tag, [(name, key), *value.value], *_marks(key))
                stamp(copy, getattr(key, "file", ""))
                yield copy

    # --- include

    def _files(self, pair: Pair | None) -> Iterator[tuple[Path, int]]:
        if pair is None:
            return
        value = pair[1]
        entries = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for index, entry in enumerate(entries):
            name = self._walk.text(entry, ("include", index))
            if not name:
                continue
            path = beside(self._folder, name)
            try:
                if path.is_dir():
                    inside = (one for one in path.iterdir() if one.suffix in (".yaml", ".yml"))
                    found = sorted(one for one in inside if not one.name.startswith("."))
                    if not found:
                        words = f"found no *.yaml in the folder {one_line(name)}, expected some"
                        self._fault(("include", index), words, line_of(entry))
                    yield from ((one, line_of(entry)) for one in found)
                else:
                    yield path, line_of(entry)
            except OSError as error:
                words = f"found {one_line(name)} unreadable ({(error.strerror or 'closed').lower()})"
                self._fault(("include", index), f"{words}, expected files we may read", line_of(entry))

    def _include(
        self,
        root: yaml.MappingNode,
        path: Path,
        line: int,
        trail: tuple[Path, ...],
        around: tuple[_Defaults, ...],
    ) -> list[yaml.Node]:
        shown = one_line(str(path))
        if path.resolve() in trail:
            self._fault(
                ("include",), f"found {shown}, which includes this file again, expected no circle", line
            )
            return []
        if len(self.included) >= MOST_FILES:
            self._fault(("include",), f"found more than {MOST_FILES} files, expected fewer", line)
            return []
        try:
            data = _read(path, shown)
        except Missing as error:
            self._fault(("include",), str(error), line)
            return []
        self.included.append(Included(path, data))
        try:
            other = compose(data, shown)
        except ConfigError as error:
            self._document.problems += error.problems
            return []
        stamp(other, shown)
        if not isinstance(other, yaml.MappingNode):
            self._fault((), "found no mapping, expected services, sources or groups", line_of(other))
            return []
        for key, value in list(other.value):
            if key.value not in KEYS and not str(key.value).startswith("x-"):
                words = f"found it in an included file, expected {nearest(str(key.value), KEYS)} there"
                self._fault((str(key.value),), words, line_of(key))
            elif key.value in ("sources", "groups"):
                _extend(root, key, value)
        return self._services(other, (*trail, path.resolve()), around)

    # --- defaults

    def _defaults(self, pair: Pair | None) -> _Defaults:
        defaults = _Defaults()
        if pair is None or not self._is_mapping(pair, ("defaults",)):
            return defaults
        for key, value in pair[1].value:
            path = ("defaults", str(key.value))
            if key.value not in ("all", "groups", "kinds"):
                words = (
                    f"found an unknown key, expected {nearest(str(key.value), ('all', 'groups', 'kinds'))}"
                )
                self._fault(path, words, line_of(key))
            elif not self._is_mapping((key, value), path):
                continue
            elif key.value == "all":
                defaults.all = list(self._good(value, path, ServiceConfig))
            else:
                into = defaults.groups if key.value == "groups" else defaults.kinds
                for name, pairs in value.value:
                    struct = self._struct(name, path)
                    if struct is not None and self._is_mapping((name, pairs), (*path, str(name.value))):
                        into[name.value] = list(self._good(pairs, (*path, str(name.value)), struct))
        return defaults

    def _struct(self, name: yaml.Node, path: tuple[str, str]) -> type[ServiceConfig] | None:
        """Whose keys may stand in the defaults of a group or kind."""
        if path[1] == "groups":
            return ServiceConfig
        if name.value in KINDS:
            return KINDS[name.value].struct
        words = f"found {quoted(str(name.value))}, expected {nearest(str(name.value), KINDS)}"
        self._fault((*path, str(name.value)), words, line_of(name))
        return None

    def _good(self, pairs: yaml.Node, path: tuple[str, ...], struct: type[ServiceConfig]) -> Iterator[Pair]:
        """The defaults that are well by their type: the others are told once, here."""
        info = inspect.type_info(struct)
        assert isinstance(info, inspect.StructType)
        fields = {item.encode_name: item for item in info.fields if item.encode_name not in _OWN}
        for key, value in pairs.value:
            where = (*path, str(key.value))
            if key.value not in fields:
                words = f"found an unknown key, expected {nearest(str(key.value), fields)}"
                self._fault(where, words, line_of(key))
            elif self._walk.is_well(value, fields[key.value], where, line_of(key)):
                yield key, value

    def _is_mapping(self, pair: Pair, path: tuple[str, ...]) -> bool:
        is_mapping = isinstance(pair[1], yaml.MappingNode)
        if not is_mapping:
            self._fault(path, "found no mapping, expected one (key: value)", line_of(pair[0]))
        return is_mapping

    def _filled(self, service: yaml.Node, around: tuple[_Defaults, ...]) -> yaml.Node:
        if not isinstance(service, yaml.MappingNode):
            return service
        own = dict(_keys(service))
        kind = own.get("kind")
        kind_name = str(kind.value) if kind is not None else ""
        group = own.get("group")
        for defaults in around:
            for key, value in defaults.of(kind_name, str(group.value) if group is not None else ""):
                if key.value not in own:
                    own[key.value] = value
                    service.value.append((key, value))
        return service

    # --- disabled

    def _is_asked(self, service: yaml.Node) -> bool:
        keys = dict(_keys(service)) if isinstance(service, yaml.MappingNode) else {}
        word = keys.get("disabled")
        if not isinstance(word, yaml.ScalarNode) or word.value.lower() not in _TRUE:
            return True
        id = keys.get("id")
        if id is not None:
            self._document.disabled.add(str(id.value))
        return False

    def _fault(self, path: tuple[str | int, ...], words: str, line: int) -> None:
        self._document.fault(path, words, line)


def _keys(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    """Keys and values of a mapping, those that `<<` merges in before its own."""
    for key, value in node.value:
        if key.tag == _TAG + "merge":
            for other in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(other, yaml.MappingNode) and other is not node:
                    yield from _keys(other)
    yield from ((key.value, value) for key, value in node.value if isinstance(key.value, str))


def _take(root: yaml.MappingNode, name: str) -> Pair | None:
    """A pair taken out of a mapping."""
    pair = next(((key, value) for key, value in root.value if key.value == name), None)
    if pair is not None:
        root.value.remove(pair)
    return pair


def _put(root: yaml.MappingNode, name: str, value: yaml.Node) -> None:
    """A value in place of the one of this name, or behind all."""
    for index, (key, _) in enumerate(root.value):
        if key.value == name:
            root.value[index] = key, value
            return
    root.value.append((yaml.ScalarNode(_TAG + "str", name, *_marks(root)), value))


def _extend(root: yaml.MappingNode, key: yaml.Node, more: yaml.Node) -> None:
    """Sources and groups of an included file behind those that are there; a group that is there stays as it is."""
    mine = next((value for known, value in root.value if known.value == key.value), None)
    if mine is None or type(mine) is not type(more):
        root.value.append((key, more))
    elif isinstance(mine, yaml.MappingNode):
        mine.value.extend(more.value)
    elif isinstance(mine, yaml.SequenceNode):
        known = {_id(one) for one in mine.value}
        mine.value.extend(one for one in more.value if _id(one) not in known or not _id(one))


def _id(node: yaml.Node) -> str:
    pairs = dict(_keys(node)) if isinstance(node, yaml.MappingNode) else {}
    return str(pairs["id"].value) if "id" in pairs else ""


def _marks(node: yaml.Node) -> tuple[Any, Any]:
    return node.start_mark, node.end_mark


def _read(path: Path, shown: str) -> bytes:
    """The bytes of an included file; Missing where there is none that we may read. A pipe would hang."""
    try:
        if not path.is_file():
            raise Missing(f"found no file {shown}, expected it to exist")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no valid path"
        raise Missing(f"found {shown} unreadable ({reason.lower()}), expected a file we may read") from None
