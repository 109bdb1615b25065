"""What an exit code of a container means."""

_SIGNALS = {130: "interrupted", 134: "aborted", 137: "killed", 139: "segmentation fault", 143: "terminated"}


def exit_words(code: int, is_oom: bool) -> str:
    """`137 (killed)`: the code, and why it ended so where the code or Docker tells."""
    why = "OOM" if is_oom else _SIGNALS.get(code, "")
    return f"{code} ({why})" if why else str(code)
