"""`leadlight import`: the same import as on the page, with the result alone on standard output."""

import json

import pytest

from tests.scenes import NOON
from tracker.actions.workspace import workspaces
from tracker.base.settings import as_environment
from tracker.cli import main as cli
from tracker.store.schema import upgrade


@pytest.fixture
def shell(deps, monkeypatch, tmp_path):
    """Settings in the environment, as in a shell."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))
    upgrade(deps.store, NOON)


def test_a_file_is_imported_on_the_command_line(deps, shell, capsys, tmp_path):
    """Dry run, choices, refused rows and files that do not add up, each with its exit code."""
    here = deps.store.of(workspaces.first_workspace(deps).id)
    file, mapping, errors = tmp_path / "leads.csv", tmp_path / "mapping.json", tmp_path / "errors.csv"
    file.write_text("Mail,Who,Fax,Since\nann@x.example,Ann,1,03/04/2026\nbad,Bad,,\n")
    mapping.write_text('{"Who": "name", "Fax": "", "since": "created_at"}')
    given = ["import", str(file), "--mapping", str(mapping), "--dates", "month", "--tag", "Fair", "--source", "List", "--json"]

    assert cli.main([*given, "--dry-run"]) == 1
    tried = json.loads(capsys.readouterr().out)
    assert (tried["added"], tried["refused"], tried["errors"][0]["line"], here.leads.count()) == (1, 1, 3, 0)

    assert cli.main([*given, "--errors", str(errors)]) == 1
    shown = capsys.readouterr()
    assert {name: json.loads(shown.out)[name] for name in ("added", "refused", "state")} == {"added": 1, "refused": 1, "state": "done"}
    assert "2 of 2 rows" in shown.err
    assert "bad,Bad" in errors.read_text()
    (ann,) = here.leads.where({})
    assert (ann.name, ann.tags, ann.source, ann.fields, f"{ann.created_at:%m-%d}") == ("Ann", ("Fair",), "List", {}, "03-04")

    file.write_text("Mail,Name\nann@x.example,Ann\nbob@x.example,Bob\n")
    assert cli.main(["import", str(file)]) == 0
    assert capsys.readouterr().out == "added 1\nupdated 0\nunchanged 1\nrefused 0\n"

    file.write_text("Mail,Name\ncy@x.example,Cy,more,cells\n")
    assert cli.main(["import", str(file)]) == 1
    assert "Line 2: has 4 cells" in capsys.readouterr().err
    assert here.leads.count() == 3

    for words in (["--owner", "no@x.example"], ["--mapping", str(file)], ["--workspace", "None"]):
        assert cli.main(["import", str(file), *words]) == 1
        assert capsys.readouterr().out == ""
    file.write_bytes(b"")
    assert cli.main(["import", str(file)]) == 1
    assert capsys.readouterr().err == "leadlight: file is empty\n"
