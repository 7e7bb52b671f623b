"""`python -m demo [--containers | --operation]`: the life of an image, or a fleet in operation, command by command."""

import argparse
import re
import shlex
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import click

from demo.operation_story import OPERATION_STORY
from demo.shop import Shop
from demo.step import Step
from demo.story import STORY
from strata.new_project.project_files import ServiceKind

WIDTH = 150
STRATA = Path(sys.executable).with_name("strata")


def main() -> int:
    """Run the story; 1 if something came of it that should not."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="Show the life of an image.")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--containers", action="store_true", help="of a container image instead of a machine image")
    which.add_argument("--operation", action="store_true", help="what follows: drift, healing and break-glass")
    asked = parser.parse_args()
    kind = ServiceKind.CONTAINERS if asked.containers else ServiceKind.SERVERS
    story = OPERATION_STORY if asked.operation else STORY
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="strata demo ") as folder:
        shop = Shop(Path(folder) / "shop", kind, [str(STRATA)])
        try:
            good = all(_tell(shop, number, step) for number, step in enumerate(story, 1))
        finally:
            shop.stop()
    click.echo(f"\n{len(story)} commands in {time.monotonic() - began:.0f} s, on the real engine and a local AWS.")
    return 0 if good else 1


def _tell(shop: Shop, number: int, step: Step) -> bool:
    click.echo("")
    click.secho(f"{number:2}  {step.told}", bold=True)
    for command in step.begin(shop):
        click.secho(f"    $ {command}", fg="yellow")
    click.secho(f"    $ strata {shlex.join(shop.named(step.words))}", fg="cyan")
    done = shop.run(step.words)
    for line in step.shown(done.stdout):
        click.echo(f"      {_short(line)}")
    click.echo(f"      exit code {done.returncode}")
    if problem := step.problem(done):
        click.secho(f"      not as it should be: {problem}\n{done.stdout}", fg="red")
    return not problem


def _short(line: str) -> str:
    """A line that fits a terminal: of a digest its beginning, no advice, and no way to the local AWS."""
    digests = re.sub(r"(sha256:[0-9a-f]{8})[0-9a-f]{56}", r"\1...", line.strip())
    plain = re.sub(r"env -u \S+ (?:\S+=\S+ )*aws --endpoint-url \S+", "aws", digests)
    return textwrap.shorten(plain.partition("; press Ctrl-C")[0], WIDTH, placeholder=" ...")


if __name__ == "__main__":
    sys.exit(main())
