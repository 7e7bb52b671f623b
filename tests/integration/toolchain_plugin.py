"""An `aws` plugin for the tests of the toolchain: what it makes are files below the folder named by TRIAL.

While a file `block` is there, a creation makes its file, says so by a file `blocked`, and never returns.
The id of a parameter is its name, unless the name begins with `noted`: then only the plugin's note tells.
"""

import asyncio
import json
import os
import sys
from importlib import metadata
from pathlib import Path

from pulumi.provider.experimental import provider
from pulumi.provider.experimental.server import main

from strata.engine.processes import leave_with_engine

TRIAL = Path(os.environ["TRIAL"])


def made(resource_id: str) -> Path:
    return TRIAL / "made" / resource_id


def note(urn: str, resource_id: str) -> None:
    with Path(os.environ["STRATA_CREATED"]).open("a") as notes:
        notes.write(json.dumps({"urn": urn, "id": resource_id}) + "\n")


class Files(provider.Provider):
    async def configure(self, request: provider.ConfigureRequest) -> provider.ConfigureResponse:
        return provider.ConfigureResponse(supports_preview=True, accept_outputs=True)

    async def check_config(self, request: provider.CheckRequest) -> provider.CheckResponse:
        return provider.CheckResponse(inputs=request.new_inputs)

    async def diff_config(self, request: provider.DiffRequest) -> provider.DiffResponse:
        return provider.DiffResponse(changes=False)

    async def check(self, request: provider.CheckRequest) -> provider.CheckResponse:
        return provider.CheckResponse(inputs=request.new_inputs)

    async def diff(self, request: provider.DiffRequest) -> provider.DiffResponse:
        return provider.DiffResponse(changes=request.old_state != request.new_inputs)

    async def create(self, request: provider.CreateRequest) -> provider.CreateResponse:
        name = str(request.properties["name"].value)
        if name.startswith("noted"):
            name = f"id-of-{name}"
        if not request.preview:
            if made(name).exists():
                raise ValueError(f"{name} is there already")
            made(name).touch()
            note(request.urn, name)
            if (TRIAL / "block").exists():
                (TRIAL / "blocked").touch()
                await asyncio.Event().wait()
        return provider.CreateResponse(resource_id="" if request.preview else name, properties=request.properties)

    async def update(self, request: provider.UpdateRequest) -> provider.UpdateResponse:
        return provider.UpdateResponse(properties=request.news)

    async def delete(self, request: provider.DeleteRequest) -> None:
        made(request.resource_id).unlink()

    async def read(self, request: provider.ReadRequest) -> provider.ReadResponse:
        there = made(request.resource_id).exists()
        return provider.ReadResponse(
            resource_id=request.resource_id if there else "", inputs=request.inputs, properties=request.properties
        )


if __name__ == "__main__":
    leave_with_engine()
    (TRIAL / "processes" / str(os.getpid())).touch()
    main(sys.argv[1:], metadata.version("pulumi_aws"), Files())
