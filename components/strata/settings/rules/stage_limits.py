"""What only dev may do."""

from collections.abc import Iterator

from strata.problem import ABSENT
from strata.settings.models import ObjectStoreSettings, SecretSettings
from strata.settings.models.rule import Conflict, rule
from strata.settings.models.secret import LEAST_RECOVERY_DAYS
from strata.settings.rules.stack_facts import Facts
from strata.stage import Stage

__all__: list[str] = []


@rule("pin-id", "Staging and prod pin an id.")
def pin_id(facts: Facts) -> Iterator[Conflict]:
    stage = facts.settings.stage
    for name, pin in facts.settings.images.items():
        at = ("images", name)
        if stage is not Stage.DEV and pin.version is not None and pin.id is None:
            yield Conflict(
                (*at, "id"),
                ABSENT,
                expected=f"an image id in {stage}: a version alone may be baked again",
                fix=f"Add the id of the image whose app_version is {pin.version}.",
                reads=(("stage",), (*at, "version")),
            )


@rule("pin-parameter", "Only dev resolves a parameter.")
def pin_parameter(facts: Facts) -> Iterator[Conflict]:
    stage = facts.settings.stage
    for name, pin in facts.settings.images.items():
        at = ("images", name, "parameter")
        if stage is not Stage.DEV and pin.parameter is not None:
            yield Conflict(
                at,
                pin.parameter,
                expected=f"a version and an id in {stage}: a parameter changes without the stack file",
                fix="Pin what the parameter names now.",
                reads=(("stage",),),
            )


@rule("secret-recovery-stage", "A deleted secret can be brought back, but in dev.")
def recovery_stage(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        if secret.recovery_window_days == 0 and facts.settings.stage is not Stage.DEV:
            yield Conflict(
                (*path, "recovery_window_days"),
                0,
                expected=f"a recovery window in {facts.settings.stage}: without one a deleted secret is gone at once",
                fix=f"Write {LEAST_RECOVERY_DAYS} or more.",
                reads=(("stage",),),
            )


@rule("object-destroy", "A destroy takes no objects with it outside dev.")
def force_destroy(facts: Facts) -> Iterator[Conflict]:
    for at, store in facts.each(ObjectStoreSettings):
        if store.force_destroy and facts.settings.stage is not Stage.DEV:
            yield Conflict(
                (*at, "force_destroy"),
                got=True,
                expected="false outside dev: a destroy would take every object with it",
                fix="Leave it out, and empty the bucket yourself before it goes.",
                reads=(("stage",),),
            )
