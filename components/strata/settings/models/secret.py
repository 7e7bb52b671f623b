"""Secrets: how they are kept and rotated, never what they say."""

import re
import string
from collections.abc import Iterator
from typing import Final

from pydantic import Field

from strata.settings import patterns
from strata.settings.models.base import Settings
from strata.settings.models.by_stage import by_stage
from strata.settings.models.rule import Conflict, rule

__all__ = ["GeneratedSettings", "RotationSettings", "SecretSettings"]

LEAST_RECOVERY_DAYS: Final = 7
"""Secrets Manager and KMS: the shortest recovery window there is."""
LEAST_RATE_HOURS: Final = 4
MOST_RATE_DAYS: Final = 999
"""Secrets Manager: how often a rotation may be scheduled."""
_CRON_FIELDS: Final = 6
_OWN: Final = ("description", "generated", "rotation", "recovery_window_days", "protect", "tags")
"""What only a secret of this stack has."""


class GeneratedSettings(Settings):
    """The value a secret is given once, made by Secrets Manager; a later change of these makes no other."""

    length: int = Field(default=32, ge=8, le=4096)
    """Characters, at most 4096 (Secrets Manager). Default: 32."""
    exclude_characters: str = Field(default="", max_length=4096)
    """Characters to leave out, such as those a connection string cannot contain. Default: none."""
    exclude_punctuation: bool = False
    """Letters and digits only. Default: false."""

    @rule("secret-charset", "Some characters are left of every kind.")
    def _charset(self) -> Iterator[Conflict]:
        kinds = {
            "lower-case letters": string.ascii_lowercase,
            "upper-case letters": string.ascii_uppercase,
            "digits": string.digits,
            **({} if self.exclude_punctuation else {"punctuation": string.punctuation}),
        }
        gone = [kind for kind, characters in kinds.items() if not set(characters) - set(self.exclude_characters)]
        if gone:
            yield Conflict(
                ("exclude_characters",),
                self.exclude_characters,
                expected=f"a text that leaves some {' and some '.join(gone)}: every kind occurs (Secrets Manager)",
                fix="Leave some out of it" + (", or set exclude_punctuation." if gone == ["punctuation"] else "."),
                reads=(("exclude_punctuation",),),
            )


class RotationSettings(Settings):
    """Who gives the secret a new value, and when. The first rotation waits for its time: a deploy never rotates."""

    lambda_arn: str = Field(pattern=patterns.LAMBDA, examples=["arn:aws:lambda:eu-west-1:123456789012:function:rotate"])
    """Lambda function that rotates it, which Secrets Manager may invoke."""
    schedule: str = Field(default="rate(30 days)", pattern=patterns.ROTATION_SCHEDULE)
    """rate(N days), rate(N hours) from 4, or cron(0 HOUR DAY MONTH WEEKDAY *) in UTC (Secrets Manager). Default: every
    30 days."""
    window_hours: int | None = Field(default=None, ge=1, le=24)
    """Hours from the scheduled time within which it rotates. Default: to the end of the day, UTC."""

    @rule("rotation-schedule", "Secrets Manager knows the schedule.")
    def _times(self) -> Iterator[Conflict]:
        wrong = _schedule_expected(self.schedule)
        if wrong:
            yield Conflict(
                ("schedule",),
                self.schedule,
                expected=wrong,
                fix="Write for example rate(30 days), or cron(0 3 1 * ? *) for 3:00 on the first of the month.",
            )

    @rule("rotation-window", "A rotation ends before the next one.")
    def _window(self) -> Iterator[Conflict]:
        rate = re.match(r"rate\((\d+) hour", self.schedule)
        if self.window_hours is not None and rate and self.window_hours > int(rate[1]):
            yield Conflict(
                ("window_hours",),
                self.window_hours,
                expected=f"at most {rate[1]} hours, the time to the next rotation",
                fix="Lower it, or rotate less often.",
                reads=(("schedule",),),
            )


class SecretSettings(Settings):
    """A secret of this stack, or one that somebody else keeps."""

    external_arn: str | None = Field(default=None, pattern=patterns.SECRET)
    """A secret that exists: nothing is made, services get this ARN. Default: none."""
    key_arn: str | None = Field(default=None, pattern=patterns.KEY)
    """KMS key that encrypts it. Default: a key of its own; for an external one AWS's."""
    description: str = Field(default="", max_length=2048)
    """What it is for, shown in AWS's consoles. Default: nothing."""
    generated: GeneratedSettings = GeneratedSettings.model_construct()
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

    @rule("secret-external", "A secret that somebody else keeps is left alone.")
    def _external(self) -> Iterator[Conflict]:
        said = [name for name in _OWN if name in self.model_fields_set]
        if self.external_arn is not None and said:
            yield Conflict(
                (said[0],),
                "a setting of a secret that is not made here",
                expected="nothing: external_arn names a secret that somebody else keeps",
                fix="Remove it, or remove external_arn to have the secret made.",
                reads=(("external_arn",),),
            )

    @rule("secret-recovery", "AWS knows the recovery window.")
    def _recovery(self) -> Iterator[Conflict]:
        days = self.recovery_window_days
        if 0 < days < LEAST_RECOVERY_DAYS:
            yield Conflict(
                ("recovery_window_days",),
                days,
                expected=f"{LEAST_RECOVERY_DAYS} to 30 days, as Secrets Manager and KMS accept",
                fix=f"Write {LEAST_RECOVERY_DAYS}.",
            )


def _schedule_expected(text: str) -> str | None:
    if text.startswith("cron("):
        minutes, *others = text[5:-1].split()
        if len(others) != _CRON_FIELDS - 1 or minutes != "0" or others[-1] != "*":
            return "six cron fields of which the first is 0 and the last is * (Secrets Manager)"
        return None
    count, unit = re.findall(r"\d+|hour|day", text)
    hours = int(count) * (1 if unit == "hour" else 24)
    if not LEAST_RATE_HOURS <= hours <= MOST_RATE_DAYS * 24:
        return f"a rate from {LEAST_RATE_HOURS} hours to {MOST_RATE_DAYS} days (Secrets Manager)"
    return None
