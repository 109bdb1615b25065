"""A config read whole: found, parsed, walked, checked, completed; or every problem at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import yaml
from msgspec import structs

from sutaz_tui.config.complete import complete
from sutaz_tui.config.config import Config, ConfigFile
from sutaz_tui.config.document import MOST, Document
from sutaz_tui.config.exposed import warnings
from sutaz_tui.config.files import HERE, find
from sutaz_tui.config.history_rules import renamed
from sutaz_tui.config.merging import Merging
from sutaz_tui.config.nodes import compose
from sutaz_tui.config.outside import Missing, Outside
from sutaz_tui.config.rules import check
from sutaz_tui.config.traced import Traced
from sutaz_tui.config.walk import Walk
from sutaz_tui.errors import ConfigError, Problem


def load(name: str | None, file: Path | None, environ: Mapping[str, str]) -> Config:
    """The config of this name or file, else the first of the search order; ConfigError with all its problems.

    Untrusted, which is one, for a config of the folder we are in that nobody trusted as it is.
    """
    traced = trace(name, file, environ)
    if traced.found.why == HERE:
        from sutaz_tui.config.trust import require_trust

        require_trust(traced)
    return traced.config


def trace(name: str | None, file: Path | None, environ: Mapping[str, str]) -> Traced:
    """As `load`, with where every value came from, and also where it is not trusted: to look at it, not to obey."""
    found = find(name, file, environ)
    root = compose(found.data, found.name)
    document = Document(found.name, advise=_advice)
    outside = Outside(environ, found.folder)
    _read_env_file(root, outside, document)
    walk = Walk(document, outside)
    merging = Merging(document, walk, found.folder)
    merging.write_out(root, found.path)
    walk.root(root, ConfigFile)
    check(document, found.folder)
    if document.problems:
        raise ConfigError(_told(document))
    config_file = msgspec.convert(document.values, ConfigFile)
    told = (*warnings(outside.files), *renamed(document), *document.warnings)
    config = replace(complete(config_file, document, found), warnings=told)
    traced = Traced(config, found, document, outside, tuple(merging.included))
    if found.why == HERE:
        from sutaz_tui.config.brought import digest  # these imports are spared where nobody is to be asked
        from sutaz_tui.config.trust import is_trusted

        traced = structs.replace(traced, is_trusted=is_trusted(digest(traced)))
    return traced


def _advice(kind: str) -> str:
    from sutaz_tui.config.recipes import advice  # its table is read where somebody needs it

    return advice(kind)


def _read_env_file(root: yaml.Node, outside: Outside, document: Document) -> None:
    """The variables of the env_file must be there before the walk meets them."""
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    for key, value in pairs:
        if key.value != "env_file" or not isinstance(value, yaml.ScalarNode):
            continue
        name = Walk(Document(document.file), outside).text(value, ("env_file",))
        if name:
            try:
                outside.read_env_file(name)
            except Missing as error:
                document.fault(("env_file",), str(error), key.start_mark.line + 1)


def _told(document: Document) -> list[Problem]:
    problems = sorted(
        dict.fromkeys(document.problems), key=lambda one: (one.file != document.file, one.file, one.line)
    )
    if len(problems) > MOST:
        rest = Problem(document.file, 0, "", f"found {len(problems) - MOST} more problems, expected none")
        return [*problems[:MOST], rest]
    return problems
