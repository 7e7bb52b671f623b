"""A definition as documents of Image Builder: equal on every machine, within its limits, and run as written."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from strata.errors import ImageError
from strata.images.recipe.content_version import NODE_LIMIT, content_version
from strata.images.recipe.definition import Definition, Package, SourceFile, Volume
from strata.images.recipe.documents import DOCUMENT_LIMIT, Recipe, recipe_of
from strata.images.recipe.reading import read_definition
from strata.images.recipe.steps import stages
from strata.settings.models import ImagePipelineSettings

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "image_pipeline"
ORDER = "/strata/shop/dev/images/web/order"
PLAIN = Definition(
    name="web",
    app="web",
    parent="ami-0123456789abcdef0",
    architecture="arm64",
    order_parameter=ORDER,
    volume=Volume(10, "gp3"),
    artifact="s3://builds/web/{version}.tar.gz",
    packages=(Package("ansible-core", "2.15.13"),),
    provision=(SourceFile("image/install.sh", b"#!/bin/bash\necho  one\n\n\ttwo 'three' \"four\"\n"),),
    playbook=(SourceFile("ansible/site.yml", b"- hosts: all\n  vars: {a: '{{ b }}'}\n"),),
    playbook_entry="ansible/site.yml",
    harden=(SourceFile("image/harden.sh", b"chmod 0600 /etc/ssh/sshd_config"),),
    verify=(SourceFile("image/verify.sh", b"true\n"),),
)


def read(recipe: Recipe) -> dict[str, dict]:
    return {each.name: YAML(typ="safe").load(each.text) for each in recipe.documents}


def test_the_phases_come_in_the_order_in_which_an_image_is_baked():
    found = read(recipe_of(PLAIN))
    phases = {name: [phase["name"] for phase in document["phases"]] for name, document in found.items()}
    assert phases == {
        "provision": ["build"],
        "harden": ["build"],
        "verify": ["validate"],
        "finish": ["validate"],
        "test": ["test"],
    }
    assert [step["name"] for step in found["finish"]["phases"][0]["steps"]] == ["describe", "cleanup"]


def test_every_step_says_in_yaml_what_it_said_in_its_file():
    written = {
        (stage.name, step.name): step.script
        for stage in stages(PLAIN, recipe_of(PLAIN).version)
        for step in stage.steps
    }
    read_back = {
        (name, step["name"]): step["inputs"]["commands"][0]
        for name, document in read(recipe_of(PLAIN)).items()
        for step in document["phases"][0]["steps"]
    }
    assert read_back == written


def test_image_builder_finds_nothing_to_replace():
    # It replaces what is in double braces: a playbook is full of them, and our own scripts must not have any.
    assert [each.name for each in recipe_of(PLAIN).documents if "{{" in each.text] == []


def test_a_long_playbook_is_sent_in_parts_that_image_builder_accepts():
    content = bytes(range(256)) * 200
    long = replace(PLAIN, playbook=(SourceFile("ansible/site.yml", content),))
    documents = recipe_of(long).documents
    assert max(len(each.text) for each in documents) <= DOCUMENT_LIMIT
    assert [each.name for each in documents if each.name.startswith("provision")][:3] == [
        "provision",
        "provision-2",
        "provision-3",
    ]


def test_hardening_runs_without_a_step_of_the_project_and_before_it():
    steps = {
        (baseline, bool(harden)): [
            step["name"]
            for step in read(recipe_of(replace(PLAIN, baseline=baseline, harden=harden))).get(
                "harden", {"phases": [{"steps": []}]}
            )["phases"][0]["steps"]
        ]
        for baseline in (True, False)
        for harden in (PLAIN.harden, ())
    }
    assert steps == {
        (True, True): ["baseline", "harden-1-harden"],
        (True, False): ["baseline"],
        (False, True): ["harden-1-harden"],
        (False, False): [],
    }
    assert example().baseline, "the setting is on by default"


def test_a_step_that_is_too_long_is_refused_with_its_file():
    long = replace(PLAIN, harden=(SourceFile("image/harden.sh", b"echo a\n" * 4000),))
    with pytest.raises(ImageError, match=r"image/harden.sh: \d+ characters .* accepts 16000"):
        recipe_of(long)


def test_more_documents_than_a_recipe_may_have_are_refused():
    long = replace(PLAIN, playbook=(SourceFile("ansible/site.yml", b"x" * 200_000),))
    with pytest.raises(ImageError, match="a recipe of Image Builder has 20 at most"):
        recipe_of(long)


CHANGES = {
    "app": "shop",
    "parent": "ami-0fedcba9876543210",
    "architecture": "x86_64",
    "order_parameter": "/strata/shop/prod/images/web/order",
    "volume": Volume(11, "gp3"),
    "artifact": "s3://builds/web/{version}.zip",
    "reports": "s3://builds/reports",
    "packages": (Package("ansible-core", "2.15.14"),),
    "provision": (SourceFile("image/install.sh", b"#!/bin/bash\necho two\n"),),
    "playbook": (SourceFile("ansible/site.yml", b"- hosts: none\n"),),
    "playbook_entry": None,
    "baseline": False,
    "harden": (),
    "verify": (SourceFile("image/verify.sh", b"false\n"),),
    "test": (SourceFile("image/test.sh", b"true\n"),),
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_input_is_another_version(field: str):
    assert recipe_of(replace(PLAIN, **{field: CHANGES[field]})).version != recipe_of(PLAIN).version


def test_every_input_is_changed_in_the_table():
    assert {*CHANGES, "name"} == set(PLAIN.__dataclass_fields__)


def test_a_changed_step_leaves_the_documents_before_it_as_they_are():
    before = {each.name: each.version for each in recipe_of(PLAIN).documents}
    after = {each.name: each.version for each in recipe_of(replace(PLAIN, harden=CHANGES["verify"])).documents}
    # the last one has the version of the recipe in it, which the manifest repeats
    assert {name for name in before if before[name] != after[name]} == {"harden", "finish"}


def test_equal_definitions_have_equal_documents_in_other_processes():
    program = (
        "import sys, hashlib; from pathlib import Path\n"
        "from tests.unit.images.test_recipe_documents import PLAIN, EXAMPLE, example\n"
        "from strata.images.recipe.documents import recipe_of\n"
        "for each in (PLAIN, example()):\n"
        "    found = recipe_of(each)\n"
        "    print(found.version, hashlib.sha256(''.join(d.text for d in found.documents).encode()).hexdigest())\n"
    )
    root = EXAMPLE.parents[1]

    def run(seed: str, locale: str) -> str:
        environment = {**os.environ, **in_locale(locale, seed=seed)}
        command = [sys.executable, "-c", program]
        return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True).stdout

    found = {run(seed, locale) for seed, locale in (("1", "C"), ("2", "C.UTF-8"), ("3", "POSIX"))}
    assert len(found) == 1
    assert len(found.pop().splitlines()) == 2


def in_locale(name: str, *, seed: str) -> dict[str, str]:
    """What a process is started with; a locale that is not there would prove nothing, so that it fails here."""
    wanted = {"LC_ALL": name, "LANG": name, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONHASHSEED": seed}
    program = "import locale, sys; locale.setlocale(locale.LC_ALL, ''); print(sys.getfilesystemencoding())"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **wanted}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"the locale {name} cannot be set here: {done.stderr}"
    assert (done.stdout == "utf-8\n") == name.endswith("UTF-8"), f"{name} reads names as {done.stdout}"
    return wanted


def example() -> Definition:
    settings = ImagePipelineSettings(
        parent="ami-0123456789abcdef0",
        artifact="s3://builds/web/{version}.tar.gz",
        packages="image/packages.lock",
        provision=("image/install.sh",),
        harden=("image/harden.sh",),
        verify=("image/verify.sh",),
        test=("image/test.sh",),
    )
    return read_definition("web", settings, order_parameter=ORDER, folder=EXAMPLE)


def test_a_version_is_one_that_image_builder_accepts():
    nodes = [int(node) for node in content_version("a").split(".")]
    assert len(nodes) == 3
    assert all(0 <= node <= NODE_LIMIT for node in nodes)


def test_where_a_text_ends_is_part_of_a_version():
    assert content_version("ab", "c") != content_version("a", "bc")
