"""Hands the application what is in Parameter Store, again and again; on any failure it keeps what it has.

`agent.py check` ends with 0 once there is a first configuration: the health check of the container, for which the
application waits.
"""

import json
import os
import sys
import time
from pathlib import Path

FILE = Path("/run/config/config.json")


def read(path):
    """All values below a path of Parameter Store."""
    import boto3

    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
    found = (each for page in pages for each in page["Parameters"])
    return {each["Name"].removeprefix(f"{path}/"): each["Value"] for each in found}


def hand_over(values):
    """Write a file beside the old one and put it in its place: the application reads the one or the other."""
    text = json.dumps(values, sort_keys=True)
    if FILE.exists() and FILE.read_text(encoding="utf-8") == text:
        return
    new = FILE.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(FILE)
    sys.stdout.write(f"handed over {text}\n")


def main():
    while True:
        try:
            hand_over(read(os.environ["AGENT_CONFIG_PATH"]))
        except Exception as error:  # noqa: BLE001 - the application goes on with what it has
            sys.stderr.write(f"could not read the configuration: {error}\n")
        time.sleep(float(os.environ.get("INTERVAL", "60")))


if __name__ == "__main__":
    if sys.argv[1:] == ["check"]:
        sys.exit(not FILE.exists())
    main()
