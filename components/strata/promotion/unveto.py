"""Lift a veto."""

from strata.errors import UsageError
from strata.images.verdicts import ImageVerdict
from strata.naming import veto_name
from strata.problem import nearest
from strata.promotion.pinned_stack import PinnedStack

__all__ = ["lift_veto"]


def lift_veto(stack: PinnedStack, service: str, version: str, *, dry_run: bool) -> ImageVerdict:
    """Let a version back into a service; gives the veto there was.

    Args:
        stack: the stack.
        service: the service; one that the stack file does not name any more may have vetoes too.
        version: the version.
        dry_run: only look.

    Raises:
        UsageError: there is no such veto.
    """
    vetoes = stack.verdicts.vetoes(stack.record(service))
    if version not in vetoes:
        near = nearest(service, stack.services) if service not in stack.services else None
        there = f"Vetoed are: {', '.join(sorted(vetoes))}." if vetoes else f"Nothing is vetoed for {service}."
        raise UsageError(
            f"{version} is not vetoed for {service} of {stack.title}",
            fix=f"{f'Did you mean {near}? ' if near else ''}{there}",
        )
    if not dry_run:
        stack.verdicts.lift(veto_name(stack.record(service), version))
    return vetoes[version]
