"""A definition as a template of Packer: the same steps on the same parent, for those who bake with it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Final

from strata.errors import UsageError
from strata.images import image_tags
from strata.images.recipe.definition import Definition
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.steps import BAKE_FOLDER, DESCRIBED_FOLDER, BakePhase, stages
from strata.settings.models import ImagePipelineSettings

__all__ = ["FETCHED", "packer_text"]

FETCHED: Final = {
    "manifest.json": "strata-image-manifest.json",
    "sbom.cdx.json": "strata-image-sbom.cdx.json",
    "order": "strata-image-order",
}
"""What a build says of its image, and the file beside Packer's manifest that gets it."""
_HEAD = """packer {
  required_plugins {
    amazon = {
      version = ">= 1.3.0"
      source  = "github.com/hashicorp/amazon"
    }
  }
}

variable "version" {
  type        = string
  description = "Version of the application; never bake one twice."
}

variable "git_sha" {
  type    = string
  default = ""
}
"""
_ARTIFACT = """
variable "artifact" {
  type        = string
  description = "The application: the file that %s names for the version."
}
"""


def packer_text(
    definition: Definition, settings: ImagePipelineSettings, region: str, own_tags: Mapping[str, str]
) -> str:
    """The template.

    What Image Builder tests on a fresh server has no counterpart in Packer; it is left out.

    Args:
        definition: what is baked.
        settings: the settings of its pipeline, for what is no part of the image itself.
        region: where it is baked.
        own_tags: those of the pipeline and the stack, which an image of the pipeline has as well.

    Raises:
        UsageError: the parent is no AMI, or a tag is what Packer would replace.
    """
    if not definition.parent.startswith("ami-"):
        raise UsageError(
            f"image pipeline {definition.name!r}: its parent {definition.parent} is one of Image Builder, "
            "which Packer does not know",
            fix="Set the id of an AMI as parent.",
        )
    for key, value in own_tags.items():
        if "{{" in key or "{{" in value:
            raise UsageError(
                f"image pipeline {definition.name!r}: its tag {key!r} is {value!r}, and Packer replaces what is in "
                "double braces",
                fix="Write it without: in the tags of the pipeline, or in aws:defaultTags of the stack.",
            )
    recipe = recipe_of(definition).version
    tags = {
        **own_tags,
        image_tags.APP: definition.app,
        image_tags.BASE: definition.parent,
        image_tags.RECIPE: recipe,
    }
    head = _HEAD + (_ARTIFACT % definition.artifact if definition.artifact else "")
    return head + "\n" + "\n".join([*_source(definition, settings, region, tags), "", *_build(definition, recipe), ""])


def _source(
    definition: Definition, settings: ImagePipelineSettings, region: str, tags: Mapping[str, str]
) -> Iterator[str]:
    keys = {region: settings.kms_key_arn, **{other: copy.kms_key_arn for other, copy in settings.copies.items()}}
    yield 'source "amazon-ebs" "image" {'
    yield f"  region        = {_text(region)}"
    yield f"  source_ami    = {_text(definition.parent)}"
    yield f"  instance_type = {_text(settings.instance_types[0])}"
    yield '  ssh_username  = "ec2-user"'
    yield f'  ami_name      = "{definition.app}-${{var.version}}-{{{{timestamp}}}}"'
    yield '  imds_support  = "v2.0"'
    yield "  encrypt_boot  = true"
    if settings.kms_key_arn is not None:
        yield f"  kms_key_id    = {_text(settings.kms_key_arn)}"
    if settings.copies:
        yield f"  ami_regions   = {_list(sorted(keys))}"
        yield f"  region_kms_key_ids = {_map({place: key or '' for place, key in sorted(keys.items())})}"
    if settings.accounts:
        yield f"  ami_users     = {_list(settings.accounts)}"
    yield ""
    yield "  launch_block_device_mappings {"
    yield f"    device_name           = {_text(settings.volume.device_name)}"
    yield f"    volume_size           = {definition.volume.size_gib}"
    yield f"    volume_type           = {_text(definition.volume.type)}"
    yield "    delete_on_termination = true"
    yield "  }"
    yield ""
    yield "  metadata_options {"
    yield '    http_endpoint               = "enabled"'
    yield '    http_tokens                 = "required"'
    yield "    http_put_response_hop_limit = 1"
    yield "  }"
    yield ""
    yield "  # strata image add sets app_version, once it has checked what was baked."
    yield f"  tags = {_map(tags)}"
    yield "}"


def _build(definition: Definition, recipe: str) -> Iterator[str]:
    yield "build {"
    yield '  sources = ["source.amazon-ebs.image"]'
    if definition.artifact:
        yield from ("", '  provisioner "file" {', "    source      = var.artifact")
        yield from ('    destination = "/tmp/strata-artifact"', "  }")
    yield from _provisioner("order", _order(definition), escaped=True)
    for stage in stages(definition, recipe):
        for step in stage.steps if stage.phase is not BakePhase.TEST else ():
            if step.name not in {"order", "artifact", "reports"}:
                yield from _provisioner(f"{stage.name}: {step.name}", step.script, escaped=False)
    # The server that Packer builds on may not write to S3: strata image add does, with these.
    for name, fetched in FETCHED.items():
        yield from ("", '  provisioner "file" {', '    direction   = "download"')
        yield from (f'    source      = "{DESCRIBED_FOLDER}/{name}"', f'    destination = "{fetched}"', "  }")
    yield from (
        "",
        '  post-processor "manifest" {',
        '    output = "manifest.json"',
        "    custom_data = {",
        "      app_version = var.version",
        "      git_sha     = var.git_sha",
        f"      recipe      = {_text(recipe)}",
        "    }",
        "  }",
        "}",
    )


def _order(definition: Definition) -> str:
    """What `strata image bake` writes to a parameter, from the variables of the template."""
    lines = [
        f"STRATA_APP={definition.app}",
        "STRATA_VERSION=${var.version}",
        "STRATA_ORDER=${build.PackerRunUUID}",
        "STRATA_GIT_SHA=${var.git_sha}",
        f"STRATA_ARTIFACT={BAKE_FOLDER}/artifact",
    ]
    moved = f"mv /tmp/strata-artifact {BAKE_FOLDER}/artifact\n" if definition.artifact else ""
    order = "\n".join(lines)
    return f"mkdir -p {BAKE_FOLDER}\n{moved}cat > {BAKE_FOLDER}/order.env <<'ORDER'\n{order}\nORDER\n"


def _provisioner(title: str, script: str, *, escaped: bool) -> Iterator[str]:
    text = script if escaped else script.replace("${", "$${").replace("%{", "%%{")
    yield ""
    yield f"  # {title}"
    yield '  provisioner "shell" {'
    yield "    execute_command = \"sudo bash '{{ .Path }}'\""
    yield '    inline_shebang  = "/bin/bash -e"'
    end = _end_of(text)
    yield f"    inline = [<<{end}"
    yield text.removesuffix("\n")
    yield end
    yield "    ]"
    yield "  }"


def _end_of(text: str) -> str:
    """A word that ends a text in HCL: the first of STEP, STEP_2, STEP_3 and so on that is nowhere in it."""
    words = chain(("STEP",), (f"STEP_{number}" for number in count(2)))
    return next(each for each in words if each not in text)


def _text(text: str) -> str:
    return json.dumps(text).replace("${", "$${").replace("%{", "%%{")


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _map(values: Mapping[str, str]) -> str:
    inner = "".join(f"    {_text(key)} = {_text(value)}\n" for key, value in values.items())
    return f"{{\n{inner}  }}"
