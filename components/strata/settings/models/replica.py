"""A read replica of a database."""

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Name, Settings
from strata.settings.models.database import DatabaseAlarmSettings

__all__ = ["ReplicaSettings"]


class ReplicaSettings(Settings):
    """A read replica in the same region. What is not set is as in its source."""

    source: Name = Field(examples=["the-database"])
    """The database it is a replica of, as named under `databases`."""
    instance_class: str | None = Field(default=None, pattern=patterns.DATABASE_CLASS)
    """Instance class. Default: the source's."""
    multi_az: bool = False
    """A standby in another zone. Default: off."""
    backup_retention_days: int = Field(default=0, ge=0, le=35)
    """Days backups of its own are kept, at most 35 (RDS). Default: 0, none: its source has them."""
    alarms: DatabaseAlarmSettings = DatabaseAlarmSettings.model_construct()
    """Its alarms, besides that of the lag."""
    lag_seconds: int | None = Field(default=60, ge=1)
    """Seconds behind its source that raise an alarm; null switches it off. Default: 60."""
    notify_topic_arn: str | None = Field(default=None, pattern=patterns.TOPIC)
    """SNS topic that its alarms notify. Default: none."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of the replica, besides the stack's. Default: none."""
