"""Instance refreshes, driven by the state machine of `strata.rollout.refresh`."""
