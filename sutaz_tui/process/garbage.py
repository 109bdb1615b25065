"""The garbage collector of a process that starts: off until what stays is made, on for whoever runs for days.

Looking for garbage among imports is a twentieth of the time to the first frame or request.
"""

import gc


def put_off() -> None:
    """Look for no garbage yet; who runs on calls `look_from_now`."""
    gc.disable()


def look_from_now() -> None:
    """Look for garbage from now on, but not at what is there: all that was imported stays."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
