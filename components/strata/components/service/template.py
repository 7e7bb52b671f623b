"""What a server of the service is: the launch template with its user data, and the digest that identifies it."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from strata.components.base import Component
from strata.components.machine_image_checks import FoundImage
from strata.components.service.launched import digest_without_secrets, list_secrets
from strata.components.service.permissions import AnyServers, Granted, Identity
from strata.errors import UsageError
from strata.rollout.record import DIGEST_TAG
from strata.settings.models import DiskSettings, ServiceSettings
from strata.spectrum import Mutability

__all__ = ["LAUNCHED", "MAX_BYTES", "Template", "environment_file", "launch_template", "server_inputs", "user_data"]

LAUNCHED = ("instance", "volume", "network-interface")
"""What tags of a template go to. A group's own tags reach instances only."""
_NOT_IN_DIGEST = frozenset({"tags", "tag_specifications", "name", "name_prefix", "description", "region"})
"""Inputs that change no running server: a cost tag must not roll a fleet."""
_METADATA: Mapping[str, Any] = {
    "http_endpoint": "enabled",
    "http_tokens": "required",
    "http_put_response_hop_limit": 1,
}
MAX_BYTES = 16_384
"""EC2's limit on user data, before it is encoded."""
_SPECIAL = str.maketrans({character: f"\\{character}" for character in '\\"$`'})


@dataclass(frozen=True)
class Template:
    """A launch template and the release digest of its newest version."""

    resource: "aws.ec2.LaunchTemplate"
    digest: pulumi.Output[str]

    @property
    def version(self) -> pulumi.Output[int]:
        """Number of the newest version."""
        return self.resource.latest_version.apply(int)


def launch_template(
    service: Component,
    settings: ServiceSettings,
    *,
    image: pulumi.Output[FoundImage],
    identity: Identity,
    security_group: "aws.ec2.SecurityGroup",
    logs: "aws.cloudwatch.LogGroup",
    used: Granted,
) -> Template:
    """The template. Each change makes a new numbered version; none becomes the default before it is proven."""
    server = server_inputs(
        service, settings, image=image, identity=identity, security_group=security_group, logs=logs, used=used
    )
    digest = _digest(service, server, identity)
    launched = {**service.launched_tag_set(service.pulumi_resource_name, Mutability.REPLACED), DIGEST_TAG: digest}
    resource = service.child(
        aws.ec2.LaunchTemplate,
        "launch_template",
        Mutability.REPLACED,
        suffix="template",
    )(
        tag_specifications=[{"resource_type": kind, "tags": launched} for kind in LAUNCHED],
        update_default_version=False,
        **server,
    )
    return Template(resource, digest)


def server_inputs(
    service: Component,
    settings: AnyServers,
    *,
    image: pulumi.Output[FoundImage],
    identity: Identity,
    security_group: "aws.ec2.SecurityGroup",
    logs: "aws.cloudwatch.LogGroup",
    used: Granted,
) -> Mapping[str, Any]:
    """What a launch template says of a server: inputs of the child `launch_template`, with what the program overrides.

    Args:
        service: whose servers they are.
        settings: its settings.
        image: what they boot from.
        identity: their role.
        security_group: their security group.
        logs: where they write their logs.
        used: what the service uses.
    """
    return service.overrides.apply(
        "launch_template",
        {
            "image_id": image.apply(lambda found: found.id),
            "instance_type": settings.instance_type,
            "user_data": _user_data(service, settings, image, logs, used),
            "iam_instance_profile": {"arn": identity.profile.arn},
            "block_device_mappings": [_root_volume(settings.disk, image)],
            "metadata_options": _METADATA,
            "network_interfaces": [_network_interface(security_group)],
            # Target tracking looks once a minute; without this, metrics come every five.
            "monitoring": {"enabled": True},
        },
    )


def _digest(service: Component, server: Mapping[str, Any], identity: Identity) -> pulumi.Output[str]:
    def refusal(secret: Sequence[str]) -> UsageError:
        return UsageError(
            f"service {service.pulumi_resource_name!r}: {list_secrets(secret, 'launch template')}, and what servers "
            "are launched with can be read in the template, on the server and in the release record",
            fix="Let the servers read the value themselves: uses=[secret] of a Secret gives them its ARN. What is "
            "no secret is handed over with pulumi.Output.unsecret.",
        )

    parts = {key: value for key, value in server.items() if key not in _NOT_IN_DIGEST}
    return digest_without_secrets(parts, parts, role=identity.role, refusal=refusal)


def _user_data(
    service: Component,
    settings: AnyServers,
    image: pulumi.Output[FoundImage],
    logs: "aws.cloudwatch.LogGroup",
    used: Granted,
) -> pulumi.Output[str]:
    name = service.pulumi_resource_name
    values: dict[str, pulumi.Input[str]] = {
        **settings.environment,
        **used.environment,
        "STRATA_PROJECT": pulumi.get_project(),
        "STRATA_STACK": pulumi.get_stack(),
        "STRATA_SERVICE": name,
        "STRATA_LOG_GROUP": logs.name,
        "STRATA_PORT": str(settings.port),
    }
    windows = image.apply(lambda found: found.windows)
    return pulumi.Output.all(pulumi.Output.all(**values), windows).apply(
        lambda told: user_data(name, told[0], windows=told[1])
    )


def _root_volume(disk: DiskSettings, image: pulumi.Output[FoundImage]) -> dict[str, Any]:
    volume: dict[str, Any] = {
        "volume_size": disk.size_gib,
        "volume_type": disk.type.value,
        # pulumi_aws accepts these two as text, so that unset differs from false
        "encrypted": "true",
        "delete_on_termination": "true",
    }
    if disk.iops is not None:
        volume["iops"] = disk.iops
    if disk.throughput_mib is not None:
        volume["throughput"] = disk.throughput_mib
    # A mapping under another device name than the image's own would add a second, empty volume.
    return {"device_name": image.apply(lambda found: found.root_device_name), "ebs": volume}


def _network_interface(security_group: "aws.ec2.SecurityGroup") -> dict[str, Any]:
    return {
        "device_index": 0,
        "associate_public_ip_address": "false",
        "delete_on_termination": "true",
        "security_groups": [security_group.id],
    }


def environment_file(values: Mapping[str, str]) -> str:
    """Values as lines that both systemd's EnvironmentFile and a shell read the same way."""
    return "".join(f'{key}="{value.translate(_SPECIAL)}"\n' for key, value in sorted(values.items()))


def user_data(service: str, values: Mapping[str, str], *, windows: bool = False) -> str:
    """What writes `/etc/strata/<service>.env` when a server boots, encoded as EC2 accepts it.

    The image brings the application and whatever starts it; the file is all it needs to know about where it runs.
    cloud-init reads it on Linux. Windows has no cloud-init: there EC2Launch runs a script, once, that writes
    `<service>.env` into the folder `strata` of `%ProgramData%`, with a plain `KEY=value` on each line, in UTF-8.

    Args:
        service: the service's name.
        values: environment variables.
        windows: whether the image is one of Windows. Default: Linux.

    Raises:
        UsageError: the result is larger than EC2 accepts.
    """
    text = _script(service, values) if windows else _cloud_config(service, values)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise UsageError(
            f"service {service!r}: its environment makes {size} bytes of user data, EC2 accepts {MAX_BYTES}",
            fix="Move large values out of strata:services.<name>.environment.",
        )
    return base64.b64encode(text.encode()).decode()


def _script(service: str, values: Mapping[str, str]) -> str:
    lines = "".join(f"{key}={value}\r\n" for key, value in sorted(values.items()))
    content = base64.b64encode(lines.encode()).decode()
    return f"""<powershell>
$folder = Join-Path $env:ProgramData 'strata'
New-Item -ItemType Directory -Force -Path $folder | Out-Null
[IO.File]::WriteAllBytes((Join-Path $folder '{service}.env'), [Convert]::FromBase64String('{content}'))
</powershell>
"""


def _cloud_config(service: str, values: Mapping[str, str]) -> str:
    content = base64.b64encode(environment_file(values).encode()).decode()
    entry = {
        "path": f"/etc/strata/{service}.env",
        "owner": "root:root",
        "permissions": "0644",
        "encoding": "b64",
        "content": content,
    }
    # JSON is YAML, and needs no library to be written without surprises.
    return "#cloud-config\n" + json.dumps({"write_files": [entry]}, indent=1) + "\n"
