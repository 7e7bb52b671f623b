"""`python -m strata_rehearsal.plugin <engine address>`: serves until the engine that started it goes away."""

from importlib.metadata import version

from strata.clock import clock_from_environment
from strata_rehearsal.plugin.creation_journal import CreationJournal
from strata_rehearsal.plugin.servicer import Servicer
from strata_rehearsal.plugin.serving import run_plugin


def main() -> None:
    """Runs the plugin."""
    run_plugin(
        "AWS",
        lambda: Servicer(version("pulumi_aws"), clock_from_environment(), CreationJournal.from_environment()),
    )


if __name__ == "__main__":
    main()
