"""What the record holds while nothing can prove a release: its fleet wants nothing.

A rollout over nothing would end well at once and prove nothing. So the fleet is set to run the release from its next
scale-out on, the record goes on naming the release that is proven, and `up` succeeds: a service that is scaled to zero
at night is no failure. Since the record is not the program's, the next `up` sees the difference again, and once there
is something that runs it its gate proves the release or fails.
"""

from collections.abc import Awaitable, Callable

from strata.clock import Clock
from strata.resource_hooks import Console
from strata.rollout.aws_calls import AsyncAws
from strata.rollout.forbidden_versions import read_forbidden
from strata.rollout.messages import how_to_leave
from strata.rollout.note import Journal, Phase
from strata.rollout.record import NOTHING_PROVEN
from strata.rollout.spec import Rollout

__all__ = ["defer"]


async def defer(
    aws: AsyncAws,
    clock: Clock,
    console: Console,
    rollout: Rollout,
    value: str | None,
    *,
    later: str,
    start: str,
    save: Callable[[], Awaitable[None]] | None,
) -> str:
    """The value the record keeps, after the fleet was set to run the release later.

    Args:
        aws: AWS.
        clock: time.
        console: where lines go.
        rollout: what would be rolled.
        value: what the record holds now.
        later: what will run the release, such as "servers will launch".
        start: what starts something, as a clause; for a fleet that wants nothing although its settings want something.
        save: sets the fleet to run it. None in a preview: the fleet is still as it was before the change, which may be
            what gives it something to run.
    """
    spec, recorded, image = rollout.spec, rollout.recorded, rollout.release.image
    named = recorded.image if recorded else "no release"
    units = f"{spec.UNIT}s"
    missing = f" Since capacity.min is {spec.least}, it should have some: {start}." if spec.least else ""
    if save is None:
        console.warn(
            f"{spec.service}: the {spec.FLEET} wants no {spec.UNIT} now, so nothing can prove {image}: the record goes "
            f"on naming {named}, and {later} {image.version}. If this change gives the {spec.FLEET} {units}, "
            f"`up` rolls or proves it at once.{missing}"
        )
    else:
        await save()
        journal = Journal(aws, clock, console)
        await journal.begin(rollout)
        await journal.enter(rollout, Phase.NOT_PROVEN, f"no {spec.UNIT} ran it: the {spec.FLEET} wants none")
        forbidden = await aws(read_forbidden, aws.driver, spec.record, recorded, None)
        leave = "" if forbidden.why else f" {how_to_leave(recorded)}."
        console.warn(
            f"{spec.service}: {image} is not proven: no {spec.UNIT} ran it, the {spec.FLEET} wants none. The record "
            f"still names {named}; {later} {image.version}, and the next `pulumi up` that finds {units} "
            f"proves it.{leave}{missing}"
        )
    return value if recorded is not None and value else NOTHING_PROVEN
