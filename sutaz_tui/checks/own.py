"""The user's own checks: the simple ones of the config, and async functions with `@check(...)` in files that it names."""

import importlib.util
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from sutaz_tui.checks.base import Category, Check, Run, Twin
from sutaz_tui.checks.own_promises import must_see
from sutaz_tui.config import Config, kind_of
from sutaz_tui.config.for_each import made_for_each
from sutaz_tui.config.own_checks import AnyOwnCheck, CheckDefaults, HttpCheck, OwnCheck, StepsCheck
from sutaz_tui.errors import ConfigError, Problem
from sutaz_tui.model import CheckClass
from sutaz_tui.text.sanitise import one_line

if TYPE_CHECKING:
    from sutaz_tui.checks.ask import Ask

CATEGORY_ID = "own"
TIMEOUT = 10.0
_collecting: "_Collected | None" = None


class _Collected:
    """The checks of a config's own categories, in the order in which they are written."""

    def __init__(self, config: Config) -> None:
        self.by_id = {id: Category(id) for id in (*(c.id for c in config.checks.categories), CATEGORY_ID)}
        self.checks: list[Check] = []

    def add(self, category: str, id: str, *about: Any, **more: Any) -> None:
        """Add a check; an id may begin with its category."""
        if category not in self.by_id:
            raise ValueError(f"no category {category!r} in checks.categories of the config")
        name = id.removeprefix(f"{category}.")
        self.checks.append(self.by_id[category].add(name, *about, twin=Twin(), **more))


def check(
    id: str,
    title: str,
    *needs: str,
    does: str = "reads",
    logs_in: bool = False,
    timeout: float = TIMEOUT,
    category: str = CATEGORY_ID,
    tags: Iterable[str] = (),
) -> Callable[[Run], Run]:
    """Make the async function below, in a file that the config's `checks.files` names, a check."""
    if _collecting is None:
        raise RuntimeError("@check belongs into a file that checks.files of the config names")
    collected = _collecting

    def added(run: Run) -> Run:
        if not inspect.iscoroutinefunction(run):
            raise TypeError(f"@check {id}: expected an async function")
        collected.add(
            category, id, title, run, *needs, must_see=("silence", "error"),
            check_class=CheckClass(does), logs_in=logs_in, timeout=timeout, tags=tuple(tags),
        )  # fmt: skip
        return run

    return added


def own_checks(config: Config) -> list[Check]:
    """The checks of this config's `checks.own` and `checks.files`; ConfigError names a file that cannot be used."""
    collected = _Collected(config)
    services = [_described(config, index) for index in range(len(config.services))]
    for written in config.checks.own:
        for made in made_for_each(written, services):
            entry = _with_headers(made, config.checks.defaults)
            asked = getattr(entry, "service", "")
            needs = entry.needs or ([asked] if asked else [])
            defaults = config.checks.defaults
            collected.add(
                entry.category or defaults.category or CATEGORY_ID,
                entry.id, entry.title or entry.id, _run_of(entry), *needs,
                check_class=CheckClass(entry.does), logs_in=entry.logs_in, sends=_sends(entry),
                timeout=entry.timeout or defaults.timeout or TIMEOUT,
                must_see=must_see(entry), tries=_tries(entry, defaults), tags=(*defaults.tags, *entry.tags),
            )  # fmt: skip
    for name in config.checks.files:
        _load(Path(name), collected)
    return collected.checks


def _run_of(entry: AnyOwnCheck) -> Run:
    """What it does; what it asks by is loaded when it does."""

    async def run(ask: "Ask") -> str:
        from sutaz_tui.checks.own_kinds import run_of

        return await run_of(entry)(ask)

    return run


def _described(config: Config, index: int) -> Mapping[str, Any]:
    service = config.services[index]
    source = config.sources.get(service.source)
    return {
        "id": service.id,
        "title": service.title or service.id,
        "kind": kind_of(service),
        "group": service.group,
        "address": service.address or (source.url if source is not None else ""),
    }


def _with_headers(entry: AnyOwnCheck, defaults: CheckDefaults) -> AnyOwnCheck:
    if isinstance(entry, HttpCheck):
        return replace(entry, headers={**defaults.headers, **entry.headers})
    if isinstance(entry, StepsCheck):
        steps = [replace(step, headers={**defaults.headers, **step.headers}) for step in entry.steps]
        return replace(entry, steps=steps)
    return entry


def _tries(entry: OwnCheck, defaults: CheckDefaults) -> int:
    """What writes or logs in is sent once, whatever is true of the others."""
    if entry.does != CheckClass.READS or entry.logs_in:
        return 1
    return entry.tries or defaults.tries or 1


def _load(path: Path, collected: _Collected) -> None:
    global _collecting
    spec = importlib.util.spec_from_file_location(f"sutaz_tui_own_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(
            [Problem(str(path), 0, "", "found no Python file, expected one with @check functions")]
        )
    before = len(collected.checks)
    _collecting = collected
    try:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    except (
        Exception,
        SystemExit,
    ) as error:  # the user's own code: whatever it raises is told with its file and line
        if isinstance(error, FileNotFoundError) and not path.exists():
            words = "found no such file, expected one with @check functions"
            raise ConfigError([Problem(str(path), 0, "", words)]) from error
        words = (
            f"found {type(error).__name__}: {one_line(str(error), 200)}, expected a file that can be loaded"
        )
        raise ConfigError([Problem(str(path), _line(error, path), "", words)]) from error
    finally:
        _collecting = None
    if len(collected.checks) == before:
        raise ConfigError([Problem(str(path), 0, "", "found no @check function, expected at least one")])


def _line(error: BaseException, path: Path) -> int:
    """At which line of a file it was raised, or is no Python; 0 where that is not told."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    # Python names the file by its whole path, the config as it is written there.
    at = [(frame.filename, frame.lineno) for frame in frames]
    at += [(error.filename or "", error.lineno)] if isinstance(error, SyntaxError) else []
    return next((line for name, line in at if line and Path(name) == path.absolute()), 0)


def _sends(entry: OwnCheck) -> str:
    requests: Iterable[Any] = (
        entry.steps if isinstance(entry, StepsCheck) else [entry] if isinstance(entry, HttpCheck) else []
    )
    return ", ".join(f"{request.method} {request.url}" for request in requests)
