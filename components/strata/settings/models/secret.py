"""Secrets: how they are kept and rotated, never what they say."""

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage

__all__ = ["GeneratedSettings", "RotationSettings", "SecretSettings"]


class GeneratedSettings(Settings):
    """The value a secret is given once, made by Secrets Manager; a later change of these makes no other."""

    length: int = Field(default=32, ge=8, le=4096)
    """Characters, at most 4096 (Secrets Manager). Default: 32."""
    exclude_characters: str = Field(default="", max_length=4096)
    """Characters to leave out, such as those a connection string cannot contain. Default: none."""
    exclude_punctuation: bool = False
    """Letters and digits only. Default: false."""


class RotationSettings(Settings):
    """Who gives the secret a new value, and when. The first rotation waits for its time: a deploy never rotates."""

    lambda_arn: str = Field(pattern=patterns.LAMBDA)
    """Lambda function that rotates it, which Secrets Manager may invoke."""
    schedule: str = Field(default="rate(30 days)", pattern=patterns.ROTATION_SCHEDULE)
    """rate(N days), rate(N hours) from 4, or cron(0 HOUR DAY MONTH WEEKDAY *) in UTC (Secrets Manager). Default: every
    30 days."""
    window_hours: int | None = Field(default=None, ge=1, le=24)
    """Hours from the scheduled time within which it rotates. Default: to the end of the day, UTC."""


class SecretSettings(Settings):
    """A secret of this stack, or one that somebody else keeps."""

    external_arn: str | None = Field(default=None, pattern=patterns.SECRET)
    """A secret that exists: nothing is made, services get this ARN. Default: none."""
    key_arn: str | None = Field(default=None, pattern=patterns.KEY)
    """KMS key that encrypts it. Default: a key of its own; for an external one AWS's."""
    description: str = Field(default="", max_length=2048)
    """What it is for, shown in AWS's consoles. Default: nothing."""
    generated: GeneratedSettings = GeneratedSettings()
    """Its first value."""
    rotation: RotationSettings | None = None
    """Rotation by a Lambda function. Default: none, people rotate it."""
    recovery_window_days: int = by_stage(dev=0, staging=7, prod=30, ge=0, le=30)
    """Days in which a deleted secret, and its key, can be brought back: 7 to 30 (Secrets Manager, KMS). 0 deletes the
    secret at once, in dev only."""
    protect: bool = by_stage(dev=False, staging=True, prod=True)
    """AWS keeps it when Pulumi deletes it."""
    tags: dict[str, str] = Field(default={})
    """Further tags for everything of this secret, besides the stack's. Default: none."""
