"""How far work is, in a few cells that every terminal and screen reader can take."""


def bar(done: int, total: int, cells: int = 10) -> str:
    """`[####......] 12/30`; full only when all is done."""
    filled = cells if done >= total else done * cells // max(1, total)
    return f"[{'#' * filled}{'.' * (cells - filled)}] {done}/{total}"
