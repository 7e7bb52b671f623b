"""AWS's answers in unit tests: made up, but of the right shape."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import MockCallArgs, MockResourceArgs, Mocks

from strata.aws.facts.architecture import Architecture

__all__ = ["CloudMocks", "MockImage"]

_ACCOUNT = "123456789012"
_SERVICE = "aws:ecs/service:Service"
_NAMED_IN_ARN = {
    _SERVICE: "service/{cluster}/{name}",
    "aws:ecs/taskDefinition:TaskDefinition": "task-definition/{name}:1",
}
"""How the ARN of a type ends, where it is not the name alone."""
_KNOWN_BY_ARN = frozenset({_SERVICE})
"""Types whose id is their ARN."""


@dataclass(frozen=True)
class MockImage:
    """A machine image that exists in the test's AWS. Later ones in a list are newer."""

    app: str
    version: str
    id: str
    architecture: str = Architecture.X86_64
    root_device_name: str = "/dev/xvda"
    state: str = "available"
    deprecation_time: str = ""
    owner: str = "self"
    root_gib: int = 8
    platform: str = ""

    def matches(self, name: str, values: Sequence[str]) -> bool:
        """Whether one filter of a lookup lets the image through."""
        known = {
            "image-id": self.id,
            "tag:app": self.app,
            "tag:app_version": self.version,
            "state": self.state,
            "architecture": self.architecture,
        }
        if name not in known:
            raise NotImplementedError(f"these mocks do not know the image filter {name!r}")
        return known[name] in values


@dataclass
class CloudMocks(Mocks):
    """Answers lookups, and gives every resource an id and the outputs other resources read.

    Args:
        images: machine images that exist, oldest first.
        parameters: SSM parameters that exist, by name.
        zones: the region's availability zones.
        region: the region.
        partition: the partition, such as aws or aws-us-gov.
        dns_suffix: the partition's domain.
        subnet_zones: the zone of each subnet of a network that exists. Default: those asked for together are in one
            zone after the other.
    """

    images: Sequence[MockImage] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    zones: Sequence[str] = ("eu-west-1a", "eu-west-1b", "eu-west-1c")
    region: str = "eu-west-1"
    partition: str = "aws"
    dns_suffix: str = "amazonaws.com"
    subnet_zones: dict[str, str] = field(default_factory=dict)

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer a lookup.

        Raises:
            NotImplementedError: for one Strata does not use; override this method to answer it.
        """
        answers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "aws:ec2/getAmiIds:getAmiIds": self._ami_ids,
            "aws:ec2/getAmi:getAmi": self._ami,
            "aws:ecr/getAuthorizationToken:getAuthorizationToken": self._registry_login,
            "aws:ssm/getParameter:getParameter": self._parameter,
            "aws:index/getAvailabilityZones:getAvailabilityZones": self._zones,
            "aws:index/getPartition:getPartition": self._partition,
            "aws:index/getRegion:getRegion": self._region,
            "aws:ec2/getSubnets:getSubnets": self._subnets,
            "aws:ec2/getSubnet:getSubnet": self._subnet,
        }
        if args.token not in answers:
            raise NotImplementedError(f"these mocks do not know the lookup {args.token}: override CloudMocks.call")
        return answers[args.token](args.args), []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """An id, and the inputs with what AWS would add."""
        if not args.custom:
            return None, dict(args.inputs)
        physical = str(args.inputs.get("name") or f"{args.name}-{_digits(args.typ, args.name)}")
        arn = self._arn(args.typ, physical, str(args.inputs.get("cluster") or "default"))
        outputs: dict[str, Any] = {"name": physical, "arn": arn, **args.inputs}
        outputs.update(self._computed(args.typ, physical))
        outputs.update(_proofs(args))
        outputs.update(_pushed(args))
        return arn if args.typ in _KNOWN_BY_ARN else f"{physical}-id", outputs

    def _arn(self, type_: str, name: str, cluster: str) -> str:
        service = type_.split(":")[1].split("/", maxsplit=1)[0]
        # a service names its cluster by name or by ARN
        end = _NAMED_IN_ARN.get(type_, "{name}").format(name=name, cluster=re.split("[:/]", cluster)[-1])
        return f"arn:{self.partition}:{service}:{self.region}:{_ACCOUNT}:{end}"

    def _computed(self, type_: str, name: str) -> dict[str, Any]:
        computed: dict[str, Callable[[], dict[str, Any]]] = {
            "aws:ec2/launchTemplate:LaunchTemplate": lambda: {"latestVersion": 1, "defaultVersion": 1},
            "aws:ssm/document:Document": lambda: {"latestVersion": "1", "defaultVersion": "1"},
            "aws:ssm/association:Association": lambda: {"associationId": f"{_digits(type_, name)}-association"},
            "aws:lb/loadBalancer:LoadBalancer": lambda: {
                "arnSuffix": f"app/{name}/0",
                "dnsName": f"{name}.{self.region}.elb.{self.dns_suffix}",
                "zoneId": "Z0",
            },
            "aws:lb/targetGroup:TargetGroup": lambda: {"arnSuffix": f"targetgroup/{name}/0"},
            "aws:ecr/repository:Repository": lambda: {
                "repositoryUrl": f"{_ACCOUNT}.dkr.ecr.{self.region}.{self.dns_suffix}/{name.lower()}"
            },
            "aws:rds/instance:Instance": lambda: self._database(name),
        }
        return computed.get(type_, dict[str, Any])()

    def _database(self, name: str) -> dict[str, Any]:
        arn = f"arn:{self.partition}:secretsmanager:{self.region}:{_ACCOUNT}:secret:rds!{name}"
        return {
            "identifier": name,
            "arn": f"arn:{self.partition}:rds:{self.region}:{_ACCOUNT}:db:{name}",
            "address": f"{name}.{self.region}.rds.{self.dns_suffix}",
            "resourceId": f"db-{name.upper()}",
            "masterUserSecrets": [{"secretArn": arn, "secretStatus": "active", "kmsKeyId": ""}],
        }

    def _matching(self, args: Mapping[str, Any]) -> list[MockImage]:
        owners = args.get("owners") or ["self"]
        filters = args.get("filters") or []
        return [
            image
            for image in reversed(self.images)
            if image.owner in owners and all(image.matches(it["name"], it["values"]) for it in filters)
        ]

    def _ami_ids(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {**args, "id": "0", "ids": [image.id for image in self._matching(args)]}

    def _ami(self, args: Mapping[str, Any]) -> dict[str, Any]:
        found = self._matching(args)
        if len(found) != 1:
            raise LookupError(f"a lookup of one image found {len(found)}")
        image = found[0]
        return {
            **args,
            "id": image.id,
            "imageId": image.id,
            "name": f"{image.app}-{image.version}",
            "architecture": image.architecture,
            "rootDeviceName": image.root_device_name,
            "state": image.state,
            "creationDate": _baked(self.images.index(image)),
            "deprecationTime": image.deprecation_time,
            "platform": image.platform,
            "blockDeviceMappings": [
                {
                    "deviceName": image.root_device_name,
                    "ebs": {"volume_size": str(image.root_gib)},
                    "noDevice": "",
                    "virtualName": "",
                }
            ],
            # tags of an image that another account shares are not visible
            "tags": {"app": image.app, "app_version": image.version} if image.owner == "self" else {},
        }

    def _parameter(self, args: Mapping[str, Any]) -> dict[str, Any]:
        name = args["name"]
        if name not in self.parameters:
            raise LookupError(f"there is no SSM parameter {name}")
        value = self.parameters[name]
        return {"id": name, "name": name, "type": "String", "value": value, "insecureValue": value, "version": 1}

    def _zones(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {**args, "id": self.region, "names": list(self.zones), "zoneIds": list(self.zones), "groupNames": []}

    def _subnets(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The subnets asked for by id: all are there, in one zone after the other."""
        asked = next((it["values"] for it in args.get("filters") or [] if it["name"] == "subnet-id"), [])
        for place, subnet in enumerate(asked):
            self.subnet_zones.setdefault(subnet, self.zones[place % len(self.zones)])
        return {**args, "id": self.region, "ids": list(asked)}

    def _subnet(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {**args, "availabilityZone": self.subnet_zones.get(args["id"], self.zones[0])}

    def _registry_login(self, args: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = f"https://{_ACCOUNT}.dkr.ecr.{self.region}.{self.dns_suffix}"
        login = {"userName": "AWS", "password": "mock", "authorizationToken": "QVdTOm1vY2s="}
        return {**args, **login, "id": self.region, "proxyEndpoint": endpoint, "expiresAt": "2026-01-01T12:00:00Z"}

    def _partition(self, _: Mapping[str, Any]) -> dict[str, Any]:
        reverse = ".".join(reversed(self.dns_suffix.split(".")))
        return {
            "id": self.partition,
            "partition": self.partition,
            "dnsSuffix": self.dns_suffix,
            "reverseDnsPrefix": reverse,
        }

    def _region(self, _: Mapping[str, Any]) -> dict[str, Any]:
        endpoint = f"ec2.{self.region}.{self.dns_suffix}"
        return {"id": self.region, "name": self.region, "region": self.region, "description": "", "endpoint": endpoint}


def _proofs(args: MockResourceArgs) -> dict[str, Any]:
    """What ACM asks for as a proof of each name, and the name of a DNS record as AWS has it."""
    if args.typ == "aws:route53/record:Record":
        return {"fqdn": args.inputs["name"]}
    if args.typ != "aws:acm/certificate:Certificate":
        return {}
    names = [args.inputs["domainName"], *(args.inputs.get("subjectAlternativeNames") or [])]
    proofs = [
        {
            "domainName": name,
            "resourceRecordName": f"_proof.{name.removeprefix('*.')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": "_proof.acm-validations.aws.",
        }
        for name in reversed(names)
    ]
    return {"domainValidationOptions": proofs}


def _pushed(args: MockResourceArgs) -> dict[str, Any]:
    """The digest of an image that was built: another one for each set of inputs."""
    digest = hashlib.sha256(repr(sorted(args.inputs.items())).encode()).hexdigest()
    if args.typ == "docker:index/image:Image":
        return {"repoDigest": f"{str(args.inputs['imageName']).rpartition(':')[0]}@sha256:{digest}"}
    return {"sha256Digest": f"sha256:{digest}"} if args.typ == "docker:index/registryImage:RegistryImage" else {}


def _baked(order: int) -> str:
    """When the image at a place in the list was baked: a second after the one before."""
    return f"2026-01-01T00:{order // 60:02}:{order % 60:02}.000Z"


def _digits(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:7]
