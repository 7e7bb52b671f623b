"""The same definition for Packer, and what Packer leaves behind."""

import json
import shutil
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import hcl2
import pytest

from strata.errors import UsageError
from strata.images.baking.packer_manifest import read_manifest
from strata.images.recipe.definition import SourceFile
from strata.images.recipe.documents import recipe_of
from strata.images.recipe.packer_template import FETCHED, packer_text
from strata.images.recipe.steps import BakePhase, stages
from strata.settings.models import ImageCopySettings, ImagePipelineSettings

from .test_recipe_documents import PLAIN

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
SETTINGS = ImagePipelineSettings(
    parent=PLAIN.parent,
    verify=("image/verify.sh",),
    instance_types=("t4g.small",),
    kms_key_arn=KEY,
    accounts=("210987654321",),
    copies={"eu-central-1": ImageCopySettings(kms_key_arn=KEY.replace("west", "central"))},
)
TAGS = {"strata:project": "shop"}
TEXT = packer_text(PLAIN, SETTINGS, "eu-west-1", TAGS)


def test_every_step_that_builds_is_a_provisioner_in_the_same_order():
    lines = TEXT.splitlines()
    titles = [line.removeprefix("  # ") for line, after in pairwise(lines) if after == '  provisioner "shell" {']
    assert titles == [
        "order",
        "provision: lock-0",
        "provision: packages",
        "provision: provision-1-install",
        "provision: playbook-1-0",
        "provision: playbook",
        "harden: baseline",
        "harden: harden-1-harden",
        "verify: lock",
        "verify: verify-1-verify",
        "finish: describe",
        "finish: cleanup",
    ]


def test_a_variable_of_the_shell_is_none_of_packer():
    assert 'rm -rf "$${home}/.cache" "$${home}/.aws" "$${home}/.ansible"' in TEXT
    assert "STRATA_VERSION=${var.version}" in TEXT


def test_an_image_of_packer_is_as_closed_as_one_of_a_pipeline():
    for line in (
        'http_tokens                 = "required"',
        "encrypt_boot  = true",
        f'kms_key_id    = "{KEY}"',
        'ami_users     = ["210987654321"]',
        'ami_regions   = ["eu-central-1", "eu-west-1"]',
        '"app" = "web"',
        f'"strata:recipe" = "{recipe_of(PLAIN).version}"',
    ):
        assert line in TEXT


def test_a_version_is_no_tag_of_it_before_it_is_checked():
    assert '"app_version"' not in TEXT.partition("build {")[0]


def test_a_tag_is_what_it_says_and_nothing_of_packer():
    (source,) = parsed(packer_text(PLAIN, SETTINGS, "eu-west-1", {"cost": "100%{if}", "${a}": "b"}))["source"]
    assert '"cost" = "100%%{if}"' in packer_text(PLAIN, SETTINGS, "eu-west-1", {"cost": "100%{if}"})
    assert source
    for tags in ({"owner": "{{user `x`}}"}, {"{{isotime}}": "x"}):
        with pytest.raises(UsageError, match="Packer replaces what is in double braces"):
            packer_text(PLAIN, SETTINGS, "eu-west-1", tags)


def test_a_parent_that_packer_does_not_know_is_refused():
    arn = "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-arm64/2026.11.1/1"
    with pytest.raises(UsageError, match="Set the id of an AMI as parent") as refused:
        packer_text(replace(PLAIN, parent=arn), SETTINGS, "eu-west-1", TAGS)
    assert refused.value.exit_code == 2, "it is a matter of the stack file"


def test_the_template_is_hcl(tmp_path: Path):
    """To a parser of the language; to Packer itself too where it is there."""
    assert set(parsed()) == {"packer", "variable", "source", "build"}
    if packer := shutil.which("packer"):
        file = tmp_path / "web.pkr.hcl"
        file.write_text(TEXT)
        subprocess.run([packer, "validate", "-syntax-only", str(file)], check=True, capture_output=True)


def parsed(text: str = TEXT) -> dict[str, Any]:
    """A template as the parser reads it."""
    return plain(hcl2.loads(text))


def plain(found: Any) -> Any:
    """Values without the quotes and the notes that the parser keeps."""
    if isinstance(found, dict):
        return {plain(key): plain(value) for key, value in found.items() if not str(key).startswith("__")}
    if isinstance(found, list):
        return [plain(each) for each in found]
    quoted = isinstance(found, str) and found.startswith('"') and found.endswith('"')
    return found[1:-1] if quoted else found


def blocks(found: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Blocks with one label, in their order."""
    return [(label, body) for each in found for label, body in each.items()]


def test_the_plugin_and_the_variables_are_declared():
    (head,) = parsed()["packer"]
    (plugins,) = head["required_plugins"]
    assert plugins["amazon"] == {"version": ">= 1.3.0", "source": "github.com/hashicorp/amazon"}
    declared = dict(blocks(parsed()["variable"]))
    assert {name: (each["type"], "default" in each) for name, each in declared.items()} == {
        "version": ("string", False),
        "git_sha": ("string", True),
        "artifact": ("string", False),
    }
    without = parsed(packer_text(replace(PLAIN, artifact=None), SETTINGS, "eu-west-1", TAGS))
    assert [name for name, _ in blocks(without["variable"])] == ["version", "git_sha"]
    assert next(label for label, _ in blocks(without["build"][0]["provisioner"])) == "shell"


def test_every_attribute_of_the_source_is_what_the_pipeline_has():
    ((builder, named),) = blocks(parsed()["source"])
    assert (builder, set(named)) == ("amazon-ebs", {"image"})
    assert named["image"] == {
        "region": "eu-west-1",
        "source_ami": PLAIN.parent,
        "instance_type": "t4g.small",
        "ssh_username": "ec2-user",
        "ami_name": "web-${var.version}-{{timestamp}}",
        "imds_support": "v2.0",
        "encrypt_boot": True,
        "kms_key_id": KEY,
        "ami_regions": ["eu-central-1", "eu-west-1"],
        "region_kms_key_ids": {"eu-central-1": KEY.replace("west", "central"), "eu-west-1": KEY},
        "ami_users": ["210987654321"],
        "launch_block_device_mappings": [
            {"device_name": "/dev/xvda", "volume_size": 10, "volume_type": "gp3", "delete_on_termination": True}
        ],
        "metadata_options": [{"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1}],
        "tags": {**TAGS, "app": "web", "base_ami": PLAIN.parent, "strata:recipe": recipe_of(PLAIN).version},
    }


def test_an_image_of_this_account_alone_has_no_attribute_for_others():
    alone = ImagePipelineSettings(parent=PLAIN.parent, verify=("image/verify.sh",), instance_types=("t4g.small",))
    ((_, named),) = blocks(parsed(packer_text(PLAIN, alone, "eu-west-1", TAGS))["source"])
    gone = {"kms_key_id", "ami_regions", "region_kms_key_ids", "ami_users"}
    assert gone & set(named["image"]) == set()
    assert named["image"]["encrypt_boot"] is True


def test_every_script_says_in_hcl_what_it_says_in_its_step():
    (build,) = parsed()["build"]
    assert build["sources"] == ["source.amazon-ebs.image"]
    provisioners = blocks(build["provisioner"])
    label, upload = provisioners[0]
    assert (label, upload["source"]) == ("file", "${var.artifact}")
    scripts = []
    for label, body in provisioners[1:]:
        if label == "shell":
            assert (body["execute_command"], body["inline_shebang"]) == ("sudo bash '{{ .Path }}'", "/bin/bash -e")
            (text,) = body["inline"]
            assert text.startswith("<<STEP\n"), text
            assert text.endswith("\nSTEP"), text
            said = text.removeprefix("<<STEP\n").removesuffix("STEP")
            scripts.append(said.replace("$${", "${").replace("%%{", "%{"))
    assert f"mv {upload['destination']} /var/lib/strata-bake/artifact\n" in scripts[0]
    assert "STRATA_VERSION=${var.version}\nSTRATA_ORDER=${build.PackerRunUUID}\n" in scripts[0]
    assert scripts[1:] == [
        step.script
        for stage in stages(PLAIN, recipe_of(PLAIN).version)
        for step in stage.steps
        if stage.phase is not BakePhase.TEST and step.name not in {"order", "artifact"}
    ]


@pytest.mark.parametrize(
    "line, end",
    [("STEP", "STEP_2"), ("  STEP", "STEP_2"), ("cat <<STEP\n\tSTEP\nSTEP_2\nSTEP_3", "STEP_4"), ("steps", "STEP")],
)
def test_a_step_may_contain_the_word_that_ends_a_step(line: str, end: str):
    step = SourceFile("image/install.sh", f"echo a\n{line}\necho b\n".encode())
    build = parsed(packer_text(replace(PLAIN, provision=(step,)), SETTINGS, "eu-west-1", TAGS))["build"][0]
    texts = [text for label, body in blocks(build["provisioner"]) if label == "shell" for text in body["inline"]]
    (text,) = [each for each in texts if "echo a\n" in each]
    assert text.startswith(f"<<{end}\n"), text
    assert text.endswith(f"\necho a\n{line}\necho b\n{end}"), text
    assert len(texts) == 12, "no step may swallow the next"


def test_what_the_build_says_of_its_image_is_fetched_last_and_the_manifest_is_written():
    (build,) = parsed()["build"]
    assert blocks(build["provisioner"])[-3:] == [
        (
            "file",
            {"direction": "download", "source": f"/usr/share/strata-image/{name}", "destination": file},
        )
        for name, file in FETCHED.items()
    ]
    assert blocks(build["post-processor"]) == [
        (
            "manifest",
            {
                "output": "manifest.json",
                "custom_data": {
                    "app_version": "${var.version}",
                    "git_sha": "${var.git_sha}",
                    "recipe": recipe_of(PLAIN).version,
                },
            },
        )
    ]


def manifest(folder: Path, **more) -> Path:
    build = {
        "name": "image",
        "builder_type": "amazon-ebs",
        "build_time": 1764417600,
        "artifact_id": "eu-west-1:ami-1,eu-central-1:ami-2",
        "packer_run_uuid": "0f1e",
        "custom_data": {"app_version": "1.5.0", "recipe": "1.2.3", "git_sha": "abc"},
    }
    file = folder / "manifest.json"
    older = {**build, "packer_run_uuid": "old", "artifact_id": "eu-west-1:ami-0"}
    file.write_text(json.dumps({"builds": [older, {**build, **more}], "last_run_uuid": "0f1e"}))
    return file


def test_the_last_build_of_a_manifest_counts(tmp_path: Path):
    build = read_manifest(manifest(tmp_path))
    assert (build.version, build.recipe, build.git_sha, build.built) == (
        "1.5.0",
        "1.2.3",
        "abc",
        "2025-11-29T12:00:00Z",
    )
    assert dict(build.images) == {"eu-west-1": "ami-1", "eu-central-1": "ami-2"}
    assert build.execution.order == "0f1e"


@pytest.mark.parametrize("more", [{"custom_data": {}}, {"packer_run_uuid": "x"}, {"artifact_id": "ami-1"}])
def test_a_manifest_of_another_template_is_refused(tmp_path: Path, more: dict):
    with pytest.raises(UsageError, match="Use the manifest that the template of `strata image packer` writes"):
        read_manifest(manifest(tmp_path, **more))


def test_a_manifest_with_two_builds_of_its_last_run_is_refused(tmp_path: Path):
    file = manifest(tmp_path)
    document = json.loads(file.read_text())
    document["builds"].append({**document["builds"][-1], "artifact_id": "eu-west-1:ami-3"})
    file.write_text(json.dumps(document))
    with pytest.raises(UsageError, match="has 2 builds of its last run '0f1e', and one was expected"):
        read_manifest(file)


SAID = {"app_version": "1.5.0", "recipe": "1.2.3"}


@pytest.mark.parametrize(
    "content, expected",
    [
        (None, "there is no file"),
        (b"", "is not JSON, and a manifest of Packer was expected"),
        (b"\xff\xfe", "is not text in UTF-8"),
        (b"[]", "is no JSON object"),
        (b"{}", "has no list `builds`"),
        (b'{"builds": [7], "last_run_uuid": "0f1e"}', "has no build of its last run, which it says is '0f1e'"),
        ({"packer_run_uuid": "x"}, "has no build of its last run"),
        ({"custom_data": None}, "has no `app_version` and `recipe` in the `custom_data`"),
        ({"custom_data": {"app_version": "1.5.0"}}, "has no `app_version` and `recipe` in the `custom_data`"),
        ({"custom_data": {**SAID, "app_version": "v 2/x"}}, "names the version 'v 2/x': expected a version such as"),
        (
            {"custom_data": {**SAID, "git_sha": "a\nb\x1b[31m"}},
            "as `git_sha`: expected the hash of one",
        ),
        ({"custom_data": {**SAID, "git_sha": "a" * 300}}, "as `git_sha`: expected the hash of one"),
        (b"[" * 100_000, "is not JSON, and a manifest of Packer was expected"),
        (b'{"builds": [{"packer_run_uuid": "a\\nb"}], "last_run_uuid": "a\\nb"}', "expected a UUID"),
        ({"artifact_id": "ami-1"}, "has the `artifact_id` 'ami-1' in its last build: expected regions and images"),
        ({"artifact_id": None}, "has the `artifact_id` None"),
        ({"build_time": "noon"}, "has the `build_time` 'noon' in its last build: expected seconds since 1970"),
        ({"build_time": None}, "has the `build_time` None"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_sentence_with_its_path(tmp_path: Path, content: Any, expected: str):
    file = tmp_path / "manifest.json"
    if isinstance(content, dict):
        file = manifest(tmp_path, **content)
    elif content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_manifest(file)
    assert expected in caught.value.message
    assert str(file) in caught.value.message
    assert caught.value.fix
    assert "Error" not in str(caught.value)
    assert "\n" not in caught.value.message


def test_a_folder_is_no_manifest(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_manifest(tmp_path)
