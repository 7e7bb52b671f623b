"""`python -m strata_rehearsal.cloud --folder FOLDER --token TOKEN --starter PID`: the process behind `start`."""

import argparse
import os
import sys
from pathlib import Path

from strata_rehearsal.cloud.http_server import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="strata_rehearsal.cloud", description="the local AWS of a rehearsal")
    parser.add_argument("--folder", type=Path, required=True, help="where its set-up is and its state goes")
    parser.add_argument("--token", required=True, help="names this process")
    parser.add_argument("--starter", type=int, required=True, help="the process that waits for it to be ready")
    arguments = parser.parse_args()
    # What the caller's shell holds open, such as a lock of its own, is not held on for hours.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    serve(arguments.folder, arguments.token, arguments.starter)
    sys.stdout.flush()
    sys.stderr.flush()
    # everything is closed by now; tearing down moto's many objects one by one would take most of a second
    os._exit(0)
