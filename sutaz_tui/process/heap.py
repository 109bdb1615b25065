"""The C library's memory of a process that runs for days: what a large answer took goes back to the system.

glibc learns from each large piece that is freed to keep as much for the next one, and gives each thread a heap of its
own; holes in them stay. Held at what it begins with, a recorder that got large answers for minutes stays as it was.
"""

LARGE = 128 << 10
"""Bytes from which a piece is the system's own, and which stay at the end of the heap: to set them ends the learning."""

# malloc.h of glibc; musl has no such call, and macOS another allocator.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def give_back() -> None:
    """Have the C library give back what is freed, from here on; nothing where it has no such settings."""
    try:
        # The first frame does without it, and some builds of Python too.
        import ctypes

        set_to = ctypes.CDLL(None).mallopt
    except (ImportError, AttributeError, OSError):
        return
    for setting, value in ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, LARGE), (_TRIM_THRESHOLD, LARGE)):
        set_to(setting, value)
