"""Secrets: where they come from, how they are made and rotated, how long they can be brought back."""

import re
import string
from collections.abc import Iterator
from typing import Final

from strata.settings.models import SecretSettings
from strata.settings.rules.facts import Conflict, Facts, Rule
from strata.stage import Stage

__all__ = ["RULES"]

LEAST_RECOVERY_DAYS: Final = 7
"""Secrets Manager and KMS: the shortest recovery window there is."""
LEAST_RATE_HOURS: Final = 4
MOST_RATE_DAYS: Final = 999
"""Secrets Manager: how often a rotation may be scheduled."""
_CRON_FIELDS: Final = 6
_OWN: Final = ("description", "generated", "rotation", "recovery_window_days", "protect", "tags")
"""What only a secret of this stack has."""


def external(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        said = [name for name in _OWN if facts.says((*path, name))]
        if secret.external_arn is not None and said:
            yield Conflict(
                (*path, said[0]),
                "a setting of a secret that is not made here",
                expected="nothing: external_arn names a secret that somebody else keeps",
                fix="Remove it, or remove external_arn to have the secret made.",
                reads=((*path, "external_arn"),),
            )


def recovery(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        days = secret.recovery_window_days
        if 0 < days < LEAST_RECOVERY_DAYS:
            yield Conflict(
                (*path, "recovery_window_days"),
                days,
                expected=f"{LEAST_RECOVERY_DAYS} to 30 days, as Secrets Manager and KMS take",
                fix=f"Write {LEAST_RECOVERY_DAYS}.",
            )


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


def charset(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        made = secret.generated
        kinds = {
            "lower-case letters": string.ascii_lowercase,
            "upper-case letters": string.ascii_uppercase,
            "digits": string.digits,
            **({} if made.exclude_punctuation else {"punctuation": string.punctuation}),
        }
        gone = [kind for kind, characters in kinds.items() if not set(characters) - set(made.exclude_characters)]
        if gone:
            yield Conflict(
                (*path, "generated", "exclude_characters"),
                made.exclude_characters,
                expected=f"a text that leaves some {' and some '.join(gone)}: every kind occurs (Secrets Manager)",
                fix="Leave some out of it" + (", or set exclude_punctuation." if gone == ["punctuation"] else "."),
                reads=((*path, "generated", "exclude_punctuation"),),
            )


def schedule(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        rotation = secret.rotation
        wrong = _schedule_expected(rotation.schedule) if rotation else None
        if rotation and wrong:
            yield Conflict(
                (*path, "rotation", "schedule"),
                rotation.schedule,
                expected=wrong,
                fix="Write for example rate(30 days), or cron(0 3 1 * ? *) for 3:00 on the first of the month.",
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


def window(facts: Facts) -> Iterator[Conflict]:
    for path, secret in facts.each(SecretSettings):
        rotation = secret.rotation
        if rotation is None or rotation.window_hours is None:
            continue
        rate = re.match(r"rate\((\d+) hour", rotation.schedule)
        if rate and rotation.window_hours > int(rate[1]):
            yield Conflict(
                (*path, "rotation", "window_hours"),
                rotation.window_hours,
                expected=f"at most {rate[1]} hours, the time to the next rotation",
                fix="Lower it, or rotate less often.",
                reads=((*path, "rotation", "schedule"),),
            )


RULES: Final = (
    Rule("secret-external", "A secret that somebody else keeps is left alone.", external),
    Rule("secret-recovery", "AWS knows the recovery window.", recovery),
    Rule("secret-recovery-stage", "A deleted secret can be brought back, but in dev.", recovery_stage),
    Rule("secret-charset", "Some characters are left of every kind.", charset),
    Rule("rotation-schedule", "Secrets Manager knows the schedule.", schedule),
    Rule("rotation-window", "A rotation ends before the next one.", window),
)
