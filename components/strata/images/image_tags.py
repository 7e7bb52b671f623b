"""The tags of a machine image, by which it is found, and by which it stays."""

from typing import Final

__all__ = ["APP", "BASE", "BUILT", "COMMIT", "KEPT", "KEPT_VALUE", "ORDER", "PROTECTED", "RECIPE", "REFUSED", "VERSION"]

APP: Final = "app"
"""Which application is in it."""
VERSION: Final = "app_version"
"""Which version of it; set when the image has been checked, and not before."""
BASE: Final = "base_ami"
"""What it was baked from."""
COMMIT: Final = "git_sha"
"""The commit that was baked."""
BUILT: Final = "build_time"
"""When its build began."""
RECIPE: Final = "strata:recipe"
"""Version of the recipe: a hash of everything that it was baked by."""
ORDER: Final = "strata:order"
"""The order that an execution was started for, also in the manifest inside the image."""
REFUSED: Final = "strata:refused"
"""On an execution: why what came out of it was refused."""
KEPT: Final = "strata:kept"
"""An image with this tag is deleted by no lifecycle policy of its pipeline."""
KEPT_VALUE: Final = "true"
"""The value of that tag: Image Builder compares values too."""
PROTECTED: Final = "strata:protected"
"""An image with this tag is protected from deregistration for who runs or pins it, and not by somebody's decision."""
