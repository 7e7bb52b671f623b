"""What every settings model shares."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from strata.settings import patterns

__all__ = ["Name", "Settings"]

Name = Annotated[str, Field(pattern=patterns.NAME)]
"""Name of a service, an image or a schedule."""


class Settings(BaseModel):
    """Base of every settings model: immutable, nothing unknown, defaults validated too.

    Fields of ranges say `validate_default=False`: stack files are read strictly as JSON, where a range is a text, and
    a default that is a range already would be refused. Validators are built on first use: a program that imports the
    components uses some of the models only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    def __init__(self, /, **values: Any) -> None:
        """Settings written in a program.

        Raises:
            UsageError: values that cannot be, all of them; from stack files they are `SettingsError`s.
        """
        try:
            super().__init__(**values)
        except ValidationError as error:
            # most stacks are read from files and never get here
            from strata.settings.construction import refusal

            raise refusal(type(self), error.errors(include_url=False)) from None

    # Pydantic looks for this mark: without it every nested model would be built by its constructor, and slowly.
    __init__.__pydantic_base_init__ = True  # pyright: ignore[reportFunctionMemberAccess]
