"""One image that is built, in the way the stack's configuration says."""

import json

import pulumi

from strata import ContainerImage
from strata.settings.models import ContainerImageSettings

settings = json.loads(pulumi.Config("trial").require("settings"))
image = ContainerImage("web", ContainerImageSettings.model_validate(settings))
for name in ("reference", "digest", "version", "repository"):
    pulumi.export(name, getattr(image, name))
