"""The variables of a task's containers: each is set once."""

from collections.abc import Collection, Mapping

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.container_service.sidecar import Beside
from strata.components.service.permissions import OWN_PREFIX, variables
from strata.errors import UsageError
from strata.settings.models import ContainerServiceSettings

__all__ = ["require_own_secrets", "sidecar_variables"]


def require_own_secrets(
    service: Component,
    own: Collection[str],
    used: Collection[str],
    secrets: Collection[str],
    *,
    sidecar: str | None = None,
) -> None:
    """Refuse secrets in variables that are taken.

    Args:
        service: the service.
        own: variables of the container in the settings.
        used: variables of what it uses.
        secrets: variables in which it finds secrets.
        sidecar: its name, if it is a sidecar. Default: it is the application.

    Raises:
        UsageError: a variable is set twice, or is one of Strata's own.
    """
    name = service.pulumi_resource_name
    of, place = (f" of its sidecar {sidecar!r}", f"sidecars.{sidecar}.") if sidecar else ("", "")
    for key in sorted(secrets):
        if key.startswith(OWN_PREFIX):
            raise UsageError(
                f"service {name!r}: secrets{of} set {key}, and {OWN_PREFIX}* is what Strata itself gives a service",
                fix="Give the variable another name.",
            )
        if key in own or key in used:
            raise UsageError(
                f"service {name!r}: {key}{of} is set twice, by secrets and by "
                + (f"strata:container_services.{name}.{place}environment" if key in own else "uses"),
                fix="Rename one of the two variables.",
            )


def sidecar_variables(
    service: Component, settings: ContainerServiceSettings, sidecars: Mapping[str, Beside], *, role: "aws.iam.Role"
) -> Mapping[str, Mapping[str, pulumi.Output[str]]]:
    """What each sidecar finds in its environment of what it uses.

    Args:
        service: the service.
        settings: its settings.
        sidecars: its sidecars, by name.
        role: a resource that exists before anything is launched.

    Raises:
        UsageError: a variable is set twice.
    """
    found: dict[str, Mapping[str, pulumi.Output[str]]] = {}
    for name, each in sidecars.items():
        own = each.settings.environment
        place = f"strata:container_services.{service.pulumi_resource_name}.sidecars.{name}.environment"
        found[name] = variables(service, settings, each.uses, role=role, own=own, place=place)
        require_own_secrets(service, own, found[name], each.secrets, sidecar=name)
    return found
