"""Healing a stack as a person names it: look for drift, replace what differs, and look again."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from strata.aws.target import plain_errors
from strata.drift.drift_finding import ServiceDrift, StackDrift
from strata.drift.drift_kinds import DriftKind
from strata.drift.fix_names import LOCAL, filled
from strata.drift.stack_drift import look_at_stack, place_to_compare
from strata.errors import BusyError, RefusedError, StrataError
from strata.healing.fleet_look import HealedFleet, while_rolling
from strata.healing.healed_servers import HealedServers, HealingDriver
from strata.healing.healed_tasks import HealedTasks, TaskHealingDriver
from strata.healing.healing_outcome import HealedService, HealingOutcome, StackHealing
from strata.healing.healing_plan import HealingPlan, plan_healing
from strata.healing.healing_rounds import HealingProgress, HealingRounds, stopped_by
from strata.resource_hooks import Console
from strata.rollback.direct_rolls import direct_roll
from strata.rollback.service_history import read_past
from strata.rollback.service_place import ServicePlace
from strata.rollout.servers.server_spec import ServerSpec
from strata.rollout.stack_place import StackPlace
from strata.rollout.tasks.task_spec import TaskSpec

__all__ = ["HealingPlans", "heal", "plan_place", "plan_stack"]


@dataclass(frozen=True)
class HealingPlans:
    """What is to be done about a stack.

    Args:
        place: the stack.
        asked: the service that is asked about; None for all of them.
        found: what the first look found.
        plans: a plan for each service.
        fleets: what is replaced, by service, of those of which something is.
        ignored: kinds of differences that do not count this time. Default: all count.
        deep: whether servers compare themselves with what their images were baked with.
    """

    place: StackPlace
    asked: str | None
    found: StackDrift
    plans: Sequence[HealingPlan]
    fleets: dict[str, HealedFleet]
    ignored: Collection[DriftKind] = ()
    deep: bool = False

    def planned(self) -> StackHealing:
        """What would be done, and has not been."""
        services = [_named(HealedService(each, *_foreseen(each)), self.place) for each in self.plans]
        return StackHealing(services, self.found, dry_run=True)


def plan_stack(
    cwd: Path,
    given: str,
    service: str | None,
    *,
    local: bool,
    ignored: Collection[DriftKind] = (),
    deep: bool = False,
) -> HealingPlans:
    """Find a stack, look for drift in it, and plan what heals that.

    Args:
        cwd: where to look for the project, from there upwards.
        given: the stack.
        service: one service. Default: all of the stack.
        local: use the local AWS of the last rehearsal.
        ignored: kinds of differences that do not count this time. Default: all count.
        deep: whether servers compare themselves with what their images were baked with.

    Raises:
        AwsError: AWS cannot be reached, or refused what everything else rests on.
        SettingsError: the stack file has problems.
        UsageError: there is no such project, stack or service, or no service at all.
    """
    return plan_place(place_to_compare(cwd, given, local=local), given, service, ignored, deep=deep)


def plan_place(
    place: StackPlace,
    given: str,
    service: str | None,
    ignored: Collection[DriftKind] = (),
    *,
    deep: bool = False,
) -> HealingPlans:
    """Look for drift in a stack that was found, and plan what heals it, as `plan_stack`.

    Args:
        place: the stack, with its settings.
        given: as a person named it.
        service: one service. Default: all of the stack.
        ignored: kinds of differences that do not count this time. Default: all count.
        deep: whether servers compare themselves with what their images were baked with.
    """
    found = look_at_stack(place, given, service, ignored, deep=deep)
    fleets: dict[str, HealedFleet] = {}
    plans: list[HealingPlan] = []
    with plain_errors():
        for each in found.services:
            if any(finding.row.replaced for finding in each.findings):
                fleets[each.service] = _fleet(place, each.service)
                whole = isinstance(fleets[each.service], HealedTasks)
                plans.append(plan_healing(each, fleets[each.service].look(), whole=whole))
            else:
                plans.append(plan_healing(each, None, whole=False))
    return HealingPlans(place, service, found, plans, fleets, ignored, deep)


async def heal(plans: HealingPlans, console: Console) -> StackHealing:
    """Replace what is to be replaced, service by service, and look once more.

    What stops one service does not keep the others from being healed. Interrupted, it leaves nothing behind that the
    next run would have to know: that looks at AWS again.

    Args:
        plans: what is to be done.
        console: where progress goes.

    Raises:
        AwsError: AWS cannot be reached any more, or refuses to be asked.
    """
    healed = [_named(await _heal(plans, each, console), plans.place) for each in plans.plans]
    if not any(each.progress.begun for each in healed):
        return StackHealing(healed, plans.found, dry_run=False)
    console.say("looking for drift once more")
    last = await asyncio.to_thread(
        look_at_stack, plans.place, plans.found.stack, plans.asked, plans.ignored, deep=plans.deep
    )
    after: dict[str, ServiceDrift] = {each.service: each for each in last.services}
    return StackHealing([replace(each, after=after.get(each.plan.service)) for each in healed], last, dry_run=False)


def _named(healed: HealedService, place: StackPlace) -> HealedService:
    """With the names of the stack and the service in the commands of its fix."""
    names = {"STACK": place.stack, "SERVICE": healed.plan.service, **({LOCAL: "yes"} if place.local else {})}
    return replace(healed, fix=filled(healed.fix, names))


async def _heal(plans: HealingPlans, plan: HealingPlan, console: Console) -> HealedService:
    if not plan.worn or plan.obstacle is not None:
        return HealedService(plan, *_foreseen(plan))
    place, unit = plans.place, plan.unit.removesuffix("s")
    rounds = HealingRounds(
        plan.service, plans.fleets[plan.service], place.clients.renew, place.clock, console, unit=unit
    )
    try:
        with plain_errors():
            stuck = await rounds.heal([each.id for each in plan.worn])
            if stuck:
                await _replace_all(plans, plan, stuck, rounds.progress, console)
    except StrataError as error:
        return HealedService(plan, _outcome_of(error), rounds.progress, error.message, error.fix or "")
    return HealedService(plan, HealingOutcome.REPLACED, rounds.progress)


async def _replace_all(
    plans: HealingPlans, plan: HealingPlan, stuck: Sequence[str], progress: HealingProgress, console: Console
) -> None:
    """Where the floor has no room to end one first: a rollout of the same release, which starts what is fresh first."""
    terms = plan.look.terms if plan.look else None
    whole = isinstance(plans.fleets[plan.service], HealedTasks) and not plan.kept
    if not whole or terms is None:
        raise RefusedError(
            f"{plan.service}: the floor of {terms.floor if terms else 'its settings'} has no room to replace "
            f"{', '.join(stuck)}",
            fix="Raise the desired capacity for the time, or replace everything: "
            "`strata rollout refresh STACK SERVICE`.",
        )
    place = ServicePlace(**vars(plans.place), service=plan.service, given=plans.found.stack)
    past = await asyncio.to_thread(read_past, place)
    if past.record.current is None:
        raise RefusedError(
            f"{place.title} has no proven release", fix="Pin an image and run `pulumi up --stack STACK`."
        )
    console.say(
        f"{plan.service}: the floor is {terms.floor} of {terms.desired}, and ECS ends a task before it starts the next "
        f"one: all tasks are replaced by a rollout of the same release, for {', '.join(stuck)}"
    )
    progress.begun.append(tuple(stuck))
    await direct_roll(place, past.record.current.release, past.note, console).renew()
    progress.replaced += stuck


def _foreseen(plan: HealingPlan) -> tuple[HealingOutcome, HealingProgress, str, str]:
    """How a service ends of which nothing is replaced, or not yet."""
    # what is not to be replaced yet may have to be when the rollout has ended
    rolling = while_rolling() if plan.drift.rolling and not plan.worn else None
    obstacle = plan.obstacle or rolling
    if obstacle is None:
        outcome = HealingOutcome.PLANNED if plan.worn else HealingOutcome.NOTHING
        return outcome, HealingProgress(), "", ""
    error = stopped_by(plan.service, obstacle)
    return _outcome_of(error), HealingProgress(), error.message, error.fix or ""


def _outcome_of(error: StrataError) -> HealingOutcome:
    if isinstance(error, BusyError):
        return HealingOutcome.BUSY
    return HealingOutcome.REFUSED if error.exit_code == RefusedError.exit_code else HealingOutcome.FAILED


def _fleet(place: StackPlace, name: str) -> HealedFleet:
    settings = place.settings
    if settings is None:
        raise TypeError("a stack whose project is needed has settings")
    record = ServicePlace(**vars(place), service=name).record.name
    if name in settings.services:
        spec = ServerSpec.of_service(name, settings.services[name], record=record)
        return HealedServers(HealingDriver(place.clients), place.clock, place.project, place.stack, spec)
    own = settings.container_services[name]
    task_spec = TaskSpec.of_service(name, own, record=record)
    return HealedTasks(TaskHealingDriver(place.clients), place.clock, place.project, place.stack, own, task_spec)
