"""Any definition: its documents say what its files say, fit, and have one version for one content."""

import base64
import re
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from strata.images.recipe.content_version import NODE_LIMIT, content_version
from strata.images.recipe.definition import Definition, Package, SourceFile, Volume
from strata.images.recipe.documents import DOCUMENT_LIMIT, recipe_of
from strata.images.recipe.steps import stages

LINES = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=40)
SCRIPTS = st.lists(LINES, max_size=6).map(lambda lines: ("\n".join(lines) + "\n").encode())
FILES = st.binary(max_size=20_000)
PACKAGES = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True), max_size=4, unique=True)


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    scripts = draw(st.lists(SCRIPTS, min_size=1, max_size=3))
    return Definition(
        name="web",
        app="web",
        parent="ami-0123456789abcdef0",
        architecture="arm64",
        order_parameter="/strata/shop/dev/images/web/order",
        volume=Volume(10, "gp3"),
        packages=tuple(Package(name, "1.0") for name in sorted(draw(PACKAGES))),
        provision=tuple(SourceFile(f"image/{n}.sh", text) for n, text in enumerate(scripts)),
        playbook=(SourceFile("ansible/site.yml", draw(FILES)),),
        playbook_entry="ansible/site.yml",
        verify=(SourceFile("image/verify.sh", draw(SCRIPTS)),),
    )


def commands(definition: Definition) -> list[str]:
    read = YAML(typ="safe")
    return [
        step["inputs"]["commands"][0]
        for document in recipe_of(definition).documents
        for step in read.load(document.text)["phases"][0]["steps"]
    ]


@settings(max_examples=40)
@given(definitions())
def test_every_step_is_there_once_as_it_was_written_and_every_document_fits(definition: Definition):
    recipe = recipe_of(definition)
    written = [step.script for stage in stages(definition, recipe.version) for step in stage.steps]
    assert commands(definition) == written
    assert max(len(each.text) for each in recipe.documents) <= DOCUMENT_LIMIT


@settings(max_examples=40)
@given(definitions())
def test_a_file_of_a_playbook_arrives_byte_by_byte(definition: Definition):
    parts = [text for text in commands(definition) if 'base64 --decode >> "$bake/project/ansible/site.yml"' in text]
    encoded = [re.search(r"<<'CONTENT'\n(.*)\nCONTENT", text, re.DOTALL) for text in parts]
    assert b"".join(base64.b64decode(each[1]) for each in encoded if each) == definition.playbook[0].content


def without_last_blank_lines(definition: Definition) -> Definition:
    """What no step does, and no document of Image Builder says."""

    def ended(files: tuple[SourceFile, ...]) -> tuple[SourceFile, ...]:
        return tuple(replace(file, content=file.content.rstrip(b"\n")) for file in files)

    return replace(definition, provision=ended(definition.provision), verify=ended(definition.verify))


@settings(max_examples=40)
@given(definitions(), definitions())
def test_two_definitions_have_one_version_only_if_they_are_equal(one: Definition, other: Definition):
    assert recipe_of(one).version == recipe_of(replace(one)).version
    assume(without_last_blank_lines(one) != without_last_blank_lines(other))
    assert recipe_of(one).version != recipe_of(other).version


@settings(max_examples=40)
@given(definitions())
def test_blank_lines_at_the_end_of_a_step_make_no_other_version(definition: Definition):
    assert recipe_of(without_last_blank_lines(definition)) == recipe_of(definition)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=20), max_size=4), st.lists(st.text(max_size=20), max_size=4))
def test_a_version_is_a_hash_within_the_limits_of_image_builder(one: list[str], other: list[str]):
    assert all(0 <= int(node) <= NODE_LIMIT for node in content_version(*one).split("."))
    assert (content_version(*one) == content_version(*other)) is (one == other)
