"""No program of this repository records a mutable reference: every image-like input is a digest or an image id."""

import json
import re
import runpy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import MockResourceArgs
from ruamel.yaml import YAML

from strata import testing

ROOT = Path(__file__).resolve().parents[3]
STACKS = sorted(ROOT.glob("examples/*/Pulumi.*.yaml"))
NOT_A_REFERENCE = re.compile(r"^(imageRecipeArn|imageLogGroupName)$|(Scanning|Mutability)")
"""Inputs that speak of images and name none that runs."""
IMMUTABLE = re.compile(
    r"ami-[0-9a-f]{8,17}|[a-z0-9.:/_-]+@sha256:[0-9a-f]{64}|arn:aws:imagebuilder:[a-z0-9:-]+:image/[a-z0-9-]+/[0-9.]+/[0-9]+"
)
BUILT = re.compile(r"[a-z0-9.:/_-]+:[0-9a-f]{16}")
"""A tag that is the hash of what the image is built from; what is deployed is the digest of the push."""
BUILDS = {"docker:index/image:Image": "imageName", "docker:index/registryImage:RegistryImage": "name"}
SERVERS = "aws:ec2/launchTemplate:LaunchTemplate"
TASKS = "aws:ecs/taskDefinition:TaskDefinition"


class Answers(testing.CloudMocks):
    """AWS's answers, and the outputs of a stack that another one refers to."""

    outputs: Mapping[str, Any] = {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            return args.name, {**args.inputs, "outputs": dict(self.outputs), "secretOutputNames": []}
        return super().new_resource(args)


def references(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text below an input whose name speaks of an image, JSON inside of texts too."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from references(each, str(name))
    elif isinstance(value, list):
        for each in value:
            yield from references(each, key)
    elif isinstance(value, str) and value[:1] in {"{", "["} and value.strip() != "{}":
        try:
            yield from references(json.loads(value), key)
        except ValueError:
            return
    elif isinstance(value, str) and re.search(r"[iI]mage", key) and not NOT_A_REFERENCE.search(key):
        yield key, value


def seen(graph: testing.Graph) -> dict[str, list[str]]:
    """References by the type of the resource; each must be one that cannot become another image."""
    found: dict[str, list[str]] = {}
    for resource in graph:
        if not resource.type.startswith(("aws:", "docker")):
            continue
        pushed = BUILDS.get(resource.type)
        for key, text in references(dict(resource.inputs)):
            allowed = BUILT if key == pushed else IMMUTABLE
            assert allowed.fullmatch(text), f"{resource}: {key} is {text}, which may be another image tomorrow"
            found.setdefault(resource.type, []).append(text)
    return found


def holds(graph: testing.Graph) -> None:
    found = seen(graph)
    for kind in (SERVERS, TASKS):
        runs = graph.of_type(kind)
        assert len(found.get(kind, ())) >= len(runs), f"the walk has missed what {kind} runs"


def program_of(stack_file: Path) -> testing.Graph:
    config = YAML(typ="safe").load(stack_file)["config"]
    stack = stack_file.suffixes[0].removeprefix(".")
    mocks = Answers(images=testing.images_pinned_by(config))
    if (ground := stack_file.with_name("Pulumi.network.yaml")).is_file() and ground != stack_file:
        mocks.outputs = program_of(ground).exports
    main = str(stack_file.with_name("__main__.py"))
    project = str(YAML(typ="safe").load(stack_file.with_name("Pulumi.yaml"))["name"])
    return testing.run(lambda: runpy.run_path(main), config=config, mocks=mocks, project=project, stack=stack)


@pytest.mark.parametrize("stack_file", STACKS, ids=lambda each: f"{each.parent.name}-{each.suffixes[0][1:]}")
def test_no_example_records_a_mutable_reference(stack_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(stack_file.parent)
    monkeypatch.syspath_prepend(str(stack_file.parent))
    # each example has a module of this name
    monkeypatch.delitem(sys.modules, "program", raising=False)
    graph = program_of(stack_file)
    holds(graph)
    runs = [*graph.of_type(SERVERS), *graph.of_type(TASKS)]
    assert runs or stack_file.name == "Pulumi.network.yaml", "every other example runs something"


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_the_reference_stack_records_no_mutable_reference(reference: Any, stack: str):
    graph = reference(stack)
    holds(graph)
    assert len(graph.of_type(SERVERS)) == 3
    assert len(graph.of_type(TASKS)) == 1


@pytest.mark.parametrize("image", ["shop", "shop:1.4.2", "registry.example.com/shop:latest"])
def test_the_walk_finds_a_tag_inside_of_a_text(image: str):
    import pulumi_aws as aws

    def program() -> None:
        aws.ecs.TaskDefinition("t", family="t", container_definitions=json.dumps([{"name": "t", "image": image}]))

    with pytest.raises(AssertionError, match="may be another image tomorrow"):
        seen(testing.run(program))
