"""EC2 Auto Scaling's instance refresh as an immutable value and a pure step.

The same machine makes the plan of a preview, drives the local AWS of a rehearsal, and is what the property tests run.
Time is a parameter in epoch seconds; nothing here waits, reads a clock or talks to anyone.

How to drive it. Begin with `start`. Whenever a server, the desired capacity, an alarm or the time named by
`next_wakeup` changed, call `step` with the whole fleet as it is now and obey its `Orders` at once and in this order:
take out `terminate` (they become Terminating), then launch from `launch` until `capacity` servers are pending or in
service. The group itself replaces servers that died or are unhealthy, also with `launch`. It need not scale in by
itself: servers above `capacity` are among those to take out. `step` runs until nothing changes, so that calling it
again with its own result gives the same value and the same orders. After a change of the desired capacity step first,
then launch.

A refresh that has ended still gives orders: keep the desired capacity, launch from the configuration that now holds. A
driver obeys those of the step that ended it, for they take out what was launched above the desired capacity, and may
then stop. On `SUCCESSFUL` the desired configuration is to be saved on the group.
"""

from strata.rollout.servers.refresh.machine import Irreversible, NotActive, cancel, next_wakeup, rollback, start, step
from strata.rollout.servers.refresh.refresh_values import (
    FORWARD,
    LIMIT_SECONDS,
    STALL_SECONDS,
    AlarmState,
    Batch,
    Fleet,
    Lifecycle,
    Orders,
    Refresh,
    RollbackDetails,
    Server,
    Status,
    Target,
)

__all__ = [
    "FORWARD",
    "LIMIT_SECONDS",
    "STALL_SECONDS",
    "AlarmState",
    "Batch",
    "Fleet",
    "Irreversible",
    "Lifecycle",
    "NotActive",
    "Orders",
    "Refresh",
    "RollbackDetails",
    "Server",
    "Status",
    "Target",
    "cancel",
    "next_wakeup",
    "rollback",
    "start",
    "step",
]
