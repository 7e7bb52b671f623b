"""RDS and Secrets Manager, as far as the hooks of a database call them."""

from typing import Any

__all__ = ["Cloud", "FakeClock"]


class FakeClock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class RefusedError(Exception):
    """What botocore raises, by its code."""

    def __init__(self, code: str) -> None:
        self.response = {"Error": {"Code": code}}
        super().__init__(code)


class Cloud:
    """Instances and secrets.

    Args:
        instances: what is particular about each, by identifier.
    """

    def __init__(self, instances: dict[str, dict[str, Any]]) -> None:
        self.instances = {
            name: {
                "DBInstanceIdentifier": name,
                "DBInstanceStatus": "available",
                "Engine": "postgres",
                "MasterUsername": "dbadmin",
                "Endpoint": {"Address": f"{name}.example.internal", "Port": 5432},
                **given,
            }
            for name, given in instances.items()
        }
        self.secrets: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.calls: list[str] = []
        self.changes: list[dict[str, Any]] = []
        self.busy: dict[str, int] = {}
        """Looks at an instance that find it busy."""
        self.deaf = False
        """RDS takes changes and does nothing."""
        self.expired = False
        self._stop: tuple[str, str] | None = None

    def client(self, _service: str) -> "Cloud":
        return self

    def stop_at(self, operation: str, when: str) -> None:
        """Let the next such call end as Ctrl-C would, before or after it did its work."""
        self._stop = (operation, when)

    def describe_db_instances(self, *, DBInstanceIdentifier: str) -> dict[str, Any]:  # noqa: N803  AWS's words
        self._called("describe_db_instances")
        found = dict(self.instances[DBInstanceIdentifier])
        if self.busy.get(DBInstanceIdentifier, 0) > 0:
            self.busy[DBInstanceIdentifier] -= 1
            found["DBInstanceStatus"] = "modifying"
        return {"DBInstances": [found]}

    def modify_db_instance(self, *, DBInstanceIdentifier: str, **changes: Any) -> None:  # noqa: N803  AWS's words
        self._called("modify_db_instance")
        self._interrupted("modify_db_instance", "before")
        self.changes.append({"DBInstanceIdentifier": DBInstanceIdentifier, **changes})
        if not self.deaf:
            self._change(DBInstanceIdentifier, changes)
        self.busy[DBInstanceIdentifier] = 2
        self._interrupted("modify_db_instance", "after")

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803  AWS's words
        self._called("get_secret_value")
        if SecretId not in self.secrets:
            raise RefusedError("ResourceNotFoundException")
        return {"SecretString": self.secrets[SecretId]}

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> None:  # noqa: N803  AWS's words
        self._called("put_secret_value")
        self._interrupted("put_secret_value", "before")
        self.secrets[SecretId] = SecretString
        self._interrupted("put_secret_value", "after")

    def _change(self, name: str, changes: dict[str, Any]) -> None:
        instance = self.instances[name]
        if changes.get("ManageMasterUserPassword") is False:
            instance.pop("MasterUserSecret")
        if "MasterUserPassword" in changes:
            self.passwords[name] = changes["MasterUserPassword"]
        if "EngineVersion" in changes:
            instance["EngineVersion"] = changes["EngineVersion"]

    def _called(self, operation: str) -> None:
        if self.expired:
            raise RefusedError("ExpiredToken")
        self.calls.append(operation)

    def _interrupted(self, operation: str, when: str) -> None:
        if self._stop == (operation, when):
            self._stop = None
            raise KeyboardInterrupt
