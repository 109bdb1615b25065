"""YAML text to a tree of nodes that know their lines, within bounds: nothing hostile gets past here.

A file may be 1 MiB, 20 levels deep, and 200,000 nodes once its aliases are followed.
"""

import re

import yaml

from sutaz_tui.errors import ConfigError, Problem
from sutaz_tui.text.sanitise import one_line

MAX_BYTES = 1 << 20
MAX_DEPTH = 20
MAX_NODES = 200_000

# PyYAML without libyaml has no C loader: ten times slower, the same nodes.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(data: bytes, file: str) -> yaml.Node:
    """The root node of the one document in `data`; ConfigError with one Problem where there is none."""
    if len(data) > MAX_BYTES:
        raise _error(file, 0, "found more than 1 MiB, expected a config file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(file, line, "found bytes that are not UTF-8, expected text") from None
    try:
        _check_depth(text, file)
        root = yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(file, line, "found a control character, expected text") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise _error(file, line, _words(error, text, line)) from None
    if root is None:
        raise _error(file, 1, "found an empty file, expected at least `services:`")
    _measure(root, 1, file, {})
    return root


class Line(int):
    """A line of an included file, which `file` names."""

    file: str = ""


def line_of(node: yaml.Node) -> int:
    """The line that a node starts on, from 1; of an included file it knows the file."""
    number = int(node.start_mark.line) + 1
    file = getattr(node, "file", "")
    if not file:
        return number
    line = Line(number)
    line.file = file
    return line


def stamp(node: yaml.Node, file: str) -> None:
    """Let a node, and all below it that no file is known of, be of this file; "" for the config itself."""
    waiting = [node] if file else []
    while waiting:
        current = waiting.pop()
        if getattr(current, "file", ""):
            continue
        current.__dict__["file"] = file
        if isinstance(current, yaml.MappingNode):
            waiting += [one for pair in current.value for one in pair]
        elif isinstance(current, yaml.SequenceNode):
            waiting += current.value


def is_plain(node: yaml.Node) -> bool:
    """Whether a scalar stands there without quotes, so that YAML takes 15 for a number (style: libyaml "", else None)."""
    return isinstance(node, yaml.ScalarNode) and not node.style


def _error(file: str, line: int, words: str) -> ConfigError:
    return ConfigError([Problem(file, line, "", words)])


def _check_depth(text: str, file: str) -> None:
    """Reads the events alone first: composing recurses in C and would end the process on 100,000 brackets."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise _error(file, line, f"found more than {MAX_DEPTH} levels, expected fewer")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _measure(node: yaml.Node, depth: int, file: str, sizes: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """How many nodes and levels a node comes to once aliases are followed; an alias to itself has no bottom."""
    if id(node) in sizes:
        size, height = sizes[id(node)]
    else:
        size, height = 1, 0
        if depth > MAX_DEPTH:
            words = f"found aliases that make more than {MAX_DEPTH} levels, expected fewer"
            raise _error(file, line_of(node), words)
        if isinstance(node, yaml.CollectionNode):
            pairs = (
                node.value
                if isinstance(node, yaml.SequenceNode)
                else [n for pair in node.value for n in pair]
            )
            for child in pairs:
                child_size, child_height = _measure(child, depth + 1, file, sizes)
                size += child_size
                height = max(height, child_height + 1)
        sizes[id(node)] = size, height
    if depth + height > MAX_DEPTH:
        raise _error(
            file, line_of(node), f"found aliases that make more than {MAX_DEPTH} levels, expected fewer"
        )
    if size > MAX_NODES:
        raise _error(
            file, line_of(node), f"found aliases that make more than {MAX_NODES} nodes, expected fewer"
        )
    return size, height


def _words(error: yaml.MarkedYAMLError, text: str, line: int) -> str:
    """libyaml's words without what it quotes: `password: *hunter2` is an alias to it."""
    words = one_line(re.sub(r"\s*'[^']*'", "", error.problem or "a fault"))
    lines = text.splitlines()
    for number in (line, line + 1):  # the two loaders differ in where they see a tab
        if 0 < number <= len(lines) and re.match(r" *\t", lines[number - 1]):
            return "found a tab at the start of a line, expected blanks"
    if "another document" in words:
        return "found a second document (`---`), expected one"
    if "alias" in words:
        return "found an alias to nothing, expected an anchor before it (quote a text that starts with *)"
    return f"found no YAML, expected it: {words}"
