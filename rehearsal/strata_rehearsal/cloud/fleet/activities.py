"""Recording scaling activities."""

import uuid

from strata_rehearsal.cloud.scaling_groups import Activity, Group
from strata_rehearsal.cloud.state import Cloud

__all__ = ["begin"]


def begin(cloud: Cloud, group: Group, description: str, cause: str, details: str = "{}") -> Activity:
    """Open an activity of the group, newest first in its list."""
    activity = Activity(str(uuid.uuid4()), group.name, description, cause, cloud.world.now, details)
    group.activities.appendleft(activity)
    return activity
