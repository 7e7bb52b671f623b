"""Plays the script by which a server compares itself with its image: it is as it was baked, unless that was planted."""

from typing import Any

from strata.images.recipe.inside.compare import said, written
from strata.images.recipe.server_comparison import COMPARISON_MARK
from strata_rehearsal.cloud.command_runs import service_and_id
from strata_rehearsal.cloud.planted_contents import PlantedContents
from strata_rehearsal.cloud.sent_commands import CommandOutcome
from strata_rehearsal.cloud.state import Cloud

__all__ = ["play_comparison"]

SECONDS = 4.0
"""How long a comparison takes."""


def play_comparison(cloud: Cloud, script: str, instance: Any) -> CommandOutcome | None:
    """What the comparison prints on a server; None for another script.

    Args:
        cloud: the local AWS.
        script: what the server is to run.
        instance: moto's instance.
    """
    if not script.startswith(COMPARISON_MARK):
        return None
    planted = next((cloud.contents[each] for each in service_and_id(instance) if each in cloud.contents), None)
    planted = planted or PlantedContents()
    if not planted.manifest:
        why = "[Errno 2] No such file or directory: '/usr/share/strata-image/manifest.json'"
        return CommandOutcome(f"{said(unread='no-manifest', why=why)}\n", seconds=SECONDS)
    image = next((each for each in cloud.images if each.id == instance.image_id), None)
    name, version = (image.name, image.version) if image is not None else ("unknown", "unknown")
    lines = written(name, version, list(planted.differences))
    return CommandOutcome("".join(f"{each}\n" for each in lines), seconds=SECONDS)
