"""Assertions for tests of programs that use Strata, the policies' rules among them; each message says what to do."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from strata.policy import Terms, judge
from strata.policy.rules.containers import DIGEST_ONLY
from strata.resources.resource import Graph, Resource
from strata.resources.values import plain
from strata.spectrum import Mutability
from strata.stage import Stage
from strata.tags import STAGE_TAG, tagged_class

__all__ = [
    "assert_capacity_is_left_alone",
    "assert_images_are_pinned",
    "assert_metadata_is_protected",
    "assert_names_are_free",
    "assert_not_open_to_the_world",
    "assert_policies",
    "assert_protected",
    "assert_tagged",
    "assert_volumes_are_encrypted",
    "judged",
]

_GROUP = "aws:autoscaling/group:Group"
_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
_REPLACEABLE = {
    "aws:lb/targetGroup:TargetGroup",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:autoscaling/group:Group",
    _TEMPLATE,
}
_WORLD = {"0.0.0.0/0", "::/0"}


def assert_images_are_pinned(graph: Graph) -> None:
    """Every template names an image id, every group a numbered version of its template, every container a digest."""
    for template in graph.of_type(_TEMPLATE):
        image = str(template.inputs.get("imageId", ""))
        _expect(
            image.startswith("ami-"), template, f"runs the image {image!r}", "name an image id, not an alias of one"
        )
    for group in graph.of_type(_GROUP):
        version = str((group.inputs.get("launchTemplate") or {}).get("version", ""))
        _expect(
            version.isdigit(),
            group,
            f"is on template version {version!r}",
            "use the template's latest_version as text: $Latest never starts a rollout and cannot be rolled back",
        )
    for resource in judged(graph):
        findings = tuple(DIGEST_ONLY.check(resource, Terms()))
        _expect(not findings, resource, " and ".join(findings), "name it as repository@sha256:...")


def assert_capacity_is_left_alone(graph: Graph) -> None:
    """No deploy resets the capacity that scaling has chosen, or saves a template before it is rolled out.

    A template of servers that are changed in place is rolled out to nobody: it is for those that are launched later.
    """
    for group in graph.of_type(_GROUP):
        in_place = tagged_class(group.inputs.get("tags")) is Mutability.CONTROLLED
        for ignored in ("desiredCapacity", *(() if in_place else ("launchTemplate",))):
            _expect(
                ignored in group.options.ignore_changes,
                group,
                f"does not ignore changes of {ignored}",
                f'set ignore_changes=["{ignored}"] on the group itself; on a component it does nothing',
            )


def assert_metadata_is_protected(graph: Graph) -> None:
    """Every template demands IMDSv2 and keeps containers from asking."""
    for template in graph.of_type(_TEMPLATE):
        options = template.inputs.get("metadataOptions") or {}
        _expect(options.get("httpTokens") == "required", template, "allows IMDSv1", "set metadata_options.http_tokens")
        hops = options.get("httpPutResponseHopLimit")
        _expect(
            hops == 1, template, f"has the hop limit {hops}", "set metadata_options.http_put_response_hop_limit to 1"
        )


def assert_volumes_are_encrypted(graph: Graph) -> None:
    """Every volume of every template is encrypted."""
    for template in graph.of_type(_TEMPLATE):
        mappings = template.inputs.get("blockDeviceMappings") or []
        _expect(bool(mappings), template, "says nothing about its root volume", "give it a block device mapping")
        for mapping in mappings:
            encrypted = str((mapping.get("ebs") or {}).get("encrypted", "")).lower()
            _expect(
                encrypted == "true",
                template,
                f"has an unencrypted volume {mapping.get('deviceName')}",
                'set ebs.encrypted to "true"',
            )


def assert_not_open_to_the_world(graph: Graph, *, except_for: Collection[str] = ()) -> None:
    """No security group lets the whole internet in.

    Args:
        graph: what the program registered.
        except_for: names of rules that may, such as those of a public load balancer.
    """
    for rule in graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"):
        ranges = {rule.inputs.get("cidrIpv4"), rule.inputs.get("cidrIpv6")}
        _expect(
            rule.name in except_for or not ranges & _WORLD,
            rule,
            "lets in the whole internet",
            "refer to a security group instead, or name the rule in except_for",
        )
    for group in graph.of_type("aws:ec2/securityGroup:SecurityGroup"):
        for rule in group.inputs.get("ingress") or []:
            ranges = {*(rule.get("cidrBlocks") or []), *(rule.get("ipv6CidrBlocks") or [])}
            _expect(
                group.name in except_for or not ranges & _WORLD,
                group,
                "lets in the whole internet",
                "refer to a security group instead, or name the group in except_for",
            )


def assert_names_are_free(graph: Graph) -> None:
    """Nothing that AWS must be able to replace has a fixed name: the new one has to exist beside the old."""
    for resource in graph:
        if resource.type in _REPLACEABLE:
            _expect(
                not resource.inputs.get("name"),
                resource,
                f"has the fixed name {resource.inputs.get('name')!r}",
                "leave the name out and let Pulumi choose one",
            )


def assert_protected(graph: Graph, types: Iterable[str]) -> None:
    """Every resource of these types is protected against deletion by Pulumi, and there is one of each type."""
    for type_ in types:
        found = graph.of_type(type_)
        if not found:
            raise AssertionError(f"there is no {type_}, protected or not: correct the type, or remove it from the list")
        for resource in found:
            _expect(resource.protected, resource, "is not protected", "set protect: true in its settings")


def assert_tagged(graph: Graph, keys: Iterable[str]) -> None:
    """Every resource that has tags at all has these; an instance's tags count too."""
    wanted = set(keys)
    for resource in graph:
        for tags in _tag_sets(resource):
            missing = wanted - set(tags)
            _expect(
                not missing, resource, f"lacks the tags {', '.join(sorted(missing))}", "add them to its settings' tags"
            )


def _tag_sets(resource: Resource) -> list[set[str]]:
    tags = resource.inputs.get("tags")
    found = [] if tags is None else [{tag["key"] for tag in tags} if isinstance(tags, list) else set(tags)]
    return found + [set(it.get("tags") or {}) for it in resource.inputs.get("tagSpecifications") or []]


def _expect(holds: object, resource: Resource, finding: str, remedy: str) -> None:
    if not holds:
        raise AssertionError(f"{resource} {finding}: {remedy}")


def assert_policies(graph: Graph, *, terms: Terms | None = None, except_for: Collection[str] = ()) -> None:
    """No resource breaks a mandatory rule of the policy pack; advisory ones are not held against it.

    Args:
        graph: what the program registered.
        terms: the stage and what else holds for the stack. Default: the stage its resources are tagged with, or prod.
        except_for: ids of rules that this program may break.

    Raises:
        AssertionError: with every finding and how to mend it.
    """
    found = judge(judged(graph), terms or Terms(stage=_stage(graph)))
    broken = [each for each in found if each.mandatory and each.rule.id not in except_for]
    if broken:
        raise AssertionError("\n".join(map(str, broken)))


def judged(graph: Graph) -> Iterator[Resource]:
    """What the rules judge: every resource with its inputs, and components with what they registered as outputs."""
    for each in graph:
        yield replace(each, inputs=plain(each.inputs), outputs=plain(graph.outputs.get(each.urn, {})))


def _stage(graph: Graph) -> Stage:
    for each in graph:
        tags = each.inputs.get("tags")
        if isinstance(tags, dict) and STAGE_TAG in tags:
            return Stage(tags[STAGE_TAG])
    return Terms().stage
