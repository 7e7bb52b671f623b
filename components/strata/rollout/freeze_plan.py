"""What freeze windows mean for a planned rollout, as far as it can be known without the engine."""

from strata.rollout.aws_calls import BaseDriver
from strata.rollout.freeze_guard import frozen, past_values, ran_before
from strata.rollout.live_service import LiveService
from strata.rollout.preflight_findings import PreflightFinding, warn
from strata.rollout.record import ImageRef
from strata.rollout.service_plan import ServicePlan
from strata.settings.freeze_spans import FreezeLook

__all__ = ["find_freezes"]


def find_freezes(
    driver: BaseDriver, look: FreezeLook, found: LiveService, plan: ServicePlan, image: ImageRef | None, record: str
) -> tuple[PreflightFinding, ...]:
    """That `up` refuses a rollout while a window is open, or would if there is one.

    Args:
        driver: AWS.
        look: at the windows of the stack.
        found: the service as it is now.
        plan: what rolling its pinned image would do.
        image: the image that is pinned; None where something else decides which.
        record: name of the release record of the service.
    """
    if look.until is None or found.recorded is None:
        return ()
    finding = frozen(look, record)
    if plan.rolls is None:
        return (warn(f"if something else differs, up refuses to roll it out: {finding.text}", finding.fix),)
    rollout = found.rollout
    if found.rolling and rollout is not None and image is not None and image.version in rollout.target:
        # it is adopted
        return ()
    values = past_values(driver, record) if image is not None else []
    if values is None:
        why = f"unless {found.service} has run it before, up refuses to roll it out: {finding.text}"
        return (warn(why, f"{finding.fix} To know: allow ssm:GetParameterHistory to whoever asks."),)
    if image is not None and any(each.image.content == image.content for each in ran_before(values)):
        text = f"{finding.text}; {image} has run before, so that up lets the way back to the very same release through"
        return (warn(text, finding.fix),)
    return (finding,)
