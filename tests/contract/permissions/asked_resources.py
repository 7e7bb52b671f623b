"""Which resources a call is about, as ARNs: what a policy that does not allow everything has to name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

__all__ = ["RESOURCES", "resources_of"]

_HERE: Final = "eu-west-1:123456789012"


def _parameters(asked: Mapping[str, Any]) -> Iterator[str]:
    names = [*asked.get("Names", ()), *(asked[key] for key in ("Name", "Path") if key in asked)]
    yield from (f"arn:aws:ssm:{_HERE}:parameter{each}" for each in names)


def _group(asked: Mapping[str, Any]) -> Iterator[str]:
    yield f"arn:aws:autoscaling:{_HERE}:autoScalingGroup:0f1e:autoScalingGroupName/{asked['AutoScalingGroupName']}"


def _machines(asked: Mapping[str, Any]) -> Iterator[str]:
    for each in asked.get("Resources") or [asked.get("ImageId") or asked["SnapshotId"]]:
        kind = "image" if each.startswith("ami-") else "snapshot"
        yield f"arn:aws:ec2:eu-west-1::{kind}/{each}"


def _marked(asked: Mapping[str, Any]) -> Iterator[str]:
    servers = [each for each in asked.get("Resources", ()) if each.startswith("i-")]
    yield from (f"arn:aws:ec2:{_HERE}:instance/{each}" for each in servers)
    if not servers:
        yield from _machines(asked)


def _group_of(asked: Mapping[str, Any]) -> Iterator[str]:
    """That of a server, which the call names by itself."""
    yield f"arn:aws:autoscaling:{_HERE}:autoScalingGroup:0f1e:autoScalingGroupName/of-{asked['InstanceId']}"


def _task(asked: Mapping[str, Any]) -> Iterator[str]:
    for each in asked.get("tasks") or [asked["task"]]:
        yield each if each.startswith("arn:") else f"arn:aws:ecs:{_HERE}:task/{asked['cluster']}/{each}"


def _sent_to(asked: Mapping[str, Any]) -> Iterator[str]:
    """The document, and the servers, which are named or chosen by their tags."""
    yield f"arn:aws:ssm:eu-west-1::document/{asked['DocumentName']}"
    for server in asked.get("InstanceIds") or ("i-0f1e",):
        yield f"arn:aws:ec2:{_HERE}:instance/{server}"


def _repository(asked: Mapping[str, Any]) -> Iterator[str]:
    yield f"arn:aws:ecr:{_HERE}:repository/{asked['repositoryName']}"


def _service(asked: Mapping[str, Any]) -> Iterator[str]:
    for each in asked.get("services") or [asked["service"]]:
        yield each if each.startswith("arn:") else f"arn:aws:ecs:{_HERE}:service/{asked['cluster']}/{each}"


def _listed(key: str) -> Callable[[Mapping[str, Any]], Iterator[str]]:
    """Those that the call names by their ARNs."""

    def found(asked: Mapping[str, Any]) -> Iterator[str]:
        value = asked[key]
        yield from [value] if isinstance(value, str) else value

    return found


def _key(asked: Mapping[str, Any]) -> Iterator[str]:
    key = asked["KeyId"]
    yield key if key.startswith("arn:") else f"arn:aws:kms:{_HERE}:key/{key}"


def _object(asked: Mapping[str, Any]) -> Iterator[str]:
    yield f"arn:aws:s3:::{asked['Bucket']}/{asked['Key']}"


def _database(asked: Mapping[str, Any]) -> Iterator[str]:
    yield f"arn:aws:rds:{_HERE}:db:{asked['DBInstanceIdentifier']}"


def _template(asked: Mapping[str, Any]) -> Iterator[str]:
    yield f"arn:aws:ec2:{_HERE}:launch-template/{asked['LaunchTemplateId']}"


def _instances(asked: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"arn:aws:ec2:{_HERE}:instance/{each}" for each in asked["InstanceIds"])


RESOURCES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]] = {
    **dict.fromkeys(
        (
            *("ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameterHistory"),
            *("ssm:PutParameter", "ssm:DeleteParameter"),
        ),
        _parameters,
    ),
    "acm:DescribeCertificate": _listed("CertificateArn"),
    **dict.fromkeys(
        (
            *("autoscaling:StartInstanceRefresh", "autoscaling:RollbackInstanceRefresh"),
            *("autoscaling:CancelInstanceRefresh", "autoscaling:UpdateAutoScalingGroup"),
            *("autoscaling:EnterStandby", "autoscaling:SetInstanceProtection"),
            *("autoscaling:PutLifecycleHook", "autoscaling:CompleteLifecycleAction", "autoscaling:DeleteLifecycleHook"),
        ),
        _group,
    ),
    "autoscaling:TerminateInstanceInAutoScalingGroup": _group_of,
    "ec2:CreateTags": _marked,
    "autoscaling:SetInstanceHealth": _group_of,
    **dict.fromkeys(
        (
            *("ec2:EnableImage", "ec2:DisableImage", "ec2:DeregisterImage", "ec2:DeleteSnapshot"),
            "ec2:AttachImageWatermark",
            *("ec2:EnableImageDeregistrationProtection", "ec2:DisableImageDeregistrationProtection"),
        ),
        _machines,
    ),
    "ec2:CreateLaunchTemplateVersion": _template,
    "ec2:TerminateInstances": _instances,
    "ssm:SendCommand": _sent_to,
    **dict.fromkeys(
        (
            *("ecr:DescribeImages", "ecr:BatchGetImage", "ecr:ListImages", "ecr:GetRepositoryPolicy"),
            "ecr:DescribeImageScanFindings",
            *("ecr:PutImage", "ecr:BatchDeleteImage"),
        ),
        _repository,
    ),
    **dict.fromkeys(("ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:UpdateService"), _service),
    "ecs:DescribeServiceDeployments": _listed("serviceDeploymentArns"),
    "ecs:DescribeServiceRevisions": _listed("serviceRevisionArns"),
    **dict.fromkeys(("ecs:DescribeTasks", "ecs:UpdateTaskProtection", "ecs:StopTask"), _task),
    "ecs:TagResource": _listed("resourceArn"),
    "ecs:RunTask": _listed("taskDefinition"),
    **dict.fromkeys(("ecs:StopServiceDeployment", "ecs:ContinueServiceDeployment"), _listed("serviceDeploymentArn")),
    **dict.fromkeys(("kms:DescribeKey", "kms:ListGrants", "kms:GetKeyPolicy"), _key),
    "iam:SimulatePrincipalPolicy": _listed("PolicySourceArn"),
    **dict.fromkeys(
        ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"),
        _listed("SecretId"),
    ),
    **dict.fromkeys(
        ("imagebuilder:ListImagePipelineImages", "imagebuilder:StartImagePipelineExecution"),
        _listed("imagePipelineArn"),
    ),
    "imagebuilder:GetImage": _listed("imageBuildVersionArn"),
    "imagebuilder:ListImageBuildVersions": _listed("imageVersionArn"),
    "imagebuilder:TagResource": _listed("resourceArn"),
    **dict.fromkeys(("s3:GetObject", "s3:PutObject"), _object),
    **dict.fromkeys(("rds:ModifyDBInstance", "rds:DeleteDBInstance"), _database),
}
"""By operation, for each that a row of the table limits to some resources."""


def resources_of(operation: str, asked: Mapping[str, Any]) -> list[str]:
    """The resources of a call.

    Args:
        operation: such as `ssm:GetParameters`.
        asked: its parameters.
    """
    return list(RESOURCES[operation](asked))
