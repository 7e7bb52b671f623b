"""What a server is told when it boots: its configuration, and nothing that is secret."""

import base64
import json
from collections.abc import Mapping

from strata.errors import UsageError

__all__ = ["MAX_BYTES", "environment_file", "user_data"]

MAX_BYTES = 16_384
"""EC2's limit on user data, before it is encoded."""

_SPECIAL = str.maketrans({character: f"\\{character}" for character in '\\"$`'})


def environment_file(values: Mapping[str, str]) -> str:
    """Values as lines that both systemd's EnvironmentFile and a shell read the same way."""
    return "".join(f'{key}="{value.translate(_SPECIAL)}"\n' for key, value in sorted(values.items()))


def user_data(service: str, values: Mapping[str, str], *, windows: bool = False) -> str:
    """What writes `/etc/strata/<service>.env` when a server boots, encoded as EC2 takes it.

    The image brings the application and whatever starts it; the file is all it needs to know about where it runs.
    cloud-init reads it on Linux. Windows has no cloud-init: there EC2Launch runs a script, once, that writes
    `<service>.env` into the folder `strata` of `%ProgramData%`, with a plain `KEY=value` on each line, in UTF-8.

    Args:
        service: the service's name.
        values: environment variables.
        windows: whether the image is one of Windows. Default: Linux.

    Raises:
        UsageError: the result is larger than EC2 accepts.
    """
    text = _script(service, values) if windows else _cloud_config(service, values)
    size = len(text.encode())
    if size > MAX_BYTES:
        raise UsageError(
            f"service {service!r}: its environment makes {size} bytes of user data, EC2 accepts {MAX_BYTES}",
            fix="Move large values out of strata:services.<name>.environment.",
        )
    return base64.b64encode(text.encode()).decode()


def _script(service: str, values: Mapping[str, str]) -> str:
    lines = "".join(f"{key}={value}\r\n" for key, value in sorted(values.items()))
    content = base64.b64encode(lines.encode()).decode()
    return f"""<powershell>
$folder = Join-Path $env:ProgramData 'strata'
New-Item -ItemType Directory -Force -Path $folder | Out-Null
[IO.File]::WriteAllBytes((Join-Path $folder '{service}.env'), [Convert]::FromBase64String('{content}'))
</powershell>
"""


def _cloud_config(service: str, values: Mapping[str, str]) -> str:
    content = base64.b64encode(environment_file(values).encode()).decode()
    entry = {
        "path": f"/etc/strata/{service}.env",
        "owner": "root:root",
        "permissions": "0644",
        "encoding": "b64",
        "content": content,
    }
    # JSON is YAML, and needs no library to be written without surprises.
    return "#cloud-config\n" + json.dumps({"write_files": [entry]}, indent=1) + "\n"
