"""moto shows scaling policies as switched off and with an empty forecast, which the real provider takes for changes."""

from collections.abc import Callable
from typing import Any

from moto.autoscaling.responses import AutoScalingResponse

from strata_rehearsal.cloud.patches import wrap

__all__ = ["patch"]


def patch() -> None:
    """Show a policy as it was put."""
    wrap(AutoScalingResponse, "put_scaling_policy", _as_put)


def _as_put(original: Callable[..., Any]) -> Callable[..., Any]:
    def put_scaling_policy(self: Any) -> Any:
        answer = original(self)
        asked = self._get_params()
        policy = self.autoscaling_backend.policies[asked["PolicyName"]]
        policy.enabled = asked.get("Enabled", True)
        policy.predictive_scaling_configuration = asked.get("PredictiveScalingConfiguration")
        return answer

    return put_scaling_policy
