"""`python -m strata.rehearsal.cloud --folder FOLDER --token TOKEN`: the process behind `start`."""

import argparse
import os
import sys
from pathlib import Path

from strata.rehearsal.cloud.server import serve

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="strata.rehearsal.cloud", description="the local AWS of a rehearsal")
    parser.add_argument("--folder", type=Path, required=True, help="where its set-up is and its state goes")
    parser.add_argument("--token", required=True, help="names this process")
    arguments = parser.parse_args()
    serve(arguments.folder, arguments.token)
    sys.stdout.flush()
    sys.stderr.flush()
    # everything is closed by now; tearing down moto's many objects one by one would take most of a second
    os._exit(0)
