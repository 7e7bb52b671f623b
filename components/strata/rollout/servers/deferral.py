"""What the record may say of a group that wants no servers.

A rollout over nothing would end well at once and prove nothing. So the group is set to launch the release from its
next scale-out on, the record goes on naming the release that is proven, and `up` succeeds: a service that is scaled to
zero at night is no failure. Since the record is not the program's, the next `up` sees the difference again, and once
there are servers its gate proves the release or fails.
"""

from strata.clock import Clock
from strata.hooks.console import Console
from strata.rollout.record import NOTHING_PROVEN, Release, proven
from strata.rollout.servers.calls import Calls
from strata.rollout.servers.facts import gather
from strata.rollout.servers.fleet import Fleet, look
from strata.rollout.servers.note import Journal, Phase, note_name, read_note
from strata.rollout.servers.order import Manner, Order
from strata.rollout.servers.preflight import SAVE_CHECKS, check, heed
from strata.rollout.servers.proof import way_back
from strata.rollout.servers.restoring import restoring
from strata.rollout.servers.rollable import unrollable
from strata.rollout.servers.subject import Asked
from strata.rollout.servers.truth import read_standing
from strata.rollout.servers.views import GroupView

__all__ = ["kept_value"]


async def kept_value(calls: Calls, clock: Clock, console: Console, manner: Manner, asked: Asked) -> str | None:
    """The value the record keeps because nothing can be proven now; None where the gate decides.

    Says where the service is not what its record names. With a template version, as in a real `up`, an empty group is
    set to launch it.

    Args:
        calls: AWS.
        clock: time.
        console: where lines go.
        manner: the service's settings.
        asked: what the program asks for.

    Raises:
        PreflightError: the release must not be launched, even later.
    """
    value = (await calls(calls.driver.parameters, [manner.record])).get(manner.record)
    recorded = _recorded(value)
    group = await calls.certain(calls.driver.group, asked.group)
    if group is None:
        return None
    if recorded is not None and recorded.digest == asked.digest:
        # a group that has just been replaced is the gate's to wait for
        if recorded.group == group.name:
            await _say_deviations(calls, console, manner, recorded, group)
        return None
    if not group.empty or any(each.active for each in await calls(calls.driver.refreshes, group.name, most=1)):
        return None
    order = _order(manner, asked, recorded, group)
    if any(unrollable(order, group)):
        # the gate refuses it, and says why
        return None
    named = recorded.image if recorded else "no release"
    if asked.template_version is None:
        # the group is still as it was before the change, which may be what gives it servers
        console.warn(
            f"{manner.service}: the group wants no server now, so nothing can prove {asked.image}: the record goes on "
            f"naming {named}, and servers will launch {asked.image.version}. If this change gives the group servers, "
            "`up` rolls or proves it at once."
        )
    else:
        await _save(calls, console, order, group)
        journal = Journal(calls, clock, console)
        await journal.begin(order, None)
        await journal.turn(order, Phase.NOT_PROVEN, "no server ran it: the group wants none")
        console.warn(
            f"{manner.service}: {asked.image} is not proven: no server ran it, the group wants none. The record still "
            f"names {named}; servers will launch {asked.image.version}, and the next `pulumi up` that finds servers "
            f"proves it. {way_back(recorded)}."
        )
    return value if recorded is not None and value else NOTHING_PROVEN


def _recorded(value: str | None) -> Release | None:
    try:
        return proven(value) if value is not None else None
    except ValueError:
        # not a record: the engine writes it over
        return None


def _order(manner: Manner, asked: Asked, recorded: Release | None, group: GroupView) -> Order:
    template = asked.template or (recorded.template if recorded else group.template) or ""
    release = Release(asked.group, template, asked.template_version or 0, asked.image, asked.digest)
    return Order(manner=manner, release=release, recorded=recorded)


async def _save(calls: Calls, console: Console, order: Order, group: GroupView) -> None:
    facts = await gather(calls, order, Fleet(group, frozenset()), ())
    release = order.release
    heed(check(order, facts, SAVE_CHECKS), console, order.service, f"{release.image} must not be launched")
    if (group.template, group.saved_version) != (release.template, str(release.template_version)):
        await calls(calls.driver.save_version, group.name, release.template, release.template_version)


async def _say_deviations(calls: Calls, console: Console, manner: Manner, recorded: Release, group: GroupView) -> None:
    """A service whose record is right may run something else: changed by hand, or launched and never proven."""
    if any(each.active for each in await calls(calls.driver.refreshes, group.name, most=1)):
        return
    name = note_name(manner.record)
    note = read_note((await calls(calls.driver.parameters, [name])).get(name))
    fleet = await calls(look, calls.driver, group)
    standing = await calls(read_standing, calls.driver, recorded, fleet, note)
    if found := list(standing.deviations()):
        console.warn(f"{manner.service}: not the release {recorded.image}: {'; '.join(found)}")
        console.say(f"{manner.service}: {restoring(standing)}")
