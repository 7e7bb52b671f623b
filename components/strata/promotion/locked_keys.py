"""Whether the account of a stack can launch an encrypted machine image: by the grants, policy and state of its keys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from strata.aws.clients import Clients, error_code
from strata.images.baking.key_sharing import missing_actions
from strata.images.image_finder import FoundVersion
from strata.images.key_use import (
    KeyUse,
    auto_scaling_may_use,
    grant_command,
    key_account,
    keys_of_snapshots,
    managed_by_aws,
    show_policy_command,
)
from strata.promotion.pin_change import Objection
from strata.promotion.pinned_stack import PinnedStack
from strata.rollout.denials import is_denied

__all__ = ["KeyLook", "look_at_keys"]

T = TypeVar("T")


@dataclass(frozen=True)
class KeyLook:
    """What was found out about the keys of an image.

    Args:
        objections: why no group of the account could launch it.
        notes: what nobody could ask, as sentences.
    """

    objections: tuple[Objection, ...] = ()
    notes: tuple[str, ...] = ()


def look_at_keys(stack: PinnedStack, source: PinnedStack, name: str, found: FoundVersion | None) -> KeyLook:
    """Whether Auto Scaling of a stack's account may use the keys of an image.

    What the stack's account may not ask, that of the other stack is asked, if the key belongs to it.

    Args:
        stack: where the image is to be pinned.
        source: where it ran.
        name: what messages call the image.
        found: the image, as the stack sees it; None where it does not.
    """
    if found is None or not found.snapshots:
        return KeyLook()
    account, other, region = stack.finder.account(), source.finder.account(), stack.finder.region()
    mine, theirs = stack.clients, source.clients.in_region(region)
    label = f"{name} ({found.id})"
    # AWS shows the snapshots of an image to their owner alone
    keys = keys_of_snapshots(mine, found.snapshots) or keys_of_snapshots(theirs, found.snapshots)
    if not keys:
        unknown = (
            f"With which key {label} is encrypted is shown to account {found.owner} alone, so whether Auto Scaling of "
            f"account {account} may use it is not known here."
        )
        return KeyLook(notes=(unknown,))
    judged = [_judge(mine, theirs if key_account(key) == other else None, key, account, label) for key in keys]
    return KeyLook(
        tuple(each for one in judged for each in one.objections), tuple(each for one in judged for each in one.notes)
    )


def _judge(mine: Clients, theirs: Clients | None, key: str, account: str, label: str) -> KeyLook:
    """Whether Auto Scaling of an account may use a key, asked by the account and by whom the key belongs to."""
    what = f"{label} is encrypted with {key}"
    askers = (mine,) if theirs is None else (mine, theirs)
    try:
        about = _answered(askers, lambda client: client("kms").describe_key(KeyId=key)["KeyMetadata"])
        usable = _answered(askers, lambda client: auto_scaling_may_use(client, key, account))
        policy = _policy(theirs, key) if theirs is not None and key_account(key) != account else None
    except Exception as error:
        if error_code(error) != "NotFoundException":
            raise
        return KeyLook((Objection(f"{what}, which is not there any more", "Bake it with a key that there is."),))
    objections = tuple(_objections(about, key, account, what, usable=usable, policy=policy))
    if objections or (usable is not None and usable.allowed):
        return KeyLook(objections)
    if usable is not None:
        doubt = f"{what}, and whether Auto Scaling of account {account} may use it could not be judged: {usable.doubt}"
        shown = f"{show_policy_command(key)} shows it"
        return KeyLook(notes=(f"{doubt}: {shown}. What lets it for certain: {grant_command(key, account)}",))
    unknown = (
        f"{what}, and whether Auto Scaling of account {account} may use it could not be read: allow kms:DescribeKey, "
        f"kms:ListGrants and kms:GetKeyPolicy on it. What lets it: {grant_command(key, account)}"
    )
    return KeyLook(notes=(unknown,))


def _policy(owner: Clients, key: str) -> str | None:
    """The policy of a key, which AWS shows to the account that it belongs to alone."""
    return _answered((owner,), lambda client: client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])


def _objections(
    about: dict[str, Any] | None, key: str, account: str, what: str, *, usable: KeyUse | None, policy: str | None
) -> Iterator[Objection]:
    foreign = key_account(key) != account
    region = key.split(":")[3]
    if about is not None and foreign and managed_by_aws(about):
        yield Objection(
            f"{what}, which AWS manages and no other account can use",
            "Bake it with a customer managed key that the other account may use.",
        )
        return
    state = about.get("KeyState", "Enabled") if about is not None else "Enabled"
    if state == "PendingDeletion":
        cancel = f"`aws kms cancel-key-deletion --region {region} --key-id {key}`"
        yield Objection(f"{what}, which is about to be deleted", f"Keep it: {cancel}, and enable it again.")
    elif state != "Enabled":
        yield Objection(
            f"{what}, which is {state}", f"Enable it: `aws kms enable-key --region {region} --key-id {key}`."
        )
    if foreign and policy is not None and (missing := missing_actions(policy, account)):
        yield Objection(
            f"{what}, whose policy does not let account {account} {', '.join(missing)}",
            f"Let it, by a statement for account {account} in the policy: `aws kms put-key-policy --region {region} "
            f"--key-id {key} --policy-name default --policy file://policy.json`; `aws kms get-key-policy` shows what "
            "it is now.",
        )
    if usable is not None and usable.allowed is False:
        none = "neither a grant nor its policy names the role" if not foreign else "no grant names the role"
        role = usable.lack or none
        yield Objection(
            f"{what}, which Auto Scaling of account {account} has no right to use: {role}",
            f"Grant it{f', as account {account}' if foreign else ''}: {grant_command(key, account)}",
        )


def _answered(askers: tuple[Clients, ...], ask: Callable[[Clients], T]) -> T | None:
    """The answer to the first who may ask; None where nobody may."""
    for each in askers:
        try:
            return ask(each)
        except Exception as error:
            if not is_denied(error):
                raise
    return None
