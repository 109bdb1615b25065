"""What the stack's images, volumes and containers take on disk, as Docker's /system/df tells it."""

from collections.abc import Iterable
from typing import Any

from sutaz_tui.simulator.container_use import MIB
from sutaz_tui.simulator.docker_compose import mounts_of
from sutaz_tui.simulator.docker_containers import Container


def disk_usage(containers: Iterable[Container], born: float) -> dict[str, Any]:
    """The answer for these containers; one image of `born` is used by none of them."""
    found = list(containers)
    images: list[dict[str, Any]] = [
        {"Id": one.image_id, "RepoTags": [one.image], "Size": (80 + 37 * one.number) * MIB, "SharedSize": 0}
        for one in found
    ]
    for image in images:
        image |= {"Created": int(born), "Containers": 1, "Labels": None}
    left_over: dict[str, Any] = {"Id": "sha256:" + "0" * 64, "RepoTags": [], "Size": 412 * MIB}
    images.append(left_over | {"SharedSize": 0, "Created": int(born), "Containers": 0, "Labels": None})
    volumes: list[dict[str, Any]] = [
        {"Name": mount["Name"], "Driver": "local", "Mountpoint": mount["Source"], "Scope": "local"}
        for one in found
        for mount in mounts_of(one.name)
        if mount["Type"] == "volume"
    ]
    for number, volume in enumerate(volumes):
        volume["UsageData"] = {"Size": (11 + 70 * number) * MIB, "RefCount": 1}
    told = [
        {"Id": one.id, "Names": [f"/{one.name}"], "Image": one.image, "SizeRw": one.number * 4096}
        for one in found
    ]
    size = sum(image["Size"] for image in images)
    return {"LayersSize": size, "Images": images, "Volumes": volumes, "Containers": told, "BuildCache": []}
