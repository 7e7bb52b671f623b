"""SSM parameters, read by a program."""

from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties
from strata_rehearsal.plugin.invokes.result import described

__all__ = ["FUNCTIONS"]

_PARAMETER = "aws:ssm/getParameter:getParameter"


def _parameter(cloud: AwsConnection, arguments: Properties) -> Properties:
    decrypt = bool(arguments.get("withDecryption", True))
    region = arguments.get("region") or cloud.settings.region
    found = cloud.call("ssm", "get_parameter", region, Name=arguments["name"], WithDecryption=decrypt)["Parameter"]
    plain = found["Value"] if found["Type"] != "SecureString" else ""
    return described(_PARAMETER, arguments, found, id=found["Name"], insecureValue=plain, region=region)


FUNCTIONS = {_PARAMETER: _parameter}
