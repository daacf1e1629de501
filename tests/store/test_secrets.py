"""Secrets at rest: ciphertexts bound to their field; migration, rotation and lost keys."""

import dataclasses
import json
import threading

import msgspec
import pytest
from bson import json_util

from tests.scenes import NOON, make_scene
from tracker.actions.alerting.channels import set_channel
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.base.encryption import keyring_file
from tracker.base.encryption.keyring import Keyring, is_ciphertext, key_of
from tracker.domain.alerting.channel import MUST_RETYPE, ChannelName
from tracker.domain.workspace.mail_server import MailServer
from tracker.store.core import secrets
from tracker.store.core.records import plain
from tracker.store.schema import upgrade
from tracker.store.store import Store

PASSWORD = "correct-horse-battery"
SERVER = MailServer(host="mail.example.com", port=587, user="u", password=PASSWORD)
CONFIGS = {
    ("slack", None): {"bot_token": f"xoxb-{PASSWORD}", "channel": "#sales"},
    ("slack", "rep"): {"webhook_url": f"https://hooks.slack.example/services/{PASSWORD}"},
    ("webhook", None): {"url": f"https://hook.example/{PASSWORD}", "secret": PASSWORD},
    ("email", "rep"): {"address": "rita@northwind.example"},
}


@pytest.fixture
def scene(deps):
    """A workspace with every kind of secret."""
    made = make_scene(deps)
    for (name, rep), config in CONFIGS.items():
        set_channel(deps, made.workspace.id, made.rep.id if rep else None, name, config)
    deps.store.workspaces.change(made.workspace.id, mail_server=SERVER)
    return made


def configs(scene):
    found = {(c.name.value, "rep" if c.rep else None): c.config for c in scene.store.channels.all()}
    return found, scene.deps.store.workspaces.get(scene.workspace.id).mail_server


def everything(deps):
    base = deps.store.database
    return json_util.dumps([list(base[name].find({})) for name in sorted(base.list_collection_names()) if not name.startswith("system.")])


def another(deps):
    """Another process with the same database and keyring file."""
    return dataclasses.replace(deps, store=Store(deps.store.database, Keyring(deps.settings.secret_keys_file)))


def lose_key(deps):
    """Simulates a restore without the keyring."""
    deps.settings.secret_keys_file.unlink()
    return another(deps)


def test_no_document_holds_a_secret(deps, scene):
    """Values are read as they were set; other fields of a config stay plain text."""
    assert configs(scene) == (CONFIGS, SERVER)
    assert PASSWORD not in everything(deps)
    assert {row["config"].get("channel") for row in deps.store.database.channels.find({})} == {None, "#sales"}
    assert PASSWORD not in repr((scene.store.channels.all(), deps.store.workspaces.all()))


def test_a_moved_ciphertext_is_not_decrypted(deps, scene):
    """An attacker with write access moves ciphertexts to another record, field or workspace: none is decrypted."""
    rows, other = deps.store.database.channels, make_scene(deps, "Southgate")
    team = rows.find_one({"ws": scene.workspace.id, "rep": None, "name": "slack"})
    token = team["config"]["bot_token"]
    hook = rows.find_one({"name": "webhook"})["_id"]
    rows.update_one({"_id": hook}, {"$set": {"config.url": token}})
    rows.insert_one({**team, "_id": f"{other.workspace.id}:x", "ws": other.workspace.id})
    rows.insert_one({**team, "_id": f"{scene.workspace.id}:x", "rep": scene.rep.id, "ws": other.workspace.id})
    deps.store.database.workspaces.update_one({"_id": other.workspace.id}, {"$set": {"mail_server": plain(SERVER) | {"password": token}}})

    read = [*other.store.channels.all(), scene.store.channels.named(None, ChannelName.WEBHOOK)]
    assert PASSWORD not in repr([channel.config.get(name) for channel in read for name in ("bot_token", "url")])
    assert [channel.disabled_reason for channel in read] == [MUST_RETYPE] * 3
    found = deps.store.workspaces.get(other.workspace.id)
    assert (found.mail_server.password, found.lost_secrets) == ("", ("mail_server.password",))


def test_a_password_is_not_sent_to_another_server(deps):
    """The mail server's password is bound to its host, port, security and user."""
    kept, server = secrets.Secrets(deps.store.keyring, "workspaces"), {"host": "a.example", "port": 587, "security": "tls", "user": "u"}
    row = kept.encrypted({"mail_server": {**server, "password": PASSWORD}}, "w", "w")
    assert kept.decrypted(row, "w", "w")[0]["mail_server"]["password"] == PASSWORD
    for name, value in {"host": "evil.example", "port": 25, "security": "none", "user": "v"}.items():
        moved = {"mail_server": {**row["mail_server"], name: value}}
        assert kept.decrypted(moved, "w", "w") == ({"mail_server": {**server, name: value}}, ("mail_server.password",))
    with pytest.raises(ValueError, match="as a whole"):
        kept.encrypted({"mail_server.password": PASSWORD}, "w", "w")


def make_plain(deps, scene):
    """Stores the secrets as the previous version did."""
    for row in deps.store.database.channels.find({}):
        channel = scene.store.channels.value_of(row)
        deps.store.database.channels.update_one({"_id": row["_id"]}, {"$set": {"config": channel.config}})
    change = {"$set": {"smtp_url": f"smtp://u:{PASSWORD}@mail.example.com:587"}, "$unset": {"mail_server": 1}}
    deps.store.database.workspaces.update_one({"_id": scene.workspace.id}, change)
    deps.store.database.meta.update_one({"_id": "schema"}, {"$set": {"version": 3}}, upsert=True)


def test_plain_text_secrets_are_read_and_then_encrypted(deps, scene):
    """Also after an interrupted step, and when it is repeated."""
    was = configs(scene)
    make_plain(deps, scene)
    assert (configs(scene)[0], PASSWORD in everything(deps)) == (was[0], True)
    half = deps.store.database.channels.find_one({"name": "slack", "rep": None})
    change = secrets.Secrets(deps.store.keyring, "channels").renewed(half, deps.store.keyring.newest)
    deps.store.database.channels.update_one({"_id": half["_id"]}, {"$set": change[1]})

    assert upgrade(deps.store, NOON)
    assert (configs(scene), PASSWORD in everything(deps)) == (was, False)
    kept = everything(deps)
    assert secrets.renew(deps.store.database, deps.store.keyring) == 0
    assert everything(deps) == kept


def test_a_rotation_encrypts_every_secret_and_retires_the_old_key(deps, scene):
    """A process that has only read the old key continues to read and write; the old key decrypts nothing."""
    was, running = configs(scene), another(deps)
    running.store.of(scene.workspace.id).channels.all()
    old = deps.store.keyring.newest

    assert secrets.rotate(deps.store.database, deps.store.keyring) == 4
    newest = deps.store.keyring.newest
    assert ({newest}, newest != old) == (set(keyring_file.read(deps.settings.secret_keys_file)), True)
    assert configs(scene) == was
    assert {c.disabled_reason for c in running.store.of(scene.workspace.id).channels.all()} == {None}
    set_channel(running, scene.workspace.id, None, "slack", {"bot_token": "xoxb-fresh", "channel": "#x"})
    row = deps.store.database.channels.find_one({"name": "slack", "rep": None})
    assert key_of(row["config"]["bot_token"]) == newest
    assert lost_secrets(deps) == []


@pytest.mark.parametrize("stage", ["added", "renewed half", "renewed"])
def test_a_killed_rotation_leaves_every_secret_readable(deps, scene, stage):
    """The next rotation completes it."""
    was = configs(scene)
    newest = keyring_file.add_key(deps.settings.secret_keys_file)
    if stage == "renewed half":
        row = deps.store.database.channels.find_one({"name": "webhook"})
        known, new = secrets.Secrets(deps.store.keyring, "channels").renewed(row, newest)
        deps.store.database.channels.update_one({"_id": row["_id"], **known}, {"$set": new})
    if stage == "renewed":
        secrets.renew(deps.store.database, deps.store.keyring)

    assert configs(type(scene)(another(deps), scene.workspace, scene.site, scene.rep)) == was
    secrets.rotate(deps.store.database, deps.store.keyring)
    assert (configs(scene), len(keyring_file.read(deps.settings.secret_keys_file)), lost_secrets(deps)) == (was, 1, [])


def test_secrets_set_during_rotations_are_not_lost(deps, scene):
    """Several rotations in a row while other processes set channels and mail servers."""
    stop, failures = threading.Event(), []

    def busy(number):
        mine = another(deps)
        count = 0
        while not stop.is_set():
            count += 1
            token = f"xoxb-{number}-{count}"
            set_channel(mine, scene.workspace.id, scene.rep.id if number else None, "slack", {"bot_token": token, "channel": "#x"})
            found = mine.store.of(scene.workspace.id).channels.named(scene.rep.id if number else None, ChannelName.SLACK)
            if found.config.get("bot_token") != token:
                failures.append(found.config)

    threads = [threading.Thread(target=busy, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(15):
        secrets.rotate(deps.store.database, deps.store.keyring)
    stop.set()
    for thread in threads:
        thread.join()
    assert (failures, lost_secrets(deps)) == ([], [])


def test_a_lost_key_disables_channels_and_lists_lost_secrets(deps, scene):
    """Nothing fails; secrets entered again work, and a restored key makes the others readable."""
    kept = deps.settings.secret_keys_file.read_bytes()
    fresh = lose_key(deps)
    here = fresh.store.of(scene.workspace.id)

    assert {(c.name.value, c.disabled_reason) for c in here.channels.all()} == {
        ("slack", MUST_RETYPE),
        ("webhook", MUST_RETYPE),
        ("email", None),
    }
    assert here.channels.named(None, ChannelName.SLACK).config == {"channel": "#sales"}
    assert lost_secrets(fresh) == [
        "Northwind, mail server: password",
        "Northwind, rep@northwind.example, Slack: incoming webhook",
        "Northwind, the team, Slack: bot token",
        "Northwind, the team, webhook: address",
        "Northwind, the team, webhook: signing secret",
    ]
    set_channel(fresh, scene.workspace.id, None, "webhook", {"url": "https://hook.example/new"})
    fresh.store.workspaces.change(scene.workspace.id, mail_server=msgspec.structs.replace(SERVER, password="new"))
    assert (len(lost_secrets(fresh)), fresh.store.workspaces.get(scene.workspace.id).lost_secrets) == (2, ())
    keyring_file.merge(deps.settings.secret_keys_file, kept)
    again = another(deps)
    assert (lost_secrets(again), {c.disabled_reason for c in again.store.of(scene.workspace.id).channels.all()}) == ([], {None})


def test_a_rotation_leaves_lost_secrets_unchanged(deps, scene):
    """A restored key decrypts them, because the ciphertext is still stored."""
    kept = deps.settings.secret_keys_file.read_bytes()
    fresh = lose_key(deps)
    assert secrets.rotate(fresh.store.database, fresh.store.keyring) == 0
    assert len(lost_secrets(fresh)) == 5
    keyring_file.merge(deps.settings.secret_keys_file, kept)
    assert lost_secrets(another(deps)) == []


def test_the_state_of_a_channel_belongs_to_its_receiver(deps, scene):
    """Also after a rotation, and after the same secret was entered again; not after another receiver was set."""
    channels = scene.store.channels
    seen = channels.named(None, ChannelName.SLACK)
    secrets.rotate(deps.store.database, deps.store.keyring)
    channels.put(msgspec.structs.replace(seen, checked_at=None))
    channels.disable(seen, "gone")
    assert channels.get(seen.id).disabled_reason == "gone"
    channels.worked(seen, NOON)  # known as it was before it was switched off
    assert channels.get(seen.id).disabled_reason == "gone"
    channels.worked(channels.get(seen.id), NOON)
    assert channels.get(seen.id).disabled_reason is None

    channels.put(msgspec.structs.replace(seen, config={**seen.config, "bot_token": "xoxb-another"}))
    channels.disable(seen, "gone"), channels.hold(seen, NOON), channels.worked(seen, NOON)
    found = channels.get(seen.id)
    assert (found.disabled_reason, found.held_until, found.checked_at) == (None, None, None)


def test_every_field_of_the_table_is_a_field(deps, scene):
    """A renamed field would be stored as plain text."""
    row = deps.store.database.channels.find_one({"name": "webhook"})
    assert [is_ciphertext(row["config"][name]) for name in ("url", "secret")] == [True, True]
    assert json.dumps(row["config"]).count("enc1:") == 2
