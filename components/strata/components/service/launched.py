"""What servers or tasks are launched with: its release digest, and that it holds no secret."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

from strata.errors import UsageError
from strata.rollout.record import release_digest

__all__ = ["digest_without_secrets", "list_secrets"]


def digest_without_secrets(
    digested: Mapping[str, pulumi.Input[Any]],
    launched: Mapping[str, pulumi.Input[Any]],
    *,
    role: pulumi.Resource,
    refusal: Callable[[Sequence[str]], UsageError],
) -> pulumi.Output[str]:
    """The digest of what is launched; an error instead where Pulumi holds a part of it for a secret.

    Args:
        digested: what decides the digest.
        launched: inputs of what launches, none of which may be a secret.
        role: a resource that exists before anything is launched.
        refusal: the error, given the names of the inputs that are secret.
    """

    def refuse(known: Mapping[str, Any]) -> None:
        if found := sorted(key for key in launched if known[key]):
            raise refusal(found)

    # JSON first: values an override gives as pulumi_aws types become plain ones.
    text = pulumi.Output.json_dumps(digested, sort_keys=True)
    digest = text.apply(lambda known: release_digest(json.loads(known)))
    secrets = {key: pulumi.Output.from_input(value).is_secret() for key, value in launched.items()}
    # asked as in `uses`: apart from the values, and not before the engine has answered for a resource
    checked = pulumi.Output.all(_=role.urn, **secrets).apply(refuse)
    return pulumi.Output.all(digest, checked).apply(lambda both: both[0])


def list_secrets(names: Sequence[str], owner: str) -> str:
    """The beginning of such a refusal: which inputs of what are secrets."""
    return f"{', '.join(names)} of its {owner} {'is a secret' if len(names) == 1 else 'are secrets'}"
