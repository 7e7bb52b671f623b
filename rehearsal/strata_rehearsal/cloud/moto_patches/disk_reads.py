"""What is read from disk again and again, and does not change.

botocore reads the same JSON files for every session, and moto makes a session for every question. For every request
moto lists its own folders, to see whether the request's service is one of them.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader

from strata_rehearsal.cloud.patches import replace

__all__ = ["patch"]


def patch() -> None:
    """Read each of botocore's files once; must come before moto is imported, which reads them as it is imported."""
    replace(JSONFileLoader, "load_file", _load_file)

    from moto import backends

    services = tuple(backends.list_of_moto_modules())
    replace(backends, "list_of_moto_modules", lambda: services)


def _load_file(_self: JSONFileLoader, file_path: str) -> Any:
    return _read(file_path)


@cache
def _read(path: str) -> Any:
    # plain dicts keep their order too, and take half the time and memory of botocore's OrderedDicts
    plain, packed = Path(f"{path}.json"), Path(f"{path}.json.gz")
    if plain.is_file():
        return json.loads(plain.read_bytes())
    if packed.is_file():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return None
