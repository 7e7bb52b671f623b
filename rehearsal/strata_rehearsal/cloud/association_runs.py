"""Applies associations of State Manager to servers: some at a time, and no further ones after too many have failed.

Each execution is a command of the association's document, as Run Command sends it: AWS too names one as the source of
an execution's output. It begins when the association is made or changed, at the times of a cron expression, when
somebody asks for it once, and for a server that has booted and that the association targets. No script runs.
"""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from strata.aws.facts.recurrence import next_time
from strata.aws.facts.scheduler_cron import read_scheduler_cron
from strata_rehearsal.cloud.association import Association, AssociationExecution
from strata_rehearsal.cloud.command_runs import cancel, is_managed, managed_instances, send, service_and_id, targeted
from strata_rehearsal.cloud.faults import SLOWER, FaultKind, has_fault
from strata_rehearsal.cloud.sent_commands import CommandOutcome, SentCommand
from strata_rehearsal.cloud.state import Cloud

__all__ = ["apply", "apply_to_new", "play_playbook", "schedule", "stop"]

PLAY_SECONDS: Final = 60.0
"""How long a document takes on a server, its wait for health included."""
_STEP_SECONDS: Final = 3600
"""How long a step may take that does not name a time (aws:runShellScript)."""


def apply(cloud: Cloud, association: Association, servers: Sequence[str] | None = None) -> None:
    """Begin an execution.

    Args:
        cloud: the local AWS.
        association: the association.
        servers: ids of those that it is for. Default: all that it targets now.
    """
    kept, steps = association.kept, _steps(association)
    if servers is None:
        there = managed_instances(cloud, association.account, association.region)
        servers = [each.id for each in there if targeted(each, kept.get("Targets") or ())]
    lines = [line for each in steps for line in each.get("inputs", {}).get("runCommand", ())]
    command = SentCommand(
        account=association.account,
        region=association.region,
        document=str(kept["Name"]),
        comment="",
        parameters=kept.get("Parameters") or {},
        targets=kept.get("Targets") or (),
        instance_ids=servers,
        max_concurrency=str(kept.get("MaxConcurrency") or "100%"),
        max_errors=str(kept.get("MaxErrors") or "100%"),
        # State Manager gives no agent up: one that answers again gets what it has missed
        delivery_seconds=math.inf,
        requested_at=cloud.world.now,
        played="\n".join(lines),
        longest=float(sum(int(each.get("inputs", {}).get("timeoutSeconds", _STEP_SECONDS)) for each in steps)),
    )
    execution = AssociationExecution(str(kept["AssociationVersion"]), command)
    association.executions.append(execution)
    cloud.world.record("association", association.id, "begun", execution=execution.id, servers=len(servers))
    if servers:
        send(cloud, command)


def stop(cloud: Cloud, association: Association) -> None:
    """Begin on no further server; those that have begun go on."""
    for each in association.executions:
        cancel(cloud, each.command, list(each.command.waiting))


def apply_to_new(cloud: Cloud, account: str, region: str, instance: Any) -> None:
    """Apply what targets a server that has booted to it, whatever runs elsewhere (AWS).

    Args:
        cloud: the local AWS.
        account: whose it is.
        region: where.
        instance: moto's instance.
    """
    for each in list(cloud.associations.values()):
        ours = (each.account, each.region) == (account, region) and is_managed(cloud, instance)
        if ours and not each.only_in_window and targeted(instance, each.kept.get("Targets") or ()):
            apply(cloud, each, [instance.id])


def schedule(cloud: Cloud, association: Association) -> None:
    """Apply it at the times of its cron expression, in UTC, as long as nobody changes it; other schedules are kept.

    Args:
        cloud: the local AWS.
        association: the association.
    """
    expression = str(association.kept.get("ScheduleExpression") or "")
    recurrence = read_scheduler_cron(expression, "UTC")
    moment: datetime | None = next_time(recurrence, cloud.world.moment()) if recurrence is not None else None
    version = association.kept["AssociationVersion"]

    def due() -> None:
        if cloud.associations.get(association.id) is association and association.kept["AssociationVersion"] == version:
            apply(cloud, association)
            schedule(cloud, association)

    if moment is not None:
        cloud.world.at(moment.timestamp(), due)


def play_playbook(cloud: Cloud, script: str, instance: Any) -> CommandOutcome | None:
    """What the document of a fleet that is changed in place comes to on a server; None for another script.

    Args:
        cloud: the local AWS.
        script: what the server is to run.
        instance: moto's instance.
    """
    if "ansible-playbook" not in script:
        return None
    server = cloud.servers.get(instance.id)
    suffered = server.faults if server is not None else frozenset()
    faults = {*suffered, *cloud.faults.of(service_and_id(instance)[1], instance.image_id)}
    seconds = PLAY_SECONDS * (SLOWER if has_fault(faults, FaultKind.SLOW) else 1)
    if has_fault(faults, FaultKind.PLAYBOOK_FAILS):
        return CommandOutcome(error="ansible-playbook ended with 2\n", code=2, seconds=seconds)
    if has_fault(faults, FaultKind.UNHEALTHY):
        return CommandOutcome(error="not healthy in time after the change\n", code=1, seconds=seconds)
    return CommandOutcome(seconds=seconds)


def _steps(association: Association) -> list[dict[str, Any]]:
    """The steps of the version of the document that it names; none of a document of AWS's own."""
    from moto.ssm.models import ssm_backends

    name = str(association.kept["Name"])
    documents: Any = ssm_backends[association.account][association.region]
    found = documents._documents.get(name)  # noqa: SLF001 - moto's own way
    if found is None:
        return []
    version = str(association.kept.get("DocumentVersion") or "$DEFAULT")
    made = found.find(None if version == "$DEFAULT" else version)
    return list(json.loads(made.content).get("mainSteps", ()))
