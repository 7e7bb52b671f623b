"""`strata image status`: one pipeline or all of a stack, whether one is running, and what could not be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from strata.cli.run import run
from strata.images.baking import pipelines
from strata.naming import pipeline_record_name
from tests.unit.rehearsal.cloud.baking import PARENT, Bakery
from tests.unit.rehearsal.cloud.conftest import REGION, Aws, bare, clients

__all__ = ["bare", "clients"]


class Shop:
    """A stack with two pipelines, of which one has baked a version, and another stack with none."""

    def __init__(self, aws: Aws, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.aws, self.folder, self._capsys = aws, folder, capsys
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        for stack in ("dev", "bare"):
            (folder / f"Pulumi.{stack}.yaml").write_text(f"config:\n  aws:region: {REGION}\n  strata:stage: dev\n")

        def client(service: str) -> Any:
            return getattr(aws, service)

        client.in_region = lambda _region: client  # type: ignore[attr-defined]
        monkeypatch.setattr(pipelines, "connect_to_aws", lambda *_, **__: (client, aws.clock))
        self.bakery = Bakery(aws)
        disk = [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True, "volumeSize": 20}}]
        recipe = self.bakery.recipe(
            amiTags={"app": "web", "base_ami": PARENT, "strata:recipe": "1.0.0"}, blockDeviceMappings=disk
        )
        self.pipeline = self.bakery.pipeline(recipe)
        self.record("web", self.pipeline)
        workers = self.bakery.recipe(self.bakery.component("Workers"), name="workers")
        self.record("worker", self.bakery.pipeline(workers, "workers"))
        # what lies beside the records
        self.put("/strata/shop/dev/images/web/order", "{}")

    def record(self, name: str, pipeline: str) -> None:
        said = {
            "name": name,
            "app": name,
            "pipeline": pipeline,
            "recipe": "1.0.0",
            "base": PARENT,
            "copies": [],
            "architecture": "x86_64",
            "region": REGION,
            "accounts": [],
            "encrypted_by": {},
            "log_group": "/builds",
        }
        self.put(pipeline_record_name("shop", "dev", name), json.dumps(said))

    def put(self, name: str, value: str) -> None:
        self.aws.ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def status(self, *arguments: str) -> tuple[int, str]:
        code = run(["image", "status", *arguments, "-C", str(self.folder)])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def document(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code, said = self.status(*arguments, "--json")
        return code, json.loads(said)


@pytest.fixture
def shop(bare: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Shop:
    return Shop(bare, tmp_path, monkeypatch, capsys)


def test_without_a_name_all_pipelines_of_the_stack_are_shown(shop: Shop):
    shop.bakery.bake(shop.pipeline)
    code, found = shop.document("dev")
    assert (code, found["stack"], found["unread"]) == (0, "dev", [])
    assert {each["pipeline"]: len(each["executions"]) for each in found["pipelines"]} == {"web": 1, "worker": 0}
    code, said = shop.status("dev")
    assert code == 0
    assert [line for line in said.splitlines() if "recipe" in line] == [
        f"{name}: recipe 1.0.0, from {PARENT}" for name in ("web", "worker")
    ]


def test_with_a_name_it_is_the_only_one(shop: Shop):
    code, found = shop.document("dev", "web")
    assert (code, [each["pipeline"] for each in found["pipelines"]]) == (0, ["web"])
    code, said = shop.status("dev", "wev")
    assert (code, "dev has no image pipeline 'wev'" in said) == (2, True)


def test_a_stack_without_pipelines_says_so(shop: Shop):
    assert shop.document("bare") == (0, {"stack": "bare", "pipelines": [], "unread": [], "warnings": []})
    assert shop.status("bare") == (0, "shop/bare has no image pipelines\n")


def test_a_record_that_is_none_hides_no_other_pipeline(shop: Shop):
    shop.put(pipeline_record_name("shop", "dev", "worker"), "by hand")
    code, found = shop.document("dev")
    assert (code, [each["pipeline"] for each in found["pipelines"]]) == (0, ["web"])
    (problem,) = found["unread"]
    assert problem.startswith("/strata/shop/dev/images/worker/pipeline is no record of an image pipeline: ")
    assert f"not shown: {problem}" in shop.status("dev")[1]


def test_it_ends_with_6_while_any_of_them_is_running(shop: Shop):
    shop.aws.imagebuilder.start_image_pipeline_execution(imagePipelineArn=shop.pipeline)
    assert shop.status("dev")[0] == 6
    assert shop.status("dev", "worker")[0] == 0
