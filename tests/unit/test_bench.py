import runpy
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.flat import Outputs, flat_program
from bench.rounds import Pair, Spent
from bench.topics import ROWS, TOPICS
from strata.project.stack_file import find_stack_file, read_stack_file
from strata.testing import Graph, images_pinned_by, run

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_every_row_has_a_goal_or_says_why_not(row):
    assert (row.goal is None) == bool(row.no_goal)


def test_no_two_rows_share_a_key():
    assert len({row.key for row in ROWS}) == len(ROWS) == sum(len(topic.rows) for topic in TOPICS)


def test_a_row_that_does_not_exist_is_named(capsys):
    with pytest.raises(SystemExit):
        main(["imports"])

    assert "no row is called imports; there are import," in capsys.readouterr().err


def test_a_ratio_is_that_of_rounds_not_of_medians():
    slow_machine, fast_machine = (Spent(20, 20), Spent(10, 10)), (Spent(2, 2), Spent(1, 1))
    rounds = (slow_machine, fast_machine, fast_machine)

    pair = Pair(tuple(ours for ours, _ in rounds), tuple(theirs for _, theirs in rounds))

    assert pair.ratio == pair.cpu_ratio == 2
    assert pair.seconds() == (2, 1)


def recorded(program: Path) -> tuple[Graph, Outputs]:
    file = read_stack_file(find_stack_file(REPOSITORY, "staging"))
    config = {f"strata:{key}": value for key, value in file.settings.items()}
    mocks = Outputs(images=images_pinned_by(config))
    graph = run(lambda: runpy.run_path(str(program)), config=config, mocks=mocks, project="shop", stack="flat")
    return graph, mocks


def test_the_flat_program_takes_the_scaled_service_from_the_service_itself():
    text = flat_program(*recorded(REPOSITORY / "__main__.py"))

    assert "resource_id=" in text
    # any other AWS has no cluster of the mocks' name
    assert "'service/" not in text


def test_the_flat_program_makes_the_same_resources(tmp_path):
    graph, outputs = recorded(REPOSITORY / "__main__.py")
    program = tmp_path / "__main__.py"
    program.write_text(flat_program(graph, outputs))

    flat, _ = recorded(program)

    assert not [each for each in flat if not each.custom]
    assert {(each.type, each.name): each.inputs for each in flat} == {
        (each.type, each.name): each.inputs for each in graph if each.custom
    }


def test_the_flat_program_reads_ids_from_the_resources_that_have_them(tmp_path):
    graph, outputs = recorded(REPOSITORY / "__main__.py")
    program = tmp_path / "__main__.py"
    program.write_text(flat_program(graph, outputs))
    flat, _ = recorded(program)
    vpc, subnet = flat.one("aws:ec2/vpc:Vpc", "main-vpc"), flat.one("aws:ec2/subnet:Subnet", "main-private-1")

    assert list(subnet.options.depends_on) == [vpc.urn]
