"""Registers the rules with Pulumi's policy SDK, the optional extra `policy`.

`strata/policy/pack` is the folder for `--policy-pack`; all it does is call `serve`.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from strata.clock import clock_from_environment
from strata.policy.rule import IMAGE_DAYS, REQUIRED_TAGS, Rule, Severity, Terms
from strata.policy.rules import RULES, judge
from strata.resources.resource import Options, Resource
from strata.resources.values import plain
from strata.settings.dates import day, today
from strata.stage import Stage

__all__ = ["PACK", "policies", "serve"]

PACK: Final = "strata"
"""Name of the policy pack."""

_LEVELS = {Severity.ADVISORY: EnforcementLevel.ADVISORY, Severity.MANDATORY: EnforcementLevel.MANDATORY}

_SCHEMAS = {
    "image-age": PolicyConfigSchema(
        {"days": {"type": "number", "default": IMAGE_DAYS, "description": "Days after which an image is old."}}
    ),
    "required-tags": PolicyConfigSchema(
        {
            "keys": {
                "type": "array",
                "items": {"type": "string"},
                "default": list(REQUIRED_TAGS),
                "description": "Keys that everything with tags must carry.",
            }
        }
    ),
}
"""What a person may configure, by rule; its level can be configured for every one."""


def serve() -> None:
    """Serve the pack to the engine until it is gone."""
    PolicyPack(PACK, policies(RULES))


def policies(rules: Sequence[Rule]) -> list[Policy]:
    """The rules as policies of the SDK. One that reads outputs is asked once, when the whole stack is known."""
    return [_of_the_stack(rule) if rule.reads_outputs else _of_a_resource(rule) for rule in rules]


def _of_a_resource(rule: Rule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(
            type=args.resource_type,
            name=args.name,
            urn=args.urn,
            inputs=_plain(args.props),
            options=Options(protect=bool(args.opts.protect)),
        )
        _report(rule, [resource], _terms(args.get_config()), report)

    return ResourceValidationPolicy(rule.id, rule.sentence, validate, _LEVELS[rule.severity], _SCHEMAS.get(rule.id))


def _of_the_stack(rule: Rule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [
            Resource(
                type=each.resource_type,
                name=each.name,
                urn=each.urn,
                outputs=_plain(each.props),
                options=Options(protect=bool(each.opts.protect)),
            )
            for each in args.resources
        ]
        _report(rule, resources, _terms(args.get_config()), report)

    return StackValidationPolicy(rule.id, rule.sentence, validate, _LEVELS[rule.severity], _SCHEMAS.get(rule.id))


def _report(rule: Rule, resources: Iterable[Resource], terms: Terms, report: ReportViolation) -> None:
    for finding in judge(resources, terms, [rule]):
        report(finding.message, finding.resource.urn)


def _plain(props: Mapping[str, Any]) -> Any:
    """The SDK's proxies raise at a value that is not known yet; the rules would rather see that it is not."""
    return plain(_unwrapped(props))


def _unwrapped(value: Any) -> Any:
    target = value["__target"] if type(value).__module__ == "pulumi_policy.proxy" else value
    if isinstance(target, Mapping):
        return {key: _unwrapped(each) for key, each in target.items()}
    if isinstance(target, list):
        return [_unwrapped(each) for each in target]
    return target


def _terms(config: Mapping[str, Any]) -> Terms:
    """What holds for the stack: its own configuration, and that of the rule."""
    stack = json.loads(os.environ.get("PULUMI_CONFIG") or "{}")
    stage = stack.get("strata:stage")
    return Terms(
        stage=Stage(stage) if stage in set(Stage) else Terms().stage,
        now=clock_from_environment().now(),
        teardown=_in_force(stack.get("strata:teardown")),
        required_tags=tuple(config.get("keys") or REQUIRED_TAGS),
        image_days=float(config.get("days") or IMAGE_DAYS),
    )


def _in_force(declared: str | None) -> bool:
    """Whether a teardown is declared and not over. A program of Strata's would not run with any other."""
    try:
        until = json.loads(declared or "")["until"]
        return day(until) >= today()
    except (ValueError, KeyError, TypeError):
        return False
