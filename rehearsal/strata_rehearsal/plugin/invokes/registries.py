"""How one logs in to a registry of container images."""

from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.engine_values import Properties

__all__ = ["FUNCTIONS"]


def _login(cloud: AwsConnection, arguments: Properties) -> Properties:
    region = arguments.get("region") or cloud.settings.region
    return {
        **arguments,
        "id": region,
        "region": region,
        "userName": "AWS",
        "password": "rehearsal",
        "authorizationToken": "QVdTOnJlaGVhcnNhbA==",
        "expiresAt": "2100-01-01T00:00:00Z",
        "proxyEndpoint": f"https://{cloud.account}.dkr.ecr.{region}.{cloud.suffix}",
    }


FUNCTIONS = {"aws:ecr/getAuthorizationToken:getAuthorizationToken": _login}
