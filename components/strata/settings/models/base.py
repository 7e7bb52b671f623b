"""What every settings model shares."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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
