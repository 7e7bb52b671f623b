"""Sidecars of a container service as they are registered."""

import json
from typing import Any

import pytest

from strata import ContainerImage, ContainerService, RuntimeConfig, Secret, Sidecar, testing
from strata.errors import UsageError
from strata.images.image_scan import ScanLimits
from strata.images.image_trust import ImageTerms
from strata.rollout.record import ImageRef, TaskRelease, proven_by
from strata.settings.models import (
    ContainerImageSettings,
    ContainerServiceSettings,
    FindingSeverity,
    PromotionSettings,
    RuntimeSettings,
    SecretSettings,
)

ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop"
WEB = f"{ECR}/web@sha256:{'a' * 64}"
AGENT = f"{ECR}/agent@sha256:{'b' * 64}"
OTHER = f"{ECR}/agent@sha256:{'c' * 64}"


@pytest.fixture
def run(ground):
    """Registers one worker with a sidecar; what is passed as `sidecars` is made in the program."""

    def running(
        agent: dict[str, Any] | None = None, *, service: dict[str, Any] | None = None, **keywords: Any
    ) -> testing.Graph:
        beside = {"agent": {"image": AGENT} if agent is None else agent}
        settings = ContainerServiceSettings.model_validate({"sidecars": beside, **(service or {})})

        def program(on) -> None:
            given: Any = {"image": WEB, "network": on.network, "gate": ground.gate}
            given |= {key: make() if callable(make) else make for key, make in keywords.items()}
            ContainerService("web", settings, **given)

        return ground.run(program)

    return running


def containers(graph: testing.Graph) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(graph.one("TaskDefinition").inputs["containerDefinitions"])}


def release(graph: testing.Graph) -> TaskRelease:
    found = proven_by(TaskRelease, graph.one("Parameter", "web-release").inputs["insecureValue"])
    assert found is not None
    return found


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["environment"]}


def terms(ground) -> ImageTerms | None:
    """What the gate is told to require of the images."""
    return ground.gate.records[-1].spec.terms


@pytest.mark.parametrize("own", [False, True], ids=["reference", "component"])
def test_what_is_required_of_any_image_is_required_of_all(run, ground, own: bool):
    high, low = (PromotionSettings(worst_finding=each) for each in (FindingSeverity.HIGH, FindingSeverity.LOW))

    def image(name: str, reference: str, promotion: PromotionSettings) -> ContainerImage:
        return ContainerImage(name, ContainerImageSettings(reference=reference), promotion=promotion)

    run()
    assert terms(ground) is None, "references say nothing"
    given = {"image": lambda: image("web", WEB, high)} if own else {}
    run({}, sidecars=lambda: {"agent": Sidecar(image=image("agent", AGENT, low))}, **given)
    assert terms(ground) == ImageTerms(scan=ScanLimits(FindingSeverity.LOW))
    run(image=lambda: image("web", WEB, high))
    assert terms(ground) == ImageTerms(scan=ScanLimits(FindingSeverity.HIGH)), "for an image of the settings too"


def test_a_sidecar_is_hardened_as_the_application_and_not_essential(run):
    found = containers(run())
    agent = found["agent"]
    assert (agent["image"], agent["user"], agent["readonlyRootFilesystem"]) == (AGENT, "10001:10001", True)
    assert agent["linuxParameters"] == found["web"]["linuxParameters"]
    assert (agent["essential"], found["web"]["essential"]) == (False, True)
    assert "portMappings" not in agent
    assert agent["logConfiguration"]["options"]["awslogs-stream-prefix"] == "agent"
    testing.assert_images_are_pinned(run())


def test_what_the_sidecars_leave_of_the_task_is_the_applications(run):
    found = containers(run({"image": AGENT, "cpu": 56, "memory_mib": 112}))
    assert (found["agent"]["cpu"], found["agent"]["memory"]) == (56, 112)
    assert (found["web"]["cpu"], found["web"]["memory"]) == (200, 400)


@pytest.mark.parametrize(
    "writer,web,agent", [("sidecar", True, False), ("application", False, True), ("both", False, False)]
)
def test_a_shared_folder_is_read_only_to_who_does_not_write_it(run, writer: str, web: bool, agent: bool):
    graph = run({"image": AGENT, "shared_paths": {"/run/config": writer}})
    found = {
        name: next(each for each in it["mountPoints"] if each["containerPath"] == "/run/config")
        for name, it in containers(graph).items()
    }
    assert {each["sourceVolume"] for each in found.values()} == {"agent-shared-0"}
    assert (found["web"]["readOnly"], found["agent"]["readOnly"]) == (web, agent)
    names = [each["name"] for each in graph.one("TaskDefinition").inputs["volumes"]]
    assert names == ["writable-0", "agent-writable-0", "agent-shared-0"]


def test_the_application_may_wait_for_a_sidecar_but_not_for_hours(run):
    assert "dependsOn" not in containers(run())["web"]
    found = containers(run({"image": AGENT, "awaited": "healthy", "health": {"command": ["agent", "check"]}}))
    assert found["web"]["dependsOn"] == [{"containerName": "agent", "condition": "HEALTHY"}]
    assert (found["agent"]["startTimeout"], found["agent"]["healthCheck"]["startPeriod"]) == (120, 30)


def test_the_execution_role_pulls_the_images_of_all_containers(run):
    found = json.loads(run().one("RolePolicy", "web-execution").inputs["policy"])["Statement"]
    (pull,) = [each for each in found if "ecr:BatchGetImage" in each["Action"]]
    assert pull["Resource"] == [
        f"arn:aws:ecr:eu-west-1:123456789012:repository/shop/{name}" for name in ("web", "agent")
    ]


def test_the_record_names_both_images_and_another_one_of_the_sidecar_is_another_release(run):
    before, after = release(run()), release(run({"image": OTHER}))
    assert before.image.id == after.image.id == WEB
    assert after.sidecars == {"agent": ImageRef("agent", "sha256:cccccccccccc", OTHER)}
    assert before.digest != after.digest
    described = run().one("Parameter", "web-release").inputs["description"]
    assert described == f"web runs web sha256:aaaaaaaaaaaa ({WEB}) with agent sha256:bbbbbbbbbbbb"


def test_a_service_without_sidecars_is_recorded_as_before(run):
    text = run(service={"sidecars": {}}).one("Parameter", "web-release").inputs["insecureValue"]
    assert "sidecars" not in json.loads(text)


def test_the_image_may_be_one_of_the_stack(run):
    def given() -> dict[str, Sidecar]:
        settings = ContainerImageSettings(version="2.1.0", digest=f"sha256:{'b' * 64}", repository=f"{ECR}/agent")
        return {"agent": Sidecar(image=ContainerImage("metrics", settings))}

    graph = run({}, sidecars=given)
    assert containers(graph)["agent"]["image"] == AGENT
    assert release(graph).sidecars == {"agent": ImageRef("metrics", "2.1.0", AGENT)}


def config(value: str) -> RuntimeConfig:
    return RuntimeConfig("agent", RuntimeSettings.model_validate({"values": {"level": {"value": value}}}))


def test_what_a_sidecar_reads_at_run_time_is_not_in_the_release(run):
    graphs = [run(sidecars=lambda value=value: {"agent": Sidecar(uses=[config(value)])}) for value in ("info", "debug")]
    first, second = graphs
    assert release(first) == release(second)
    assert first.one("TaskDefinition").inputs == second.one("TaskDefinition").inputs
    found = containers(first)
    assert variables(found["agent"])["AGENT_CONFIG_PATH"] == "/strata/project/test/config/agent"
    assert "AGENT_CONFIG_PATH" not in variables(found["web"])
    (allowed,) = json.loads(first.one("RolePolicy", "web-uses").inputs["policy"])["Statement"]
    assert "ssm:GetParametersByPath" in allowed["Action"]


def test_the_application_and_its_sidecar_may_use_the_same_thing(run):
    made: list[RuntimeConfig] = []

    def same() -> RuntimeConfig:
        if not made:
            made.append(config("info"))
        return made[0]

    graph = run(uses=lambda: [same()], sidecars=lambda: {"agent": Sidecar(uses=[same()])})
    assert all("AGENT_CONFIG_PATH" in variables(each) for each in containers(graph).values())
    assert len(json.loads(graph.one("RolePolicy", "web-uses").inputs["policy"])["Statement"]) == 1


def test_a_secret_of_a_sidecar_is_named_by_its_arn_in_its_container_alone(run):
    def given() -> dict[str, Sidecar]:
        return {"agent": Sidecar(secrets={"API_KEY": Secret("key", SecretSettings())})}

    found = containers(run(sidecars=given))
    assert [each["name"] for each in found["agent"]["secrets"]] == ["API_KEY"]
    assert "secrets" not in found["web"]


@pytest.mark.parametrize(
    "agent,sidecars,words",
    [
        ({}, None, "nothing says which image its sidecar 'agent' runs"),
        ({"image": AGENT}, {"agent": Sidecar(image=OTHER)}, "is in the settings, and the program hands it over"),
        ({"image": AGENT}, {"agnet": Sidecar()}, "its settings have no sidecar 'agnet'"),
    ],
)
def test_a_sidecar_has_one_image_and_is_in_the_settings(run, agent: dict[str, Any], sidecars: Any, words: str):
    with pytest.raises(UsageError, match=words):
        run(agent, sidecars=sidecars)


def test_a_variable_of_a_sidecar_is_set_once(run):
    agent = {"image": AGENT, "environment": {"AGENT_CONFIG_PATH": "/etc"}}
    with pytest.raises(UsageError, match=r"set twice, by strata:container_services.web.sidecars.agent.environment"):
        run(agent, sidecars=lambda: {"agent": Sidecar(uses=[config("info")])})


def test_no_sidecar_has_the_name_of_the_service(run):
    with pytest.raises(UsageError, match="a sidecar has the name of the service"):
        run(service={"sidecars": {"web": {"image": AGENT}}})
