"""Configuration that services read while they run: the mutable layer on an immutable base."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from strata.components.access import Access, variable
from strata.components.base import Component
from strata.components.children import Children
from strata.components.inputs import RuntimeConfigOverrides
from strata.errors import UsageError
from strata.naming import runtime_config_path
from strata.settings.models import ParameterTier, RuntimeSettings
from strata.spectrum import Mutability

__all__ = ["RuntimeConfig", "RuntimeConfigChildren"]

_TIERS = {ParameterTier.STANDARD: "Standard", ParameterTier.ADVANCED: "Advanced"}
"""SSM's spelling."""
_READ = ("ssm:GetParametersByPath", "ssm:GetParameters", "ssm:GetParameter")


class RuntimeConfigChildren(Children):
    """What the component RuntimeConfig makes."""

    value: "Sequence[aws.ssm.Parameter]"
    """The parameters, one a value, in the order of their names."""


class RuntimeConfig(Component[RuntimeConfigChildren]):
    """Values below one SSM path, which a service polls; a change of one replaces no server.

    A value marked `restart: true` is part of the release of every service that reads the configuration: its servers
    get a hash of such values, so a change rolls them through the gate. The values themselves are not: they change
    before the rollout begins, and a rollout that is rolled back leaves them changed. Revert them in the stack file.

    SSM keeps the last 100 versions of each value, with who changed it and when; one that is taken out of the settings
    is deleted with its history.

    A service that has it among its `uses` may read this path and nothing else of SSM, and finds it in
    `<NAME>_CONFIG_PATH`.

    Args:
        name: the component's name.
        settings: see `RuntimeSettings`.
        overrides: inputs of single children, by the child's name in `RuntimeConfigChildren`.
        opts: Pulumi options of the component.

    Raises:
        UsageError: there is no value, or an override that does not fit.
    """

    MUTABILITY = Mutability.VERSIONED

    path: pulumi.Output[str]
    """Path of the parameters; known to readers once all of them exist."""

    def __init__(
        self,
        name: str,
        settings: RuntimeSettings,
        *,
        overrides: RuntimeConfigOverrides | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, user_tags=settings.tags, overrides=overrides, opts=opts)
        if not settings.values:
            raise UsageError(
                f"runtime configuration {name!r} has no values", fix=f"Set one below strata:runtime.{name}.values."
            )
        path = runtime_config_path(pulumi.get_project(), pulumi.get_stack(), name)
        parameters = self._values(settings, path)
        # Through the parameters: who gets the path, or the hash, waits until they have been written.
        written = pulumi.Output.all(*(parameter.name for parameter in parameters.values()))
        self.path = written.apply(lambda _: path)
        self._restart = written.apply(lambda _: _hash(settings)) if _restarting(settings) else None
        key, first = next(iter(parameters.items()))
        self._arn = first.arn.apply(lambda arn: arn.removesuffix(f"/{key}"))
        self.publish()

    @property
    def access(self) -> Access:
        """Reading everything below the path."""
        name = self.pulumi_resource_name
        told: dict[str, pulumi.Input[str]] = {variable(name, "config_path"): self.path}
        if self._restart is not None:
            told[variable(name, "config_restart")] = self._restart
        everything = [self._arn, pulumi.Output.concat(self._arn, "/*")]
        return Access(f"{name}-config", [{"Action": list(_READ), "Resource": everything}], told)

    def _values(self, settings: RuntimeSettings, path: str) -> "Mapping[str, aws.ssm.Parameter]":
        return {
            key: self.child(
                aws.ssm.Parameter,
                "value",
                Mutability.VERSIONED,
                suffix=f"config-{key}",
            )(
                name=f"{path}/{key}",
                type="String",
                # Readable in previews, as nothing here is secret.
                insecure_value=setting.value,
                tier=_TIERS[settings.tier],
            )
            for key, setting in sorted(settings.values.items())
        }


def _restarting(settings: RuntimeSettings) -> Sequence[tuple[str, str]]:
    return sorted((key, setting.value) for key, setting in settings.values.items() if setting.restart)


def _hash(settings: RuntimeSettings) -> str:
    """Of the values that are part of a release, as 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(_restarting(settings)).encode()).hexdigest()[:16]
