"""What a stage decides, what depends on other settings, and where each value came from."""

from typing import Any

import pytest

from strata.errors import SettingsError
from strata.problem import Path
from strata.settings.defaults import EACH, STAGE_TABLE, Row
from strata.settings.load import for_stage, load
from strata.settings.models import (
    CapacitySettings,
    CertificateSettings,
    ContainerImageSettings,
    ContainerServiceSettings,
    DatabaseSettings,
    FileStoreSettings,
    FleetChangeSettings,
    ImagePipelineSettings,
    IngressSettings,
    MaintainedFleetSettings,
    NetworkSettings,
    ObjectStoreSettings,
    PlaybookSettings,
    SecretSettings,
    ServiceSettings,
    Settings,
    StackSettings,
    Strategy,
)
from strata.settings.provenance import Origin, Provenance, leaves
from strata.spectrum import Mutability, protected_by_default
from strata.stage import Stage
from tests.unit.settings.stacks import REGION, changed, complete, proof

IN_GIT = {"repository": "shop/servers", "commit": "c0" * 20}
PIN = {"version": "1.4.2", "id": "ami-0123456789abcdef0", "proof": proof("1.4.2")}


def minimal(stage: str, **service: Any) -> dict[str, Any]:
    others: dict[str, Any] = {row.path[0]: {"web": {}} for row in STAGE_TABLE if row.path[1] == EACH}
    databases = {"web": {"version": "16"}}
    key = f"arn:aws:kms:{REGION}:123456789012:key/0f1e2d3c"
    others["image_pipelines"] = {"web": {"parent": PIN["id"], "verify": ["verify.sh"], "kms_key_arn": key}}
    others["maintained"] = {"legacy": {"playbook": IN_GIT, "changes": {"healthy_command": "true"}, "image": "web"}}
    # a service and a container service have different names; its strategy is the stage's where it has a route
    others["container_services"] = {"api": {"routes": [{"priority": 1, "paths": ["/*"]}]}}
    named = {**others, "certificates": {"web": {"domain": "example.com"}}, "databases": databases}
    return {"stage": stage, "images": {"web": PIN}, **named, "services": {"web": service}}


def place(path: tuple[str, ...]) -> tuple[str, ...]:
    name = {"container_services": "api", "maintained": "legacy"}.get(path[0], "web")
    return tuple(name if part == EACH else part for part in path)


def at(settings: Settings, path: tuple[str, ...]) -> Any:
    value: Any = settings.model_dump(mode="json")
    for part in place(path):
        value = value[part]
    return value


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("row", STAGE_TABLE, ids=lambda row: ".".join(row.path))
def test_a_stage_decides_its_defaults(row: Row, stage: Stage):
    loaded = load(minimal(stage, capacity={"min": 4, "max": 8}), source="the test")
    assert at(loaded.settings, row.path) == row.of(stage)
    assert loaded.provenance[place(row.path)] == Provenance(Origin.STAGE, stage.value)


@pytest.mark.parametrize("row", STAGE_TABLE, ids=lambda row: ".".join(row.path))
def test_a_model_built_in_python_has_the_defaults_of_staging(row: Row):
    settings = StackSettings(
        stage=Stage.STAGING,
        services={"web": ServiceSettings()},
        image_pipelines={"web": ImagePipelineSettings(parent=str(PIN["id"]), verify=("verify.sh",))},
        maintained={
            "legacy": MaintainedFleetSettings(
                playbook=PlaybookSettings(repository=IN_GIT["repository"], commit=IN_GIT["commit"]),
                changes=FleetChangeSettings(healthy_command="true"),
            )
        },
        container_images={"web": ContainerImageSettings()},
        container_services={"api": ContainerServiceSettings()},
        object_stores={"web": ObjectStoreSettings()},
        file_stores={"web": FileStoreSettings()},
        secrets={"web": SecretSettings()},
        certificates={"web": CertificateSettings(domain="example.com")},
        databases={"web": DatabaseSettings(version="16")},
    )
    assert at(settings, row.path) == row.of(Stage.STAGING)


@pytest.mark.parametrize("stage", Stage)
def test_what_a_stage_decides_is_within_the_limits_of_its_field(stage: Stage):
    settings = load(minimal(stage), source="the test").settings
    assert StackSettings.model_validate_json(settings.model_dump_json(), strict=True) == settings


CLASSES = {
    "network": Mutability.STABLE,
    "ingress": Mutability.STABLE,
    "services": Mutability.STABLE,
    "maintained": Mutability.CONTROLLED,
    "image_pipelines": Mutability.STABLE,
    "container_images": Mutability.CONTROLLED,
    "container_services": Mutability.STABLE,
    "object_stores": Mutability.CONTROLLED,
    "file_stores": Mutability.CONTROLLED,
    "backup": Mutability.CONTROLLED,
    "databases": Mutability.CONTROLLED,
    "secrets": Mutability.ROTATED,
    "certificates": Mutability.ROTATED,
}


def test_a_part_is_protected_where_the_spectrum_protects_its_class():
    for row in STAGE_TABLE:
        if row.path[-1] == "protect":
            kind = CLASSES[row.path[0]]
            assert [row.of(stage) for stage in Stage] == [protected_by_default(kind, stage) for stage in Stage]


@pytest.mark.parametrize("stage", Stage)
def test_an_image_of_prod_is_encrypted_by_a_key_of_its_owner(stage: Stage):
    values = changed(minimal(stage), {("image_pipelines", "web", "kms_key_arn"): None})
    if stage is not Stage.PROD:
        load(values, source="the test")
        return
    with pytest.raises(SettingsError) as refused:
        load(values, source="the test")
    (problem,) = refused.value.problems
    assert problem.path == ("image_pipelines", "web", "kms_key_arn")
    assert "customer_key: false" in problem.fix
    load(changed(values, {("image_pipelines", "web", "customer_key"): False}), source="the test")


@pytest.mark.parametrize("source,replicated", [("web", True), ("other", False)])
def test_a_database_of_which_the_file_has_a_replica_may_have_replicas(source: str, replicated: bool):
    values = changed(minimal("dev"), {("databases", "other"): {"version": "16"}})
    values["replicas"] = {"reader": {"source": source}}
    loaded = load(values, source="the test")
    assert loaded.settings.databases["web"].replicated is replicated
    assert loaded.settings.databases["other"].replicated is not replicated
    assert ("replica" in loaded.provenance["databases", "web", "replicated"].note) is replicated


@pytest.mark.parametrize("servers,floor", [(1, 100), (2, 100), (3, 50)])
def test_one_or_two_servers_launch_first_in_dev(servers: int, floor: int):
    loaded = load(minimal("dev", capacity={"min": servers, "max": 8}), source="the test")
    assert loaded.settings.services["web"].rollout.min_healthy_percent == floor
    note = loaded.provenance["services", "web", "rollout", "min_healthy_percent"].note
    assert ("one or two servers" in note) == (servers <= 2)


def test_a_floor_the_file_says_is_kept_for_two_servers():
    loaded = load(minimal("dev", rollout={"min_healthy_percent": 50}), source="the test")
    assert loaded.settings.services["web"].rollout.min_healthy_percent == 50


@pytest.mark.parametrize("stage,servers,shares", [("prod", 10, (10, 50, 100)), ("prod", 9, ()), ("staging", 10, ())])
def test_prod_pauses_at_checkpoints_from_ten_servers(stage: str, servers: int, shares: tuple[int, ...]):
    loaded = load(minimal(stage, capacity={"min": servers, "max": 40}), source="the test")
    assert loaded.settings.services["web"].rollout.checkpoint_percentages == shares


def test_checkpoints_the_file_says_are_kept():
    values = minimal("prod", capacity={"min": 10, "max": 40}, rollout={"checkpoint_percentages": []})
    loaded = load(values, source="the test")
    assert loaded.settings.services["web"].rollout.checkpoint_percentages == ()


def test_an_internal_load_balancer_is_open_to_its_network():
    values = {"stage": "dev", "network": {"cidr": "10.7.0.0/16"}, "ingress": {"internal": True}}
    loaded = load(values, source="the test")
    assert [str(cidr) for cidr in loaded.settings.ingress.allowed_cidrs] == ["10.7.0.0/16"]


@pytest.mark.parametrize("stage", Stage)
def test_a_worker_of_containers_is_rolled_in_every_stage(stage: Stage):
    values = {"stage": stage.value, "container_services": {"mailer": {}}}
    loaded = load(values, source="the test")
    assert loaded.settings.container_services["mailer"].rollout.strategy is Strategy.ROLLING
    if stage is not Stage.DEV:
        note = loaded.provenance["container_services", "mailer", "rollout", "strategy"].note
        assert note == "a worker has no requests to move"


def test_null_is_a_value_and_not_a_default():
    loaded = load(minimal("prod", max_instance_lifetime_days=None, scaling=None), source="the test")
    web = loaded.settings.services["web"]
    assert (web.max_instance_lifetime_days, web.scaling) == (None, None)
    assert loaded.provenance["services", "web", "scaling"].origin is Origin.FILE


def test_every_single_value_has_an_origin():
    loaded = load(complete(), source="the test", region=REGION)
    assert set(loaded.provenance) == {path for path, _ in leaves(loaded.settings.model_dump(mode="json"))}


@pytest.mark.parametrize(
    "path,origin",
    [
        (("services", "web", "capacity", "min"), Origin.FILE),
        (("services", "web", "routes", 0, "hosts"), Origin.FILE),
        (("services", "web", "rollout", "max_healthy_percent"), Origin.STAGE),
        (("services", "web", "port"), Origin.DEFAULT),
        (("services", "web", "tags", "team"), Origin.FILE),
        (("services", "web", "tags", "cost-centre"), Origin.FILE),
        (("services", "web", "tags", "strata:stage"), Origin.STAGE),
    ],
)
def test_an_origin_says_who_decided(path: Path, origin: Origin):
    assert load(complete(), source="the test", region=REGION).provenance[path].origin is origin


def test_tags_of_the_stack_and_its_stage_reach_every_part():
    values = changed(complete(), {("services", "web", "tags", "cost-centre"): "43"})
    settings = load(values, source="the test", region=REGION).settings
    shared = {"cost-centre": "42", "strata:stage": "staging"}
    assert settings.network.tags == {**shared, "team": "platform"}
    assert settings.ingress.tags == {**shared, "team": "platform"}
    assert settings.services["web"].tags == {**shared, "team": "shop", "cost-centre": "43"}
    assert settings.services["jobs"].tags == shared


def test_settings_for_a_stage_need_no_file():
    web = for_stage(ServiceSettings, Stage.PROD, {"capacity": CapacitySettings(min=10, max=20), "boot_seconds": 90})
    assert (web.boot_seconds, web.capacity.min, web.rollout.bake_seconds) == (90, 10, 600)
    assert web.rollout.checkpoint_percentages == (10, 50, 100)
    assert web.tags == {"strata:stage": "prod"}
    assert for_stage(NetworkSettings, Stage.PROD).zones == 3
    assert for_stage(IngressSettings, Stage.PROD, {"idle_timeout_seconds": 30}).deletion_protection


def test_settings_for_a_stage_are_checked_like_a_file():
    with pytest.raises(SettingsError) as caught:
        for_stage(ServiceSettings, Stage.PROD, {"prot": 1, "capacity": {"min": 5, "max": 4}}, name="web")
    assert {problem.path for problem in caught.value.problems} == {
        ("services", "web", "prot"),
        ("services", "web", "capacity", "max"),
    }
