import json
from pathlib import Path

from strata_rehearsal.plugin.creation_journal import CreationJournal


def test_each_note_is_a_line(tmp_path: Path) -> None:
    journal = CreationJournal.from_environment({"STRATA_CREATED": str(tmp_path / "notes")})
    journal.note("urn:a", "vpc-1")
    journal.note("urn:b", "web")
    lines = (tmp_path / "notes").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"urn": "urn:a", "id": "vpc-1"}, {"urn": "urn:b", "id": "web"}]


def test_without_a_file_nothing_is_noted(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    CreationJournal.from_environment({}).note("urn:a", "vpc-1")
    assert list(tmp_path.iterdir()) == []
