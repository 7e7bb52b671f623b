"""Reading how a build is getting on, workflow by workflow and step by step."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from strata_rehearsal.cloud.image_builder.answers import listed
from strata_rehearsal.cloud.image_builder.baked_image import BakedImage, WorkflowRun
from strata_rehearsal.cloud.image_builder.desk import Desk
from strata_rehearsal.cloud.image_builder.image_documents import step_document, workflow_document
from strata_rehearsal.cloud.image_builder.image_operations import find_image
from strata_rehearsal.cloud.image_builder.part_operations import Operation
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal

__all__ = ["WORKFLOW_OPERATIONS"]


def list_workflow_executions(desk: Desk) -> Mapping[str, Any]:
    """The workflows of an image, the newest first."""
    image = find_image(desk, desk.asked["imageBuildVersionArn"])
    found = [workflow_document(each) for each in reversed(image.workflows)]
    return {**listed(desk, "workflowExecutions", found), "imageBuildVersionArn": image.arn}


def get_workflow_execution(desk: Desk) -> Mapping[str, Any]:
    """One workflow."""
    image, run = _find(desk, desk.asked["workflowExecutionId"])
    return {**workflow_document(run), "imageBuildVersionArn": image.arn}


def list_workflow_step_executions(desk: Desk) -> Mapping[str, Any]:
    """The steps of a workflow, the newest first."""
    image, run = _find(desk, desk.asked["workflowExecutionId"])
    return {
        **listed(desk, "steps", [step_document(each) for each in reversed(run.steps)]),
        "workflowBuildVersionArn": run.arn,
        "workflowExecutionId": run.id,
        "imageBuildVersionArn": image.arn,
    }


def get_workflow_step_execution(desk: Desk) -> Mapping[str, Any]:
    """One step."""
    wanted = desk.asked["stepExecutionId"]
    for image in desk.place.images.values():
        for run in image.workflows:
            for step in run.steps:
                if step.id == wanted:
                    place = {
                        "workflowBuildVersionArn": run.arn,
                        "workflowExecutionId": run.id,
                        "imageBuildVersionArn": image.arn,
                    }
                    return {**step_document(step), **place, "onFailure": "Abort"}
    raise ApiRefusal("InvalidRequestException", f"There is no step execution {wanted}.")


def _find(desk: Desk, wanted: str) -> tuple[BakedImage, WorkflowRun]:
    for image in desk.place.images.values():
        for run in image.workflows:
            if run.id == wanted:
                return image, run
    raise ApiRefusal("InvalidRequestException", f"There is no workflow execution {wanted}.")


WORKFLOW_OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        "GetWorkflowExecution": get_workflow_execution,
        "GetWorkflowStepExecution": get_workflow_step_execution,
        "ListWorkflowExecutions": list_workflow_executions,
        "ListWorkflowStepExecutions": list_workflow_step_executions,
    }
)
