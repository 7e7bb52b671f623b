"""What is left out of a build's context, by the rules of Docker's own builder."""

import pytest

from strata.image_build.dockerignore import Dockerignore


@pytest.mark.parametrize(
    "pattern,path,ignored",
    [
        ("node_modules", "node_modules/a/b.js", True),
        ("node_modules", "web/node_modules/a.js", False),
        ("**/node_modules", "web/node_modules/a.js", True),
        ("**/node_modules", "node_modules/a.js", True),
        ("/docs/", "docs/index.md", True),
        ("./docs", "docs/index.md", True),
        ("*.pyc", "main.pyc", True),
        ("*.pyc", "app/main.pyc", False),
        ("**/*.pyc", "app/deep/main.pyc", True),
        ("*/temp*", "some/temporary.txt", True),
        ("*/temp*", "some/sub/temporary.txt", False),
        ("temp?", "tempa", True),
        ("temp?", "temp", False),
        ("file[0-9].txt", "file7.txt", True),
        ("a+b.txt", "a+b.txt", True),
        ("a+b.txt", "aab.txt", False),
        ("# not a pattern", "# not a pattern", False),
        ("", "anything", False),
        ("app/**", "app/x/y", True),
    ],
)
def test_a_pattern_leaves_out_what_docker_leaves_out(pattern: str, path: str, ignored: bool):
    assert Dockerignore.parse(pattern).ignores(path) is ignored


def test_the_last_pattern_that_matches_decides():
    found = Dockerignore.parse("*.md\n!README*.md\nREADME-secret.md\n")
    assert [found.ignores(name) for name in ("a.md", "README.md", "README-secret.md")] == [True, False, True]


def test_a_folder_that_is_left_out_is_entered_where_something_may_come_back():
    assert not Dockerignore.parse("build").enters("build")
    back = Dockerignore.parse("build\n!build/keep.txt")
    assert back.enters("build")
    assert not back.ignores("build/keep.txt")
    assert back.ignores("build/other.txt")
