"""What an application answers that no local AWS runs: as it should, with its version, unless a fault says otherwise."""

from collections.abc import Iterable
from typing import Any

from moto.ec2.models import ec2_backends

from strata.components.machine_image import VERSION_TAG
from strata.errors import ImageError
from strata.image_build.image_reference import ImageReference
from strata_rehearsal.cloud.container_services import SimulatedTask
from strata_rehearsal.cloud.faults import Fault, FaultKind, has_fault
from strata_rehearsal.cloud.http_replies import HttpReply, PlayedAnswer
from strata_rehearsal.cloud.scaling_groups import GroupServer
from strata_rehearsal.cloud.state import Cloud

__all__ = ["answer_of_server", "answer_of_task"]


def answer_of_server(cloud: Cloud, server: GroupServer) -> HttpReply:
    """What a server answers."""
    group = server.group
    image: Any = ec2_backends[group.account][group.region].amis.get(server.image)
    tags = {str(each["key"]): str(each["value"]) for each in (image.get_tags() if image is not None else ())}
    return _answer(cloud, group.service, tags.get(VERSION_TAG, server.image), server.faults)


def answer_of_task(cloud: Cloud, task: SimulatedTask) -> HttpReply:
    """What a task answers."""
    main = task.revision.main
    version = cloud.image_versions.get(main.digest or "") or _version_of(main.reference)
    return _answer(cloud, task.service.service, version, task.essential_faults)


def _answer(cloud: Cloud, service: str, version: str, faults: Iterable[Fault]) -> HttpReply:
    faults = frozenset(faults)
    if has_fault(faults, FaultKind.UNHEALTHY):
        return HttpReply(503, "unhealthy\n", version=version)
    if has_fault(faults, FaultKind.WRONG_ANSWER):
        return HttpReply(500, f"{service} {version} does not work\n", version=version)
    return cloud.answers.get(service, PlayedAnswer()).of(service, version)


def _version_of(reference: str) -> str:
    try:
        return ImageReference.parse(reference).version
    except ImageError:
        return reference
