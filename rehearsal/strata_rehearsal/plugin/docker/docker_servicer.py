"""The gRPC side of the docker plugin: that of AWS's, with other resources behind it."""

# The methods are named, and called with both arguments, by gRPC.
# ruff: noqa: N802, ARG002

import os
from pathlib import Path
from typing import Any

from pulumi.runtime.proto import provider_pb2

from strata.clock import Clock
from strata_rehearsal.plugin.connection import AwsConnection
from strata_rehearsal.plugin.creation_journal import CreationJournal
from strata_rehearsal.plugin.docker.container_images import ContainerImages
from strata_rehearsal.plugin.docker.engine_log import EngineLog
from strata_rehearsal.plugin.docker.image_builder import ImageBuilder
from strata_rehearsal.plugin.provider_settings import ENDPOINT_VARIABLE, ProviderSettings
from strata_rehearsal.plugin.servicer import Servicer

__all__ = ["DockerServicer"]

REGION = "us-east-1"
"""Of a connection that is asked for the registry only, which has no region."""


class DockerServicer(Servicer):
    """Answers the engine for pulumi_docker and pulumi_docker_build.

    Args:
        version: of the package, which the engine compares with what the program asked for.
        clock: the time of the rehearsal.
        journal: told every id as soon as there is one.
        log: where it says how an image came about.
    """

    def __init__(self, version: str, clock: Clock, journal: CreationJournal, log: EngineLog) -> None:
        super().__init__(version, clock, journal)
        self._log = log

    async def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    async def Configure(self, request: Any, context: Any) -> Any:
        async def configure() -> Any:
            cloud = AwsConnection(ProviderSettings(REGION, {}), self._clock.now, lambda _: None)
            folder = Path(os.environ["PULUMI_HOME"]).parent / "images"
            builder = ImageBuilder(folder, os.environ.get(ENDPOINT_VARIABLE))
            self._resources = ContainerImages(cloud, builder, self._log.info)
            return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

        return await self._answer(context, "configuring the docker provider", configure)

    async def Invoke(self, request: Any, context: Any) -> Any:
        return await self._refuse(context, f"a rehearsal has no function {request.tok}")
