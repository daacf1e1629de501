"""`leadlight reclassify` and `leadlight rescore`: what they print, and what they leave to the workers."""

import json

import pytest

from tests.scenes import NOON, make_scene
from tracker.base.settings import as_environment
from tracker.cli import main as cli
from tracker.store.schema import upgrade


@pytest.fixture
def shell(deps, monkeypatch, tmp_path):
    """Settings in the environment, as in a shell."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))


def test_reclassify_marks_leads_and_browsers_for_the_workers(deps, shell, capsys):
    """Standard output has the number alone, or JSON; the marks are in the bulk queue."""
    upgrade(deps.store, NOON)
    scene = make_scene(deps)
    click = scene.click(scene.message(scene.lead()), NOON)
    scene.page("b1", "/pricing", NOON, landing=click.id, landing_at=click.at)
    scene.spool()
    scene.settle()

    assert cli.main(["reclassify", "--workspace", scene.workspace.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"workspace": scene.workspace.id, "marked": 2}
    assert deps.store.dirty.counts() == {"bulk": 2}

    assert cli.main(["reclassify", "--workspace", scene.workspace.id]) == 0
    shown = capsys.readouterr()
    assert (shown.out, "2 leads and browsers are queued for new verdicts" in shown.err) == ("2\n", True)


def test_reports_are_made_anew_and_compared(deps, shell, capsys):
    """Nothing on standard output: no report differs."""
    upgrade(deps.store, NOON)
    scene = make_scene(deps)
    scene.lead()
    assert cli.main(["rebuild-reports", "--workspace", scene.workspace.id]) == 0
    shown = capsys.readouterr()
    assert (shown.out.strip(), "every report agrees" in shown.err) == ("", True)
