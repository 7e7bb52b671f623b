"""The release gate: hooks that run a rollout inside `pulumi up` and let it succeed or fail by its outcome.

The hooks are bound to the release record, so a rollout that fails leaves the record of the release before in place,
and the next `up` tries again. Rolling itself is `roll.py`, by whatever deployer the gate is given; here is only what
Pulumi needs.

What only a running gate needs is imported by it: programs that import a service in unit tests run none.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from strata.aws.clients import clients_for
from strata.clock import Clock, clock_from_environment
from strata.errors import PreflightError, RolloutError, UsageError
from strata.resource_hooks import Console, PulumiConsole, hook, require_session
from strata.rollout.freeze_guard import FreezeGuard
from strata.rollout.gated_service import DesiredRelease, Gate, GatedService, KeptRecord, NoGate
from strata.rollout.image_guard import ImageGuard
from strata.rollout.record import NOTHING_PROVEN, Release, differing_fields, followed_by, proven_by, readable

if TYPE_CHECKING:
    import boto3

    from strata.aws.clients import Clients
    from strata.aws.outage import Patience
    from strata.rollout.deployer import Deployer

__all__ = ["DeployerFactory", "Gate", "GatedService", "NoGate", "ReleaseGate"]

DeployerFactory = Callable[["Clients", "Patience | None", "Clock", "Console", float], "Deployer[Any, Any, Any]"]
"""Makes a deployer of AWS's clients, how long an outage is waited out, time, a console, and a pause between looks."""

POLL_SECONDS = 15.0
"""Pause between two looks at a rollout: well below a warm-up, and far from AWS's request limits."""


class ReleaseGate:
    """Rolls services by a deployer.

    Args:
        deployer: makes the deployer of a service.
        session: what to call AWS with. Default: built from the configuration of the default provider (`aws:*`).
        clock: time and sleep. Default: the system's.
        poll_seconds: pause between two looks at AWS. Default: 15.
    """

    def __init__(
        self,
        deployer: DeployerFactory,
        *,
        session: "boto3.Session | None" = None,
        clock: Clock | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._make_deployer = deployer
        self._given = session
        self._clients = clients_for(session)
        self._clock = clock or clock_from_environment()
        self._poll_seconds = poll_seconds
        self._refused: dict[str, PreflightError] = {}
        self._found: dict[str, str | None] = {}
        """What AWS has as the record of each service, as this run found it."""
        self._settled: set[str] = set()
        """Services whose record keeps what it says in AWS: there is nothing to roll and nothing to prove."""
        self._judged: set[str] = set()
        """Services whose images were judged when the record was looked at; where that look failed, the hook judges."""
        self._made: set[str] = set()
        """Services whose fleet this run makes."""

    def bind_record(self, gated: GatedService) -> pulumi.ResourceHookBinding:
        """Hooks for the release record: the rollout. There is no delete hook: destroy would need the program."""
        require_session(gated.component, self._given, owner=f"service {gated.service}", reader="gate")
        create = hook(f"{gated.service}-first-release", gated.service, partial(self._release, gated, first=True))
        update = hook(f"{gated.service}-release", gated.service, partial(self._release, gated, first=False))
        return pulumi.ResourceHookBinding(before_create=[create], before_update=[update])

    async def kept(self, gated: GatedService, desired: DesiredRelease) -> KeptRecord:
        """What the record keeps of what it says in AWS.

        The engine calls the hook when the record's value differs from that in its state, which knows nothing of a
        rollback without the engine. So where AWS names another release than the program asks for, or none, the value
        becomes one that the engine has never written.

        It raises nothing: the hook looks for itself, and only its failure leaves the other services alone.
        """
        console, deployer = PulumiConsole(gated.component), self._deployer(gated)
        follows, newest = None, None
        try:
            if not pulumi.runtime.is_dry_run():
                if gated.spec.protect:
                    await deployer.hold_again(gated.service, desired.fleet)
                await deployer.tidy(gated.spec, desired.fleet)
            value, number = await deployer.aws.recorded(gated.record)
            self._found[gated.service] = value
            recorded = readable(Release, value)
            same = recorded is not None and recorded.digest == desired.digest
            # without a record the first one follows nothing, and one that somebody has deleted is asked for again
            first = value is None and gated.service in self._made
            follows = followed_by(value) if same or first else number
            # a fleet that wants nothing is not rolled, and its next scale-out would bring the release all the same
            await FreezeGuard(gated.spec, deployer, self._clock, console).heed(desired, recorded)
            kept = await deployer.kept_value(gated.spec, desired, value)
            if kept is not None:
                self._settled.add(gated.service)
                return KeptRecord(kept)
            wanted = desired.release
            newest = recorded if same else None
            if newest is not None and wanted is not None:
                newest = await self._launching(gated.service, deployer, console, wanted, newest)
            await ImageGuard(gated.spec, deployer, console).heed(desired, recorded)
            self._judged.add(gated.service)
            # what a new fleet is launched by is newest, and a preview makes nothing
            there = not pulumi.runtime.is_dry_run() and gated.service not in self._made
            if there and not same and wanted is not None:
                newest = await self._newest(gated.service, deployer, console, wanted)
            if recorded is not None and _differs(recorded, desired, newest):
                # the engine's state may name what the program asks for, and would leave a wrong record as it is
                follows = number
        except PreflightError as error:
            self._refused[gated.service] = error
        except BaseException as error:  # noqa: BLE001  also what has no message, and would pass the engine as success
            why = str(error) or type(error).__name__
            console.warn(f"{gated.service}: what runs could not be compared with the record: {why}")
        return KeptRecord(follows=follows, newest=newest)

    @staticmethod
    async def _newest(
        service: str,
        deployer: "Deployer[Any, Any, Any]",
        console: Console,
        wanted: Release,
    ) -> Release | None:
        """The release as it is made newest in AWS, where the engine's state has something older.

        A rollback without the engine makes a copy of what it goes back to the newest one. When its veto is lifted, and
        the release that was left comes back, that copy is in the way: a refresh would find it, and make another one.
        """
        try:
            return await deployer.made_newest(service, wanted)
        except Exception as error:  # noqa: BLE001  the release is the same, whatever is newest
            console.warn(f"{service}: a refresh may find something newer than {wanted.image}: {error}")
        return None

    @staticmethod
    async def _launching(
        service: str,
        deployer: "Deployer[Any, Any, Any]",
        console: Console,
        wanted: Release,
        recorded: Release,
    ) -> Release | None:
        """The recorded release, as long as what launches it by its record is newer, and launches the release indeed."""
        try:
            if wanted.launched_by(recorded) == wanted or not await deployer.is_there(recorded):
                return None
        except Exception as error:  # noqa: BLE001  the release is the same, whatever launches it
            console.warn(f"{service}: whether {recorded.image} is launched by what its record names: {error}")
        return recorded

    def bind_fleet(self, gated: GatedService) -> pulumi.ResourceHookBinding:
        """Hooks for the fleet: none is made for a release that is not proven, and AWS holds one that is protected."""
        guard = hook(f"{gated.service}-group", gated.service, partial(self._guard_fleet, gated))
        held = hook(
            f"{gated.service}-group-held",
            gated.service,
            partial(self._hold_fleet, gated),
            what="setting the deletion protection of its fleet",
        )
        prepared = hook(
            f"{gated.service}-group-prepared",
            gated.service,
            partial(self._prepare_change, gated),
            what="preparing the change of its fleet",
        )
        return pulumi.ResourceHookBinding(
            before_create=[guard],
            after_create=[held] if gated.spec.protect else [],
            before_update=[prepared],
            after_update=[held],
        )

    def _deployer(self, gated: GatedService) -> "Deployer[Any, Any, Any]":
        from strata.aws.outage import Patience

        console = PulumiConsole(gated.component)
        patience = Patience(
            self._clock,
            lambda text: console.say(f"{gated.service}: {text}; what was started {deployer.aws.unwatched}"),
            deadline_seconds=gated.spec.settings.outage_deadline_seconds,
            pause_seconds=self._poll_seconds,
        )
        # a preview decides nothing: it reports what it could not read instead of waiting for it
        waits = None if pulumi.runtime.is_dry_run() else patience
        deployer = self._make_deployer(self._clients, waits, self._clock, console, self._poll_seconds)
        return deployer

    async def _release(self, gated: GatedService, args: pulumi.ResourceHookArgs, *, first: bool) -> None:
        settled = _value(args.new_inputs) == NOTHING_PROVEN or gated.service in self._settled
        if not pulumi.runtime.is_dry_run() and settled:
            # reported where it was found out, before the record was registered
            return
        if not pulumi.runtime.is_dry_run() and gated.service in self._refused:
            raise self._refused[gated.service]
        deployer = self._deployer(gated)
        console = PulumiConsole(gated.component)
        recorded = None if first else self._recorded(gated, args, console)
        if pulumi.runtime.is_dry_run():
            await self._preview(gated, deployer, console, recorded)
            return
        from strata.rollout.roll import Roll
        from strata.rollout.spec import Rollout

        if isinstance((args.new_inputs or {}).get("insecureValue"), pulumi.Output):
            raise UsageError(
                f"{gated.service}: the release record is a secret, because the name of its fleet, its image or its "
                "template is",
                fix="Pass them through pulumi.Output.unsecret: names and ids in AWS are not secret.",
            )
        wanted = proven_by(Release, _value(args.new_inputs))
        if wanted is None:
            raise RolloutError(f"{gated.service}: the release record has no value")
        desired = DesiredRelease(wanted.fleet, wanted.image, wanted.digest, sidecars=wanted.beside)
        # once more: hours may have passed since the program ran, and what is rolled next may supersede a rollout
        await FreezeGuard(gated.spec, deployer, self._clock, console).heed(desired, recorded)
        if gated.service not in self._judged:
            await ImageGuard(gated.spec, deployer, console).heed(desired, recorded)
        alarms = tuple(await gated.alarm_names.future() or ())
        parameters = await gated.parameters.future() if gated.parameters is not None else None
        url = await gated.url.future() if gated.url is not None else None
        rollout = Rollout(spec=gated.spec, release=wanted, alarms=alarms, parameters=parameters or {}, url=url or "")
        roll = Roll(deployer, self._clock, console, self._poll_seconds)
        await (roll.first(rollout) if first else roll.next(rollout, recorded))

    def _recorded(self, gated: GatedService, args: pulumi.ResourceHookArgs, console: Console) -> Release | None:
        """What the record names in AWS, which may be something else than the engine's state has."""
        believed = readable(Release, _value(args.old_inputs))
        if gated.service not in self._found:
            return believed
        recorded = readable(Release, self._found[gated.service])
        if believed is not None and recorded is not None and recorded.digest == believed.digest:
            for field, named, known in differing_fields(recorded, believed):
                console.say(
                    f"{gated.service}: the record in AWS names {named} as its {field}, and the engine's state {known}: "
                    "it was changed without the engine"
                )
        elif believed is not None:
            console.say(
                f"{gated.service}: the engine's state has {believed.image}, and the record in AWS names "
                f"{recorded.image if recorded else 'no release'}: it was changed without the engine"
            )
        return recorded

    async def _preview(
        self, gated: GatedService, deployer: "Deployer[Any, Any, Any]", console: PulumiConsole, recorded: Release | None
    ) -> None:
        image, digest = await gated.image.future(), await gated.digest.future()
        sidecars = await gated.sidecars.future() if gated.sidecars is not None else None
        try:
            lines = await deployer.plan(gated.spec, recorded, image=image, digest=digest, sidecars=sidecars)
        except Exception as error:  # noqa: BLE001  a preview may run with fewer rights than an up
            console.warn(f"{gated.service}: the live fleet could not be read, so there is no plan: {error}")
            return
        for line in lines:
            console.say(line)

    async def _prepare_change(self, gated: GatedService, args: pulumi.ResourceHookArgs) -> None:
        if not pulumi.runtime.is_dry_run():
            await self._deployer(gated).prepare_change(gated.spec, args.id)

    async def _hold_fleet(self, gated: GatedService, args: pulumi.ResourceHookArgs) -> None:
        await self._deployer(gated).hold(args.id, protect=gated.spec.protect)

    async def _guard_fleet(self, gated: GatedService, args: pulumi.ResourceHookArgs) -> None:
        """A new fleet boots whatever its template says: fine for the release that is recorded, and for a first one.

        A first one is judged here, since its servers or containers are there before anything could be rolled; and what
        runs once before a rollout runs before they are made.
        """
        self._made.add(gated.service)
        wanted = await gated.digest.future()
        if wanted is None:
            return
        deployer = self._deployer(gated)
        recorded = await deployer.aws.release(gated.record)
        if recorded is not None and recorded.digest != wanted:
            raise PreflightError(
                f"{gated.service}: the fleet is to be replaced for a release that no rollout has proven, while "
                f"{recorded.image} is live",
                fix="First apply what replaces the fleet with the recorded image, then change the image.",
            )
        image = await gated.image.future()
        if recorded is None and image is not None:
            sidecars = await gated.sidecars.future() if gated.sidecars is not None else None
            await ImageGuard(gated.spec, deployer, PulumiConsole(gated.component)).heed_first(image, sidecars or {})
            if not pulumi.runtime.is_dry_run():
                await deployer.run_before_first(gated.spec, args.new_inputs or {}, image=image, digest=wanted)


def _differs(recorded: Release, desired: DesiredRelease, newest: Release | None) -> bool:
    """Whether the record says anything else than it is to say; a preview does not know all of that."""
    wanted = desired.release
    if wanted is not None:
        return wanted.launched_by(newest) != recorded
    return recorded.digest == desired.digest and recorded.images != desired.images


def _value(inputs: Any) -> str | None:
    value = (inputs or {}).get("insecureValue")
    return value if isinstance(value, str) else None
