"""What every settings model shares."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from strata.settings import patterns
from strata.settings.models.rule import Conflict, own_conflicts, rule
from strata.tags import KEY_LIMIT, RESERVED_PREFIXES, VALUE_LIMIT, allowed_characters, is_reserved

__all__ = ["Name", "Settings", "every_model"]

Name = Annotated[str, Field(pattern=patterns.NAME)]
"""Name of a service, an image or a schedule."""


class Settings(BaseModel):
    """Base of every settings model: immutable, nothing unknown, defaults validated too.

    Fields of ranges say `validate_default=False`: stack files are read strictly as JSON, where a range is a text, and
    a default that is a range already would be refused. Validators are built on first use: a program that imports the
    components uses some of the models only. Parts that are defaults are constructed without one for the same reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    def __init__(self, /, **values: Any) -> None:
        """Settings written in a program.

        Raises:
            UsageError: values that cannot be, all of them; from stack files they are `SettingsError`s. What does not go
                together is refused too, unless a stage or the rest of a stack may put in what is not given.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            # most stacks are read from files and never get here
            from strata.settings.models.construction import refusal

            raise refusal(type(self), error.errors(include_url=False)) from None
        if any(True for _ in own_conflicts(self)):
            from strata.settings.models.construction import certain, disagreement

            if conflicts := certain(self):
                raise disagreement(type(self), conflicts)

    # Pydantic looks for this mark: without it every nested model would be built by its constructor, and slowly.
    __init__.__pydantic_base_init__ = True  # pyright: ignore[reportFunctionMemberAccess]

    @property
    def _own_tags(self) -> Mapping[str, str]:
        return getattr(self, "tags", {})

    @rule("tag-reserved", "Tags leave Strata's and AWS's own keys alone.")
    def _tags_of_others(self) -> Iterator[Conflict]:
        for key, value in self._own_tags.items():
            if is_reserved(key):
                yield Conflict(
                    ("tags", key),
                    value,
                    expected=f"a key other than Name and without the prefixes {' and '.join(RESERVED_PREFIXES)}",
                    fix="Choose another key; these are set for you.",
                )

    @rule("tag-key", "AWS accepts the keys of tags.")
    def _tag_keys(self) -> Iterator[Conflict]:
        for key in self._own_tags:
            if not (0 < len(key) <= KEY_LIMIT and allowed_characters(key)):
                yield Conflict(
                    ("tags", key),
                    key,
                    expected=f"a key of 1 to {KEY_LIMIT} letters, digits, spaces and .:/=+-@_",
                    fix="Rename the tag.",
                )

    @rule("tag-value", "AWS accepts the values of tags.")
    def _tag_values(self) -> Iterator[Conflict]:
        for key, value in self._own_tags.items():
            if not (len(value) <= VALUE_LIMIT and allowed_characters(value)):
                yield Conflict(
                    ("tags", key),
                    value,
                    expected=f"at most {VALUE_LIMIT} letters, digits, spaces and .:/=+-@_",
                    fix="Shorten it, or leave the other characters out.",
                )


def every_model(base: type[Settings] = Settings) -> list[type[Settings]]:
    """The models there are, the base of all first."""
    return [base, *(each for child in base.__subclasses__() for each in every_model(child))]
