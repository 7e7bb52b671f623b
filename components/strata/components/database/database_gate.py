"""What has to happen to a database inside `pulumi up` besides the provider's own calls, as hooks of the engine."""

import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from strata.aws.clients import clients_for
from strata.aws.facts.database_engines import ENGINES
from strata.clock import Clock, clock_from_environment
from strata.components.base import Component
from strata.resource_hooks import hook, hooks_work, require_session
from strata.settings.models import DatabaseSettings

if TYPE_CHECKING:
    import boto3

    from strata.components.database.instance_changes import Calls, Upgrade

__all__ = ["DatabaseGate"]


class DatabaseGate:
    """Hooks of one database. Under Pulumi's mocks, which run none, it binds none.

    Args:
        component: the database.
        settings: its settings.
        session: what to call AWS with. Default: built from the configuration of the default provider (`aws:*`).
        clock: time and sleep. Default: the system's.
    """

    def __init__(
        self,
        component: Component,
        settings: DatabaseSettings,
        session: "boto3.Session | None" = None,
        clock: Clock | None = None,
    ) -> None:
        self._component = component
        self._name = component.pulumi_resource_name
        self._settings = settings
        self._given = session
        self._clock = clock or clock_from_environment()

    def master_password(self) -> pulumi.ResourceHookBinding | None:
        """Hooks for the record of where the password is: putting it there. There is no delete hook."""
        if not hooks_work():
            return None
        self._require_session()
        work = partial(hook, owner=self._name, work=self._take_over, what="moving the master password")
        return pulumi.ResourceHookBinding(
            before_create=[work(f"{self._name}-master-password")],
            before_update=[work(f"{self._name}-master-password-moved")],
        )

    def replicas_first(self) -> pulumi.ResourceHookBinding | None:
        """Hooks for a primary that may have replicas: they get a new version before it does."""
        if not (self._settings.replicated and hooks_work()):
            return None
        self._require_session()
        work = hook(f"{self._name}-replicas-first", self._name, self._raise_replicas, what="upgrading its replicas")
        return pulumi.ResourceHookBinding(before_update=[work])

    def _calls(self) -> "Calls":
        from strata.components.database.instance_changes import Calls

        clients = clients_for(self._given)
        return Calls(clients, clients.renew, self._clock, lambda text: self._say(f"{self._name}: {text}"))

    def _require_session(self) -> None:
        require_session(self._component, self._given, owner=f"database {self._name}", reader="hooks")

    def _say(self, text: str) -> None:
        from strata.resource_hooks import PulumiConsole

        PulumiConsole(self._component).say(text)

    async def _take_over(self, args: pulumi.ResourceHookArgs) -> None:
        from strata.components.database.instance import database_of
        from strata.components.database.instance_changes import Takeover, take_over

        if pulumi.runtime.is_dry_run():
            return
        wanted = json.loads((args.new_inputs or {})["insecureValue"])
        order = Takeover(wanted["instance"], wanted["secret"], database_of(self._name, self._settings))
        await take_over(self._calls(), order, self._say)

    async def _raise_replicas(self, args: pulumi.ResourceHookArgs) -> None:
        from strata.components.database.instance_changes import raise_replicas

        upgrade = self._upgrade(args)
        if upgrade is None:
            return
        if pulumi.runtime.is_dry_run():
            self._say(f"replicas of {self._name} get version {upgrade.new} before it does, one after the other")
            return
        await raise_replicas(self._calls(), upgrade, self._say)

    def _upgrade(self, args: pulumi.ResourceHookArgs) -> "Upgrade | None":
        """The change of version that replicas must make first, if there is one."""
        from strata.components.database.instance_changes import Upgrade

        engine = ENGINES[self._settings.engine]
        old, new = _text(args.old_inputs, "engineVersion"), _text(args.new_inputs, "engineVersion")
        if old is None or new is None or not engine.replicas_first(old, new):
            return None
        primary = _text(args.old_outputs, "identifier") or args.id
        return Upgrade(primary, engine, old, new, _text(args.new_inputs, "parameterGroupName"))


def _text(properties: Mapping[str, Any] | None, name: str) -> str | None:
    """A property that is a text; None where it is absent or unknown."""
    value = (properties or {}).get(name)
    return value if isinstance(value, str) else None
