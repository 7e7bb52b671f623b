"""Drift as lines: what a look found, for the commands that look."""

from typing import TYPE_CHECKING

from strata.cli.output import echo, print_columns, styled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from strata.drift.drift_finding import DriftFinding, ServiceDrift, StackDrift
    from strata.drift.resource_look import ResourceLook

__all__ = ["print_drift", "print_in_place", "print_service", "print_unread"]


def print_drift(found: "StackDrift") -> None:
    """All that a look found, and what it could not read."""
    for each in found.services:
        print_service(each)
    if found.resources is not None:
        _print_resources(found.resources)
    print_unread(found)
    print_in_place(found.in_place)


def print_in_place(fleets: "Iterable[str]") -> None:
    """Fleets that nothing is compared of, and why."""
    from strata.rollout.stack_services import IN_PLACE

    for each in fleets:
        echo(styled(f"not compared: {each} is {IN_PLACE}", dim=True))


def print_unread(found: "StackDrift") -> None:
    """What a look could not read, what of it was left out, and what is accepted and not there."""
    for each in found.unread:
        call = f" ({each.call})" if each.call else ""
        echo(styled(f"not read: {each.service or 'every service'}: {each.what}{call}: {each.why}", fg="yellow"))
    for each in found.stale:
        entry = each.entry
        echo(styled(f"stale: {entry.service}: {entry.key} is accepted {entry.terms}; {each.why}", fg="yellow"))
    if found.ignored_kinds:
        count = sum(len(each.ignored) for each in found.services)
        echo(styled(f"ignored: {', '.join(found.ignored_kinds)}: {count} found, none counts", fg="yellow"))


def _print_resources(found: "ResourceLook") -> None:
    from strata.drift.resource_look import NOT_SEEN

    echo(f"{styled('resources', bold=True)}: {found.headline}")
    print_columns([[f"  {styled(each.how, fg='red')}", each.name, each.type, each.said] for each in found.differing])
    for each in found.differing[:1]:
        echo(f"  to do: {each.fix}")
    echo(styled(f"  note: {NOT_SEEN}", dim=True))


def print_service(found: "ServiceDrift") -> None:
    """What a look found of a service."""
    echo(f"{styled(found.service, bold=True)}: {found.headline}")
    print_columns(
        [
            [
                f"  {styled(each.kind, fg='red')}",
                each.subject,
                _sentence(each),
            ]
            for each in found.findings
        ]
    )
    for kind, fix in found.fixes:
        echo(f"  for {kind}: {fix}")
    print_columns(
        [
            [f"  accepted: {each.finding.kind}", each.finding.subject, f"{each.finding.said}; {each.entry.terms}"]
            for each in found.accepted
        ]
    )
    print_columns([[f"  ignored: {each.kind}", each.subject, each.said] for each in found.ignored])
    if found.contents is not None:
        echo(f"  contents: {found.contents.sentence}")
    for line in found.delegated:
        echo(styled(f"  no drift: {line}", dim=True))


def _sentence(each: "DriftFinding") -> str:
    since = f" (since {each.since})" if each.since else ""
    return f"{each.said}{since}{f'; it {each.was_accepted}' if each.was_accepted else ''}"
