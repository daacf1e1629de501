"""The audit log outside console and API: command line, retention, and removal."""

import argparse
from datetime import timedelta

import pytest

from tests.scenes import NOON, make_scene
from tracker.actions.demo.demo import DEMO
from tracker.actions.ops import audit
from tracker.actions.ops.key_distribution import sync_keys
from tracker.actions.workspace import workspaces
from tracker.base.settings import as_environment
from tracker.cli import main as cli
from tracker.domain.ops.audit import OPERATOR, SYSTEM, ActorKind, AuditAction
from tracker.domain.ops.host import HostReport
from tracker.domain.workspace.workspace import Workspace
from tracker.links import key_file
from tracker.links.keys import Keys
from tracker.store.ops.audit import RETENTION, AuditQuery
from tracker.store.schema import upgrade

AUDITED = {"workspace add", "import", "rep add", "rep link", "key new", "keys rotate", "demo", "backup", "restore", "upgrade", "up"}
"""Commands that write entries: `demo` when it removes the demo, `up` when it upgrades the database."""
NOT_AUDITED = {
    "doctor": "reads",
    "workspace list": "reads",
    "rep list": "reads",
    "key list": "reads",
    "recovery-key": "shows the key of this machine, or makes one before there is a backup that needs it",
    "ps": "reads",
    "pause": "changes no data",
    "resume": "changes no data",
    "reload": "changes no data",
    "reclassify": "derives anew what is derived",
    "rescore": "derives anew what is derived",
    "rebuild-reports": "derives anew what is derived",
    "spool status": "reads",
    "spool wait": "reads",
    "shards": "prints",
    "keys make": "makes files before there is a database",
    "move": "takes all entries along and changes none",
    "spool retry": "takes in what leads did",
    "spool export": "needs no MongoDB, where entries are",
}


@pytest.fixture
def shell(deps, monkeypatch, tmp_path):
    """Settings in the environment, as in a shell."""
    for name, value in as_environment(deps.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LEADLIGHT_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("LEADLIGHT_PASSPHRASE", "lantern harbor quilt")
    Keys.load(deps.settings.signing_keys_file)


def log(deps, workspace):
    """The entries, oldest first."""
    return deps.store.of(workspace).audit.page(AuditQuery(), limit=200).items[::-1]


def commands(parser, before=""):
    found = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    for action in found:
        for name, child in action.choices.items():
            yield from commands(child, f"{before} {name}".strip())
    if not found:
        yield before


def test_every_command_is_audited_or_says_why_not():
    """A new command must be added to one of the two lists."""
    assert set(commands(cli._parser(""))) - AUDITED == set(NOT_AUDITED)


def test_commands_on_the_machine_are_the_operators(deps, shell, tmp_path, capsys):
    """In the workspace that they concern; global ones in every workspace except the demo."""
    upgrade(deps.store, NOON)
    assert cli.main(["workspace", "add", "Northbeam"]) == 0
    own = capsys.readouterr().out.strip()
    other = workspaces.add_workspace(deps, "Harrow").id
    deps.store.workspaces.add(Workspace(id=DEMO, name="Demo", created_at=NOON, is_demo=True))
    backup = str(tmp_path / "leadlight.backup")
    for words in (("key", "new", "--name", "CRM", "--workspace", own), ("keys", "rotate"), ("backup", backup), ("demo", "--remove")):
        assert cli.main(list(words)) == 0, words
    assert cli.main(["demo", "--remove"]) == 0
    assert cli.main(["upgrade"]) == 0

    assert [(entry.action, entry.subject) for entry in log(deps, own)] == [
        ("workspace_added", "Northbeam"),
        ("key_created", "CRM"),
        ("signing_keys_rotated", ""),
        ("exported", "backup of all data"),
        ("deleted", "demo workspace"),
    ]
    assert [entry.action for entry in log(deps, other)] == ["signing_keys_rotated", "exported", "deleted"]
    assert log(deps, DEMO) == []
    assert {(entry.actor.kind, entry.actor.address) for entry in log(deps, own)} == {(ActorKind.OPERATOR, "")}
    assert capsys.readouterr().out.strip().splitlines()[-1] not in str(log(deps, own))

    assert cli.main(["restore", backup, "--force"]) == 0
    assert [entry.action for entry in log(deps, own)] == ["workspace_added", "key_created", "signing_keys_rotated", "restored"]


def test_an_upgrade_is_an_entry_if_it_did_something(deps, shell, capsys):
    """The entry names the new layout. It warns of amounts that a former version which still runs would read and write differently, once."""
    ws = workspaces.first_workspace(deps).id
    for currency, amount in (("JPY", 500_000), ("EUR", 5_000)):
        deps.store.database.costs.insert_one({"_id": f"{ws}:{currency}", "ws": ws, "amount": amount, "currency": currency})
    for _ in range(2):
        assert cli.main(["upgrade"]) == 0
        deps.store.database.costs.update_many({}, {"$unset": {"in_minor_units": ""}})  # as new amounts are
    said = capsys.readouterr().err
    assert (said.count("Amounts in JPY are stored"), "EUR" in said) == (1, False)
    (entry,) = log(deps, deps.store.workspaces.first().id)

    assert (entry.action, list(entry.details)) == ("database_upgraded", ["layout"])


def test_keys_rotate_without_mongodb(deps, shell, monkeypatch, capsys):
    """Rotation needs no database; the missing entry is reported."""
    monkeypatch.setenv("MONGO_URL", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")
    before = deps.settings.signing_keys_file.read_bytes()

    assert cli.main(["keys", "rotate"]) == 0
    assert "No audit log entry" in capsys.readouterr().err
    assert deps.settings.signing_keys_file.read_bytes() != before


def test_a_rotation_that_waits_for_other_hosts_does_not_end_without_mongodb(deps, shell, monkeypatch, capsys):
    """Neither one that is pending in the file, nor one whose writes fail after it has begun."""
    file, keys = deps.settings.signing_keys_file, deps.store.database.signing_keys
    sync_keys(deps)
    deps.store.hosts.report(HostReport(host="other", process="live", at=deps.now()))
    before = file.read_bytes()
    deps.store.database.command("collMod", keys.name, validator={"version": 1})
    try:
        assert cli.main(["keys", "rotate"]) == 1
    finally:
        deps.store.database.command("collMod", keys.name, validator={})
    assert (file.read_bytes(), keys.find_one()["version"]) == (before, 1)

    key_file.change(file, key_file.with_pending)
    pending = file.read_bytes()
    monkeypatch.setenv("MONGO_URL", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")
    assert cli.main(["keys", "rotate"]) == 1
    assert file.read_bytes() == pending != before
    assert capsys.readouterr().err.count("pending. Run this again") == 2


def test_entries_end(deps):
    """MongoDB removes them by TTL, since they contain personal addresses."""
    workspace = workspaces.first_workspace(deps).id
    audit.record(deps, workspace, AuditAction.SIGNED_IN, OPERATOR)
    (row,) = deps.store.database.audit.find()
    indexes = deps.store.database.audit.index_information().values()

    assert row["expires_at"] - row["at"] == RETENTION == timedelta(days=400)
    assert [index["key"] for index in indexes if index.get("expireAfterSeconds") == 0] == [[("expires_at", 1)]]


def test_a_workspace_takes_its_log_with_it(deps):
    """Logs of other workspaces stay."""
    one, other = make_scene(deps, "Northwind").workspace.id, make_scene(deps, "Southgate").workspace.id
    for workspace in (one, other):
        audit.record(deps, workspace, AuditAction.DELETED, SYSTEM, "task")
    workspaces.remove_workspace(deps, one)

    assert (log(deps, one), len(log(deps, other))) == ([], 1)


def test_what_is_recorded_is_short_and_one_line(deps):
    """For any length, control characters and number of details."""
    workspace = workspaces.first_workspace(deps).id
    many = {f"field{number}": "x" for number in range(100)}
    audit.record(deps, workspace, AuditAction.DELETED, SYSTEM, "a\nb\x00c\ud800\u202ed" + "x" * 900, **many)
    (entry,) = log(deps, workspace)

    assert entry.subject.startswith("a b c dxx")
    assert (len(entry.subject), len(entry.details)) == (200, 40)
