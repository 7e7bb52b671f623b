"""Listeners and their rules."""

from collections.abc import Mapping
from typing import Any

from strata_rehearsal.plugin.live_resource import LiveResource, dig
from strata_rehearsal.plugin.type_row import ID, ApiCall, Lookup, P, PropertyStep, TypeRow, sends
from strata_rehearsal.plugin.types.tagging import elb_tags

__all__ = ["ROWS"]

_ACTIONS = {
    "forward": "ForwardConfig",
    "redirect": "RedirectConfig",
    "fixedResponse": "FixedResponseConfig",
    "authenticateCognito": "AuthenticateCognitoConfig",
    "authenticateOidc": "AuthenticateOidcConfig",
    "jwtValidation": "JwtValidationConfig",
    "arn": "TargetGroupArn",
    "stickiness": "TargetGroupStickinessConfig",
    "duration": "DurationSeconds",
}
_FIELDS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}
FIRST_PRIORITY, LAST_PRIORITY = 1, 50_000


def _conditions(blocks: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each block names what it looks at by which member it has."""
    conditions: list[dict[str, Any]] = []
    for block in blocks:
        for name, (field, member) in _FIELDS.items():
            if block.get(name):
                inner = {key[:1].upper() + key[1:]: value for key, value in block[name].items()}
                conditions.append({"Field": field, member: inner})
        if block.get("queryStrings"):
            values = [{key.capitalize(): value for key, value in each.items()} for each in block["queryStrings"]]
            conditions.append({"Field": "query-string", "QueryStringConfig": {"Values": values}})
    return conditions


def _described_conditions(_resource: LiveResource, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    for condition in found.get("Conditions") or []:
        if condition["Field"] == "query-string":
            values = condition["QueryStringConfig"]["Values"]
            blocks.append({"queryStrings": [{key.lower(): value for key, value in each.items()} for each in values]})
        for name, (field, member) in _FIELDS.items():
            if condition["Field"] == field:
                # Older answers carry the values beside the field, newer ones inside the config.
                inner = condition.get(member) or {"Values": condition.get("Values") or []}
                blocks.append({name: {key[:1].lower() + key[1:]: value for key, value in inner.items()}})
    return blocks


def _priority(resource: LiveResource) -> int:
    """The program's own, else the first free one, as the provider picks it."""
    given = resource.inputs.get("priority")
    if given is not None:
        return int(given)
    rules = resource.aws("describe_rules", ListenerArn=resource.inputs["listenerArn"])["Rules"]
    taken = {int(rule["Priority"]) for rule in rules if rule["Priority"].isdigit()}
    return next(each for each in range(FIRST_PRIORITY, LAST_PRIORITY + 1) if each not in taken)


def _listener_settings() -> dict[str, Any]:
    return {
        **sends("port protocol sslPolicy mutualAuthentication defaultActions"),
        "AlpnPolicy": P("alpnPolicy", lambda policy: [policy]),
        "Certificates": P("certificateArn", lambda arn: [{"certificateArn": arn}]),
    }


def _protocol(resource: LiveResource) -> str:
    """An application load balancer's listener speaks HTTP unless a certificate says otherwise."""
    given = resource.get("protocol")
    return str(given) if given else "HTTPS" if resource.inputs.get("certificateArn") else "HTTP"


def _alpn(_resource: LiveResource, found: Mapping[str, Any]) -> str | None:
    return dig(found, "AlpnPolicy[0]")


LISTENER = TypeRow(
    tokens=("aws:lb/listener:Listener", "aws:alb/listener:Listener"),
    service="elbv2",
    create=ApiCall(
        "create_listener", {"LoadBalancerArn": P("loadBalancerArn"), **_listener_settings(), "Protocol": _protocol}
    ),
    id="Listeners[0].ListenerArn",
    read=Lookup(
        ApiCall("describe_listeners", {"ListenerArns": [ID]}),
        "Listeners[0]",
        ("ListenerNotFound", "LoadBalancerNotFound"),
    ),
    steps=(
        PropertyStep(
            "port protocol sslPolicy mutualAuthentication defaultActions alpnPolicy certificateArn",
            ApiCall("modify_listener", {"ListenerArn": ID, **_listener_settings()}),
            on_create=False,
        ),
    ),
    delete=ApiCall("delete_listener", {"ListenerArn": ID}),
    replace="loadBalancerArn",
    renames=_ACTIONS,
    outputs={
        "arn": "ListenerArn",
        "alpnPolicy": _alpn,
        "certificateArn": "Certificates[0].CertificateArn",
        "sslPolicy": lambda _, found: found.get("SslPolicy") or "",
    },
    tagging=elb_tags(),
    recorded=(
        "routingHttpRequestXAmznMtlsClientcertHeaderName "
        "routingHttpRequestXAmznMtlsClientcertIssuerHeaderName "
        "routingHttpRequestXAmznMtlsClientcertLeafHeaderName "
        "routingHttpRequestXAmznMtlsClientcertSerialNumberHeaderName "
        "routingHttpRequestXAmznMtlsClientcertSubjectHeaderName "
        "routingHttpRequestXAmznMtlsClientcertValidityHeaderName "
        "routingHttpRequestXAmznTlsCipherSuiteHeaderName routingHttpRequestXAmznTlsVersionHeaderName "
        "routingHttpResponseAccessControlAllowCredentialsHeaderValue "
        "routingHttpResponseAccessControlAllowHeadersHeaderValue "
        "routingHttpResponseAccessControlAllowMethodsHeaderValue "
        "routingHttpResponseAccessControlAllowOriginHeaderValue "
        "routingHttpResponseAccessControlExposeHeadersHeaderValue "
        "routingHttpResponseAccessControlMaxAgeHeaderValue "
        "routingHttpResponseContentSecurityPolicyHeaderValue routingHttpResponseServerEnabled "
        "routingHttpResponseStrictTransportSecurityHeaderValue "
        "routingHttpResponseXContentTypeOptionsHeaderValue routingHttpResponseXFrameOptionsHeaderValue "
        "tcpIdleTimeoutSeconds mutualAuthentication"
    ),
)

RULE = TypeRow(
    tokens=("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"),
    service="elbv2",
    create=ApiCall(
        "create_rule",
        {
            "ListenerArn": P("listenerArn"),
            "Priority": _priority,
            "Conditions": lambda r: _conditions(r.inputs["conditions"]),
            "Actions": P("actions"),
        },
    ),
    id="Rules[0].RuleArn",
    read=Lookup(ApiCall("describe_rules", {"RuleArns": [ID]}), "Rules[0]", ("RuleNotFound", "ListenerNotFound")),
    steps=(
        PropertyStep(
            "priority",
            ApiCall(
                "set_rule_priorities",
                {"RulePriorities": [{"RuleArn": ID, "Priority": P("priority")}]},
                needs="priority",
            ),
            on_create=False,
        ),
        # the provider sends what changed and no more: the weights in the other may be somebody else's by now
        PropertyStep(
            "conditions",
            ApiCall("modify_rule", {"RuleArn": ID, "Conditions": lambda r: _conditions(r.inputs["conditions"])}),
            on_create=False,
        ),
        PropertyStep("actions", ApiCall("modify_rule", {"RuleArn": ID, "Actions": P("actions")}), on_create=False),
    ),
    delete=ApiCall("delete_rule", {"RuleArn": ID}),
    replace="listenerArn",
    renames=_ACTIONS,
    outputs={"arn": "RuleArn", "conditions": _described_conditions},
    tagging=elb_tags(),
    recorded="transforms",
)

ROWS = (LISTENER, RULE)
