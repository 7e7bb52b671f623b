"""EC2 Image Builder in the local AWS: answers requests to it, one place for each account and region."""

import json
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from moto.iam import models as iam_models
from moto.utilities.utils import get_partition

from strata_rehearsal.cloud.image_builder.api_model import ApiRequest, error_status, read_request
from strata_rehearsal.cloud.image_builder.arns import PartKind
from strata_rehearsal.cloud.image_builder.build_faults import BuildFaults
from strata_rehearsal.cloud.image_builder.desk import BuildPlace, Desk
from strata_rehearsal.cloud.image_builder.image_operations import IMAGE_OPERATIONS
from strata_rehearsal.cloud.image_builder.part_operations import PART_OPERATIONS, Operation
from strata_rehearsal.cloud.image_builder.refusal import ApiRefusal, not_simulated
from strata_rehearsal.cloud.image_builder.shelf import Shelf
from strata_rehearsal.cloud.image_builder.tag_operations import TAG_OPERATIONS
from strata_rehearsal.cloud.image_builder.workflow_operations import WORKFLOW_OPERATIONS
from strata_rehearsal.cloud.world import World

__all__ = ["OPERATIONS", "ImageBuilderService", "respond"]

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {**PART_OPERATIONS, **IMAGE_OPERATIONS, **WORKFLOW_OPERATIONS, **TAG_OPERATIONS}
)
"""What is simulated; every other operation of the service is refused by its name."""

_WITHOUT_REQUEST_ID: Final = frozenset(TAG_OPERATIONS)


class ImageBuilderService:
    """The service.

    Args:
        world: simulated time.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._places: dict[tuple[str, str], BuildPlace] = {}
        self.faults = BuildFaults()

    def places(self) -> list[BuildPlace]:
        """Every account and region that was asked for something."""
        return list(self._places.values())

    def recipes(self, account: str, region: str) -> list[tuple[str, str]]:
        """The ARN and the parent image of each recipe of an account in a region."""
        found = self._place(account, region).shelf.of(PartKind.RECIPE)
        return [(each.arn, each.settings["parentImage"]) for each in found]

    def answer(self, key: str, region: str, request: ApiRequest) -> dict[str, Any]:
        """What the service answers.

        Args:
            key: the access key by which the request was signed.
            region: the region it was sent to.
            request: what it asks for.

        Raises:
            ApiRefusal: an error of the API.
        """
        operation = OPERATIONS.get(request.operation)
        if operation is None:
            raise not_simulated(f"The operation {request.operation} of EC2 Image Builder")
        place = self._place(iam_models.get_account_id_from(key), region)
        desk = Desk(self._world, self.faults, place, request.parameters)
        token = request.parameters.get("clientToken")
        if token is None:
            return self._completed(request, operation(desk))
        asked = json.dumps({**request.parameters, "clientToken": ""}, sort_keys=True)
        known = place.shelf.answers.get((request.operation, token))
        if known is not None:
            if known[0] != asked:
                raise ApiRefusal(
                    "IdempotentParameterMismatchException",
                    "The request uses the same client token as a previous, but non-identical request. Do not reuse a "
                    "client token with different requests.",
                )
            return dict(known[1])
        answer = {**self._completed(request, operation(desk)), "clientToken": token}
        place.shelf.answers[request.operation, token] = asked, answer
        return answer

    def _place(self, account: str, region: str) -> BuildPlace:
        found = self._places.get((account, region))
        if found is None:
            found = self._places[account, region] = BuildPlace(Shelf(account, region, get_partition(region)))
        return found

    def _completed(self, request: ApiRequest, answer: Mapping[str, Any]) -> dict[str, Any]:
        if request.operation in _WITHOUT_REQUEST_ID:
            return dict(answer)
        return {"requestId": str(uuid.uuid4()), **answer}


def respond(
    service: ImageBuilderService, key: str, region: str, method: str, path: str, query: str, body: bytes
) -> tuple[int, list[tuple[str, str]], bytes]:
    """The HTTP response to a request: status, headers and body."""
    try:
        status, answer = 200, service.answer(key, region, read_request(method, path, query, body))
        headers: list[tuple[str, str]] = []
    except ApiRefusal as refused:
        status = error_status(refused.code)
        answer = {"__type": refused.code, "message": refused.message}
        headers = [("x-amzn-ErrorType", refused.code)]
    content = json.dumps(answer).encode()
    return status, [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(content)))], content
