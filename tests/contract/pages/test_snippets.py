"""What stands on a page as code works as it stands: commands parse, YAML fits the schema, Python runs under mocks."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from jsonschema import Draft202012Validator
from pulumi.runtime import MockResourceArgs
from ruamel.yaml import YAML

import strata
from strata import testing
from strata.settings.schema import stack_file_schema
from tests.contract.pages.blocks import PAGES, ROOT, Block, all_blocks, blocks, inline_commands
from tests.contract.pages.commands import problem, simple_commands

KNOWN = {"", "python", "yaml", "json", "hcl", "text"}


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages name files as seen from the root of the checkout."""
    monkeypatch.chdir(ROOT)


def test_every_block_says_what_it_is() -> None:
    found = [block for page in PAGES for block in blocks(page)]
    assert [f"{block}: {block.language}" for block in found if block.language not in KNOWN] == []


# commands


def problems(script: str, *, mention: bool = False) -> list[str]:
    found = ((words, problem(words, mention=mention)) for words in simple_commands(script))
    return [f"{' '.join(words)}: {wrong}" for words, wrong in found if wrong]


@pytest.mark.parametrize("block", all_blocks(""), ids=str)
def test_a_command_of_a_page_can_be_typed_as_it_stands(block: Block) -> None:
    assert problems(block.text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_command_in_a_sentence_can_be_typed_as_it_stands(page: Path) -> None:
    assert [wrong for command in inline_commands(page) for wrong in problems(command, mention=True)] == []


@pytest.mark.parametrize(
    "command",
    [
        "strata rehearsal staging",
        "strata rollout state prod",
        "strata rehearse staging --images web=1.5.0",
        "strata explain",
        "make upp",
        "python -m strata.politics",
        "aws autoscaling start-instance-refreshes",
        "aws rds describe-db-instances --db-instance orders",
        'pulumi up --policy-pack "$(python -m strata.policies)"',
        "strata doctor prod && strata guards prod",
        "rm -rf .strata",
    ],
)
def test_a_command_that_is_none_is_noticed(command: str) -> None:
    assert problems(command)


# YAML and JSON


def documents(block: Block) -> Iterator[Any]:
    yield from YAML(typ="safe", pure=True).load_all(block.text)


def as_stack_file(document: Any) -> Mapping[str, Any] | None:
    """What a piece of a stack file says, put where it belongs; None if it is of another file."""
    if not isinstance(document, Mapping):
        return None
    if any(str(key).startswith("strata:") for key in document):
        return {"config": document}
    return document if set(document) == {"config"} else None


def schema_of_pieces() -> dict[str, Any]:
    """The schema, for pages that show a piece and not all that is required."""
    schema = stack_file_schema()
    del schema["properties"]["config"]["required"]
    return schema


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_the_settings_of_a_page_fit_the_schema(block: Block) -> None:
    validator = Draft202012Validator(schema_of_pieces())
    found = [as_stack_file(json.loads(json.dumps(each, default=str))) for each in documents(block)]
    wrong = [error.message for each in found if each for error in validator.iter_errors(each)]
    assert wrong == []


def test_a_setting_that_is_none_is_noticed() -> None:
    piece = as_stack_file({"strata:services": {"web": {"instance_typ": "t3.small"}}})
    assert list(Draft202012Validator(schema_of_pieces()).iter_errors(piece))


@pytest.mark.parametrize("block", all_blocks("yaml"), ids=str)
def test_the_steps_of_a_workflow_can_be_typed_as_they_stand(block: Block) -> None:
    scripts = [step for document in documents(block) for step in _runs(document)]
    assert [wrong for script in scripts for wrong in problems(re.sub(r"\$\{\{.*?\}\}", "VALUE", script))] == []


def _runs(value: Any) -> Iterator[str]:
    """Every script of a workflow."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "run" and isinstance(each, str):
                yield each
            else:
                yield from _runs(each)
    elif isinstance(value, list):
        for each in value:
            yield from _runs(each)


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_the_json_of_a_page_can_be_read(block: Block) -> None:
    assert json.loads(block.text)


# Python

CONFIG: Mapping[str, Any] = {
    "aws:region": "eu-west-1",
    "strata:stage": "dev",
    "strata:images": {
        name: {"version": "1.4.2", "id": f"ami-{number:017x}"}
        for number, name in enumerate(["web", "shop", "reports", "jobs"], 1)
    },
    "strata:services": {
        "web": {"routes": [{"priority": 10, "paths": ["/*"]}]},
        "shop": {"routes": [{"priority": 20, "hosts": ["shop.example.com"]}]},
        "reports": {},
        "jobs": {},
    },
    "strata:image_pipelines": {
        "web-image": {
            "app": "web",
            "parent": "arn:aws:imagebuilder:eu-west-1:aws:image/amazon-linux-2023-x86/2026.11.1/1",
            "verify": ["examples/image_pipeline/image/verify.sh"],
        }
    },
    "strata:maintained": {
        "legacy": {
            "image": "web",
            "routes": [{"priority": 40, "hosts": ["legacy.example.com"]}],
            "playbook": {"archive": "s3://builds-of-the-shop/legacy/7f3a.tar.gz", "sha256": "7f3a" * 16},
        }
    },
    "strata:databases": {"orders": {"version": "16.4"}},
    "strata:replicas": {"orders-reader": {"source": "orders"}},
    "strata:object_stores": {"uploads": {}},
    "strata:runtime": {"shop": {"values": {"POOL_SIZE": {"value": "20", "restart": True}}}},
}
"""What the programs of the pages find in their stack file."""


class Elsewhere(testing.CloudMocks):
    """AWS's answers, and a stack that exported a network."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            network = {
                "vpc_id": "vpc-1",
                "cidr": "10.0.0.0/16",
                **{f"{tier}_subnet_ids": ["subnet-1", "subnet-2"] for tier in ("public", "private", "isolated")},
            }
            return args.name, {**args.inputs, "outputs": {"network": network}, "secretOutputNames": []}
        return super().new_resource(args)


def is_unit_test(block: Block) -> bool:
    return "from strata import testing" in block.text


def run_page(page: Path) -> testing.Graph:
    """The programs of a page, one after the other, with what a program of a team begins with."""

    def program() -> None:
        stack = strata.Stack.load()
        network = strata.Network("ground", stack.network)
        names: dict[str, Any] = {name: getattr(strata, name) for name in strata.__all__}
        names |= {"pulumi": pulumi, "stack": stack, "network": network}
        names["ingress"] = strata.Ingress("door", stack.ingress, network=network)
        for block in blocks(page):
            if block.language == "python" and not is_unit_test(block):
                exec(compile(block.text, str(block), "exec"), names)  # noqa: S102  what the page says, as it says it

    return testing.run(program, config=CONFIG, mocks=Elsewhere(images=testing.images_pinned_by(CONFIG)))


# The README's own have a test of their own, with a stack file of their own.
WITH_PROGRAMS = sorted({block.page for block in all_blocks("python") if not is_unit_test(block)} - {PAGES[0]})
UNIT_TESTS = [block for block in all_blocks("python") if is_unit_test(block) and block.page != PAGES[0]]


@pytest.mark.parametrize("page", WITH_PROGRAMS, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_programs_of_a_page_run_as_they_stand(page: Path) -> None:
    assert list(run_page(page))


@pytest.mark.parametrize("block", UNIT_TESTS, ids=str)
def test_a_unit_test_of_a_page_passes_as_it_stands(block: Block) -> None:
    names: dict[str, Any] = {"program": lambda: None}
    exec(compile(block.text, str(block), "exec"), names)  # noqa: S102  what the page says, as it says it
    (written,) = [each for name, each in names.items() if name.startswith("test_")]
    written()
