"""The log of a container that no service names, as an id beside those of services: `container SOURCE NAME`."""

_WORD = "container"


def container_of(log: str) -> tuple[str, str] | None:
    """Source and name of the container whose log an id stands for; None where it is a service's."""
    parts = log.split(" ", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == _WORD else None


def title_of(log: str) -> str:
    """What a log of this id is called."""
    found = container_of(log)
    return found[1] if found is not None else log


def log_of_container(source: str, name: str) -> str:
    """The id of the log of a container of a Docker (its source)."""
    return f"{_WORD} {source} {name}"
