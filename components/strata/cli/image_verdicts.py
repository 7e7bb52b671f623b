"""`strata image revoke NAME VERSION`, `unrevoke NAME VERSION`, and `strata image unveto STACK SERVICE VERSION`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.decorators import FC

from strata.cli.options import cwd_option, dry_run_option, json_option, local_option, stack_argument
from strata.cli.output import echo, print_json, print_note, print_warning, styled

if TYPE_CHECKING:
    from strata.promotion.revoking import Revocation

__all__ = ["revoke", "unrevoke", "unveto"]


def on_version(reason: str, *own: Callable[[Any], Any]) -> Callable[[FC], FC]:
    """The arguments and options of what is decided of a version in an account and region: NAME VERSION --reason ...

    Args:
        reason: help of `--reason`.
        own: options that only this command has.
    """
    options = (
        click.argument("name"),
        click.argument("version"),
        click.option("--reason", required=True, help=reason),
        click.option("--stack", help="Whose account and region. Default: those of the credentials in the environment."),
        click.option("--region", help="In place of --stack: the region, with the credentials of the environment."),
        *own,
        dry_run_option,
        local_option,
        cwd_option,
        json_option,
    )

    def decorate(function: FC) -> FC:
        for each in reversed(options):
            function = each(function)
        return function

    return decorate


def _require(name: str, version: str, reason: str) -> None:
    """Refuse what no version is called, and a decision without a reason."""
    from strata.images.given_values import require_image_name, require_reason, require_version

    require_image_name(name)
    require_version(version, tags=True, fix=f"Write it as `strata image list STACK {name}` shows it.")
    require_reason(reason)


@click.command("revoke", short_help="Keep a version out of every service of an account and region.")
@on_version(
    "Why, for everybody who is refused because of it.",
    click.option("--disable", is_flag=True, help="Also disable its machine images, unless something still holds them."),
)
def revoke(
    name: str,
    version: str,
    reason: str,
    stack: str | None,
    region: str | None,
    cwd: Path,
    *,
    disable: bool,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> None:
    """Keep a version of an image out of every service of an account and region, and show who still holds it.

    What runs it goes on running: roll it to another version. For example:
    strata image revoke web 1.5.0 --stack prod --reason "loses orders"
    """
    from strata.aws.target import plain_errors
    from strata.promotion.revoking import DisabledImages, image_aws, look_for_holders, would_disable
    from strata.promotion.revoking import revoke as revoke_version

    _require(name, version, reason)
    with plain_errors():
        aws = image_aws(cwd, stack, region, local=local)
        found, disabled = look_for_holders(aws, name, version), DisabledImages()
        if dry_run and disable:
            disabled = DisabledImages(would_disable(aws, found))
        if not dry_run:
            found, disabled = revoke_version(aws, found, reason, disable=disable)
    if found.dropped and found.verdict is not None:
        print_warning(
            f"{name} {version} was revoked already, because of {found.verdict.reason!r}: that reason stays, and "
            f"{found.dropped!r} was not written"
        )
    if as_json:
        print_json({"stack": stack, **found.document(dry_run=dry_run, disabled=disabled)})
        return
    place = f"account {found.account}, {found.region}"
    if found.verdict is None:
        echo(f"would revoke {name} {version} in {place}; nothing was written")
    else:
        echo(styled(f"{name} {version} is revoked in {place}: {found.verdict}", bold=True))
    for image_id in disabled.ids:
        unprotected = ", and took off its protection from being deregistered"
        done = "would disable" if dry_run else "disabled"
        echo(f"{done} {image_id}{unprotected if image_id in disabled.unprotected else ''}")
    _print_holders(found)


def _print_holders(found: "Revocation") -> None:
    """Who holds it, and what could not be found out of that."""
    if found.not_asked:
        print_note(
            f"EC2 was not asked what else refers to it ({found.not_asked}); what was looked at are records, groups, "
            "servers and tasks",
            err=False,
        )
    for each in found.holders:
        echo(styled(f"still held by {each.clause}", fg="yellow"))
    for each in found.unread:
        echo(styled(f"it may be held, too, and known there by another id or digest: {each}", fg="yellow"))
    if not found.known:
        echo(f"nothing there is known as {found.name} {found.version}: check the spelling")
    elif not found.holders:
        echo("nothing that can be read holds it" if found.unread else "nothing there holds it")


@click.command("unrevoke", short_help="Lift the revocation of a version in an account and region.")
@on_version("Why it may run again, for everybody who asks later.")
def unrevoke(
    name: str,
    version: str,
    reason: str,
    stack: str | None,
    region: str | None,
    cwd: Path,
    *,
    dry_run: bool,
    local: bool,
    as_json: bool,
) -> None:
    """Lift the revocation of a version in an account and region, and enable and protect the images that it disabled.

    Vetoes stay. Who lifted it, and why, is kept in the catalogue. For example:
    strata image unrevoke web 1.5.0 --stack prod --reason "the report was about 1.4.0"
    """
    from strata.aws.target import plain_errors
    from strata.promotion.revoking import image_aws
    from strata.promotion.unrevoking import find_revoked, lift_revocation

    _require(name, version, reason)
    with plain_errors():
        aws = image_aws(cwd, stack, region, local=local)
        found = find_revoked(aws, name, version)
        if not dry_run:
            found = lift_revocation(aws, found, reason)
    why = f" ({found.trouble})" if found.trouble else ""
    for image_id, command in found.unprotected.items():
        print_warning(f"{image_id} was protected from being deregistered, and is not{why}: `{command}`")
    if as_json:
        print_json({"stack": stack, **found.document(reason)})
        return
    place = f"account {found.account}, {found.region}"
    if found.noted is None:
        echo(f"would lift the revocation of {name} {version} in {place}; nothing was written: {found.verdict}")
    else:
        echo(styled(f"{name} {version} is not revoked any more in {place}: {found.noted}", bold=True))
        echo(f"it was revoked: {found.verdict}")
    again = "would be" if found.noted is None else "is"
    for image_id, state in found.images.items():
        back = ["enabled"] if image_id in found.enabled and found.noted is None else []
        back += ["protected from being deregistered again"] if image_id in found.protected else []
        given = f", and {again} {' and '.join(back)}" if back else ""
        echo(f"{image_id} is {state}{given}")


@click.command("unveto", short_help="Let a version back into a service.")
@stack_argument
@click.argument("service")
@click.argument("version")
@dry_run_option
@local_option
@cwd_option
@json_option
def unveto(stack: str, service: str, version: str, cwd: Path, *, dry_run: bool, local: bool, as_json: bool) -> None:
    """Let a version back into a service that a rollback, or somebody, has vetoed.

    Nothing is rolled by that: the next `pulumi up` whose stack file pins the version rolls to it.

    For example: strata image unveto prod web 1.5.0

    Without a project at hand, name the stack in full: strata image unveto acme/shop/prod web 1.5.0
    """
    from strata.aws.target import plain_errors
    from strata.promotion.pinned_stack import open_stack
    from strata.promotion.unveto import lift_veto
    from strata.rollout.stack_place import find_by_names

    with plain_errors():
        place = find_by_names(cwd, stack, local=local, warn=print_warning) or open_stack(cwd, stack, local=local).place
        lifted = lift_veto(place, service, version, dry_run=dry_run)
    if as_json:
        document = {"service": service, "version": version, "reason": lifted.reason, "by": lifted.by, "at": lifted.at}
        print_json({"stack": place.stack, **document, "dry_run": dry_run})
        return
    said = "would lift the veto" if dry_run else "lifted the veto"
    echo(f"{said} on {version} for {service} of {place.title}: {lifted}")
    if not dry_run:
        echo(f"nothing was rolled: the next `pulumi up` that pins {version} rolls to it")
