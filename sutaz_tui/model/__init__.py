"""The vocabulary: what is watched, what was answered, and what the screen shows.

Nothing but values. Times are aware UTC, durations are float seconds.

They are msgspec structs: a frozen dataclass takes fifty times as long to be defined (10 ms of the start for these) and
five times as long to be made (several for each answer).
"""

from sutaz_tui.model.answers import (
    NAME_SERVER,
    Alert,
    Answer,
    Change,
    ChangeKind,
    Claim,
    Fact,
    Labels,
    Reading,
    Step,
    Timing,
)
from sutaz_tui.model.checks import (
    LOGINS,
    RED,
    TRIAL_ENVS,
    CheckClass,
    CheckResult,
    CheckRun,
    Outcome,
    SeenFrom,
    Tally,
)
from sutaz_tui.model.picture import (
    Cause,
    Known,
    Recovery,
    ServiceState,
    Snapshot,
    calm_words,
    cause_title,
    cause_titles,
)
from sutaz_tui.model.services import Quiet, Service
from sutaz_tui.model.status import GLYPHS, TROUBLE, UNCHECKED, WORDS, WORST_FIRST, Failure, Status

__all__ = [
    "GLYPHS",
    "LOGINS",
    "NAME_SERVER",
    "RED",
    "TRIAL_ENVS",
    "TROUBLE",
    "UNCHECKED",
    "WORDS",
    "WORST_FIRST",
    "Alert",
    "Answer",
    "Cause",
    "Change",
    "ChangeKind",
    "CheckClass",
    "CheckResult",
    "CheckRun",
    "Claim",
    "Fact",
    "Failure",
    "Known",
    "Labels",
    "Outcome",
    "Quiet",
    "Reading",
    "Recovery",
    "SeenFrom",
    "Service",
    "ServiceState",
    "Snapshot",
    "Status",
    "Step",
    "Tally",
    "Timing",
    "calm_words",
    "cause_title",
    "cause_titles",
]
