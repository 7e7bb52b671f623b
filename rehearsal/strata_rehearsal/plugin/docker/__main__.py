"""`python -m strata_rehearsal.plugin.docker <version> <engine address>`: pulumi_docker's plugin in a rehearsal."""

import sys

from strata.clock import clock_from_environment
from strata_rehearsal.plugin.creation_journal import CreationJournal
from strata_rehearsal.plugin.docker.docker_servicer import DockerServicer
from strata_rehearsal.plugin.docker.engine_log import EngineLog
from strata_rehearsal.plugin.serving import run_plugin


def main() -> None:
    """Runs the plugin; the version is that of the package whose plugin it is."""
    version, *_, address = sys.argv[1:]
    run_plugin(
        "docker",
        lambda: DockerServicer(
            version, clock_from_environment(), CreationJournal.from_environment(), EngineLog(address)
        ),
    )


if __name__ == "__main__":
    main()
