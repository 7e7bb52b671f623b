"""The AWS calls that every rollout makes, whatever it replaces: the record and its neighbours, alarms, messages.

A driver blocks, and its clients retry throttled calls with backoff; its async face awaits. Each call of a face
declares how it may be made: `Repeatable`, `Certain` or `Once`. What must not be made twice is a method of its own,
with a look at what the first request did.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from strata.aws.clients import ClientFor, expired
from strata.aws.outage import Patience, answered, describe_failure, error_code
from strata.aws.parameter_tree import read_below
from strata.aws.parameters import describe_history, describe_parameters, read_parameters
from strata.errors import AwsError, RolloutError
from strata.naming import break_glass_name, break_glass_of, recorded_service
from strata.rollout.break_glass_note import BreakGlass, GlassLook, read_break_glass, unreadable
from strata.rollout.denials import is_denied
from strata.rollout.record import Release, proven
from strata.rollout.registered_targets import RegisteredTargets
from strata.verdict_names import revoked_images_path

__all__ = ["GOES_ON", "AsyncAws", "BaseDriver", "Certain", "Once", "Repeatable"]


P = ParamSpec("P")
T = TypeVar("T")

GOES_ON = "goes on in AWS"
"""What becomes of a rollout that was started when nobody watches it any more, unless a deployer sees to it."""

LOOKS = 3
"""Answers that must agree before something is taken to be gone: AWS's lists are only eventually consistent."""


class BaseDriver:
    """AWS, as far as every rollout needs it.

    Args:
        client: gives the boto3 client of a service.
    """

    def __init__(self, client: ClientFor) -> None:
        self._client = client

    def alarm_states(self, names: Sequence[str]) -> dict[str, tuple[str, str]]:
        """State and reason of each alarm that exists."""
        if not names:
            return {}
        found = self._client("cloudwatch").describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        alarms = [*found.get("MetricAlarms", ()), *found.get("CompositeAlarms", ())]
        return {each["AlarmName"]: (each["StateValue"], each.get("StateReason", "")) for each in alarms}

    def parameters(self, names: Sequence[str]) -> dict[str, str]:
        """Values of the SSM parameters that exist."""
        return read_parameters(self._client, names)

    def glass_notes(self, record: str, units: Sequence[str]) -> dict[str, BreakGlass]:
        """What is noted of servers or tasks that somebody was let into, as long as that is open, by their ids.

        A note that cannot be read counts as one that is open, and says so.

        Args:
            record: name of the release record of their service.
            units: their ids. Nothing is asked of AWS where there are none.
        """
        names = {break_glass_name(record, each): each for each in units}
        if not names:
            return {}
        return _open_notes(record, {names[name]: value for name, value in self.parameters(list(names)).items()})

    def open_glass(self, record: str, apart: Sequence[str]) -> GlassLook:
        """As `glass_notes`, of all servers or tasks of a service, also of those that are gone or were put back.

        Args:
            record: name of the release record of the service.
            apart: ids of those to be asked about by name where the caller may not read all.
        """
        try:
            values = read_below(self._client, break_glass_name(record, "").rstrip("/"))
        except Exception as error:
            if not is_denied(error):
                raise
            return GlassLook(self.glass_notes(record, apart), whole=False)
        named = {name: break_glass_of(name) for name in values}
        return GlassLook(_open_notes(record, {of[1]: values[name] for name, of in named.items() if of is not None}))

    def revoked_images(self) -> dict[str, str]:
        """What revokes images by their id or digest in this account and region, by the name of its parameter."""
        return read_below(self._client, revoked_images_path(), recursive=True)

    def recorded(self, record: str) -> tuple[str | None, int]:
        """A record's value and the number of that version; None and 0 where there is no record."""
        found = next(iter(describe_parameters(self._client, [record])), None)
        return (str(found["Value"]), int(found["Version"])) if found is not None else (None, 0)

    def release(self, record: str) -> Release | None:
        """The release a record names, or None when there is no record, or one that names none.

        Raises:
            ValueError: the parameter holds something else.
        """
        value = self.parameters([record]).get(record)
        return proven(value) if value is not None else None

    def parameter_history(self, name: str) -> list[str]:
        """The values that a parameter has had, as far back as AWS keeps them; none where there is no such parameter."""
        return [str(each["Value"]) for each in describe_history(self._client, name)]

    def caller(self) -> tuple[str, str]:
        """Account and region the calls go to."""
        account = self._client("sts").get_caller_identity()["Account"]
        # not STS's own: a session may ask that of all regions
        return account, self._client("ssm").meta.region_name

    def free_addresses(self, subnets: Sequence[str]) -> int:
        """Addresses left in those of the subnets that are there, together."""
        if not subnets:
            return 0
        # by a filter, since EC2 refuses the whole list for one that is not there
        asked = [{"Name": "subnet-id", "Values": list(subnets)}]
        pages = self._client("ec2").get_paginator("describe_subnets").paginate(Filters=asked)
        return sum(each["AvailableIpAddressCount"] for page in pages for each in page["Subnets"])

    def _targets_in(self, target_group: str) -> RegisteredTargets | None:
        """What is in a target group; None where there is no such group any more."""
        try:
            answer = self._client("elbv2").describe_target_health(TargetGroupArn=target_group)
        except Exception as error:
            if error_code(error) != "TargetGroupNotFound":
                raise
            return None
        found = {each["Target"]["Id"]: each["TargetHealth"]["State"] for each in answer["TargetHealthDescriptions"]}
        return RegisteredTargets(
            frozenset(found), frozenset(target for target, state in found.items() if state == "healthy"), found
        )

    def keep_note(self, name: str, value: str) -> None:
        """Write an SSM parameter over what it held before."""
        self._client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def publish(self, topic: str, subject: str, message: str) -> None:
        """Send a message to an SNS topic; SNS accepts 100 characters of subject."""
        self._client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=message)


def _open_notes(record: str, values: Mapping[str, str]) -> dict[str, BreakGlass]:
    """Those that are open, by the id of their server or task."""
    _, service = recorded_service(record) or ("", "")
    found = {
        unit: read_break_glass(value) or unreadable(service, unit, break_glass_name(record, unit))
        for unit, value in values.items()
    }
    return {unit: note for unit, note in found.items() if note.is_open}


class Repeatable(Generic[P, T]):
    """A call of the driver as an async method: it only reads, or may be made twice without harm.

    Args:
        call: the driver's method; the async one has its name, its arguments and its answer.
    """

    def __init__(self, call: Callable[Concatenate[Any, P], T]) -> None:
        self._name = call.__name__

    def __get__(self, aws: "AsyncAws", kind: object = None) -> Callable[P, Coroutine[Any, Any, T]]:
        return partial(self._ask, aws, getattr(aws.driver, self._name))

    async def _ask(self, aws: "AsyncAws", call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await aws(call, *args, **kwargs)


class Certain(Repeatable[P, T]):
    """A look at something, which answers nothing only when several looks found nothing."""

    async def _ask(self, aws: "AsyncAws", call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await aws.certain(call, *args, **kwargs)


class Once(Repeatable[P, T]):
    """A call that decides nothing, and that nobody waits for through an outage."""

    async def _ask(self, aws: "AsyncAws", call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await aws.once(call, *args, **kwargs)


class AsyncAws:
    """Runs blocking AWS calls beside the event loop, waits outages out, and asks for credentials that have expired.

    Args:
        driver: the calls.
        renew: forgets the credentials in use.
        patience: how long an outage is waited out. Default: not at all, as for a preview.
    """

    def __init__(self, driver: Any, renew: Callable[[], None], patience: Patience | None = None) -> None:
        self.driver = driver
        self.known = ""
        """What was seen last, for the error of who has to give up."""
        self.unwatched = GOES_ON
        """What becomes of a rollout that nobody watches any more, for the same error."""
        self._renew = renew
        self._patience = patience
        self._taken = 0.0

    parameters = Repeatable(BaseDriver.parameters)
    parameters_if_answered = Once(BaseDriver.parameters)
    glass_notes = Repeatable(BaseDriver.glass_notes)
    recorded = Repeatable(BaseDriver.recorded)
    release = Repeatable(BaseDriver.release)
    parameter_history = Repeatable(BaseDriver.parameter_history)
    keep_note = Once(BaseDriver.keep_note)
    publish = Once(BaseDriver.publish)
    alarm_states = Repeatable(BaseDriver.alarm_states)
    caller = Repeatable(BaseDriver.caller)
    free_addresses = Repeatable(BaseDriver.free_addresses)

    async def __call__(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of `call`, which only reads, or may be made twice without harm.

        Raises:
            RolloutError: the credentials expired and there are no fresh ones, or the outage outlasted the deadline.
        """
        return await self._answer(partial(call, *args, **kwargs))

    async def once(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a call that decides nothing, and that nobody waits for through an outage."""
        return await answered(partial(call, *args, **kwargs), self._renew)

    async def looked_up(self, call: Callable[[], T], look: Callable[[], Awaitable[T | None]]) -> T:
        """The answer of a call that must not be made twice: before it is repeated, AWS is asked whether it acted on it.

        Args:
            call: the call.
            look: what the call would have answered, if AWS has done what it asks; None if it has not.

        Raises:
            RolloutError: as for any other call.
        """
        return await self._answer(call, look)

    async def certain(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer of a look at something; nothing only when several looks found nothing."""
        for _ in range(LOOKS - 1):
            found = await self(call, *args, **kwargs)
            if found is not None:
                return found
            if self._patience is not None:
                await self._patience.clock.sleep(self._patience.pause_seconds)
        return await self(call, *args, **kwargs)

    def take_waited(self) -> float:
        """Seconds spent waiting for AWS since the last call of this."""
        waited = self._patience.waited_seconds if self._patience else 0.0
        self._taken, since = waited, waited - self._taken
        return since

    async def _answer(self, call: Callable[[], T], look: Callable[[], Awaitable[T | None]] | None = None) -> T:
        try:
            return await answered(call, self._renew, self._patience, look=look)
        except AwsError as error:
            last = f"; last seen: {self.known}" if self.known else ""
            raise RolloutError(
                f"{error.message}{last}; a rollout that was started {self.unwatched}",
                fix="Run `pulumi up` again when AWS answers: it adopts the rollout where it is.",
            ) from error
        except Exception as error:
            if not expired(error):
                raise
            raise RolloutError(
                f"AWS no longer accepts the credentials ({describe_failure(error)}); a rollout that was started "
                f"{self.unwatched}",
                fix="Run `pulumi up` again with fresh credentials: it adopts the rollout where it is.",
            ) from error
