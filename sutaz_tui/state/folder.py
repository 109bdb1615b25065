"""What is kept between runs in the state folder: the last picture, how the board was left, troubles that are
known, saved views. All mode 0600."""

import hashlib
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from sutaz_tui.config import Config, as_service
from sutaz_tui.config.files import NoHome, state_folder
from sutaz_tui.model import ServiceState, Snapshot, Status
from sutaz_tui.private_files import write_private
from sutaz_tui.state.history.file import HistoryFile, name_of
from sutaz_tui.state.known_file import KnownFile
from sutaz_tui.state.left import Left, left_of
from sutaz_tui.state.old_known import take_over
from sutaz_tui.state.stack_name import damage, stack_name
from sutaz_tui.state.writer import Writer
from sutaz_tui.text.sanitise import one_line

LARGEST = 8 * 1024 * 1024


class StateFolder:
    """The files of one config; a missing, damaged or unwritable file never stops the program.

    `notes` say where it is known at once that nothing will be kept, and which file of an earlier run is damaged.
    """

    def __init__(self, config: Config, folder: Path | None = None) -> None:
        self._config = config
        self._folder = folder
        self._is_there = True
        self._damaged: list[str] = []
        try:
            _ = self.folder
        except NoHome:
            self._is_there = False

    @property
    def notes(self) -> tuple[str, ...]:
        if not self._is_there:
            return ("no home folder: nothing is remembered; set HOME",)
        _ = self.known  # what earlier versions kept is taken over
        told, self._damaged = [*self._damaged, damage(self.folder)], []
        return tuple(note for note in told if note)

    @cached_property
    def folder(self) -> Path:
        """Where the files are; NoHome, an OSError as any other of a folder that cannot be used, where there is none."""
        return self._folder or state_folder()

    @property
    def folder_if_any(self) -> Path | None:
        """Where the files are, None where there is no place for them."""
        return self.folder if self._is_there else None

    @cached_property
    def _mark(self) -> str:
        # Two configs with the same services are the same stack.
        stack = "\n".join(
            f"{service.id} {service.address} {service.source}" for service in self._config.services
        )
        try:
            mark = stack_name(self.folder, stack)[:12]
        except OSError:
            # Nothing is kept under this name either: the folder cannot be used.
            return secrets.token_hex(6)
        self._rename(hashlib.sha256(stack.encode("utf-8", "surrogatepass")).hexdigest()[:12], mark)
        return mark

    def _rename(self, unkeyed: str, mark: str) -> None:
        """Take over what 0.1 kept: it named files by a hash without a key, from which a login could be guessed."""
        for kind in ("picture", "known"):
            with suppress(OSError):
                old, path = self.folder / f"{kind}-{unkeyed}.json", self.folder / f"{kind}-{mark}.json"
                if not path.exists():
                    old.rename(path)
                elif kind == "picture":
                    old.unlink(missing_ok=True)
                else:
                    # 0.1 ran again after a later version.
                    self._take_over(old)

    def _take_over(self, old: Path) -> None:
        self._damaged.append(take_over(old, self._known_file, datetime.now(UTC)))

    @cached_property
    def _known_file(self) -> KnownFile:
        file = HistoryFile(self.folder / name_of(self._config.path)) if self._is_there else None
        return KnownFile(file, self._config.secrets.mask)

    def save_picture(self, snapshot: Snapshot, writer: Writer) -> None:
        """Have the writer keep how everything was."""
        states = [
            {
                "id": state.service.id,
                "status": state.status.label,
                "word": state.word,
                "summary": state.summary,
                "latency": state.latency,
                "since": state.since.isoformat() if state.since else None,
                "since_at_least": state.since_at_least,
            }
            for state in snapshot.services
            if state.asked is not None
        ]
        if states and self._is_there:
            whole = json.dumps({"at": snapshot.at.isoformat(), "services": states})
            text = self._config.secrets.mask(whole)
            name = f"picture-{self._mark}.json"
            writer.submit(
                self.folder / name, "the last picture", lambda: write_private(self.folder, name, text)
            )

    def load_picture(self) -> tuple[list[ServiceState], datetime] | None:
        """How everything was when an earlier run ended, and when that was; None when nothing is kept."""
        kept = self._read(f"picture-{self._mark}.json")
        services = {service.id: as_service(service, self._config) for service in self._config.services}
        labels = {status.label: status for status in Status}
        try:
            at = _moment(kept["at"])
            states = [
                ServiceState(
                    service=services[entry["id"]],
                    status=labels[entry["status"]],
                    summary=one_line(str(entry["summary"]), 200),
                    word=one_line(str(entry["word"]), 8),
                    latency=float(entry["latency"]) if entry["latency"] is not None else None,
                    since=_moment(entry["since"]) if entry["since"] else None,
                    since_at_least=entry.get("since_at_least") is not False,
                    is_remembered=True,
                )
                for entry in kept["services"]
                if entry["id"] in services
            ]
        except (KeyError, TypeError, ValueError):
            return None
        return states, at

    def save_left(self, left: Left, writer: Writer) -> None:
        """Have the writer keep how the board was left."""
        if self._is_there:
            text = self._config.secrets.mask(json.dumps(to_builtins(left)))
            name = f"left-{self._mark}.json"
            writer.submit(
                self.folder / name, "how the board was left", lambda: write_private(self.folder, name, text)
            )

    def load_left(self) -> Left:
        """How the board was left."""
        return left_of(self._read(f"left-{self._mark}.json")) if self._is_there else Left()

    @property
    def known(self) -> KnownFile:
        """The troubles that are marked as known."""
        if self._is_there:
            self._take_over(self.folder / f"known-{self._mark}.json")
        return self._known_file

    def save_view(self, text: str, writer: Writer, then: Callable[[Path], object]) -> None:
        """Have the writer keep what is shown in a file of its own, which `then` takes; NoHome where there is no folder."""
        folder, mask = self.folder, self._config.secrets.mask
        name = f"view-{datetime.now().astimezone():%Y%m%d-%H%M%S}.txt"
        writer.submit(folder / name, "the view", lambda: write_private(folder, name, mask(text) + "\n"), then)

    def _read(self, name: str) -> Any:
        try:
            path = self.folder / name
            if path.stat().st_size > LARGEST:
                return {}
            return json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}


def short_path(path: Path) -> str:
    """A path as people write it: their own folder is ~."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at
