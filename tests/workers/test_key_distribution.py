"""Signing keys on several hosts: a new key signs only when all know it, and no host's keys are lost or replaced by a new host's."""

import dataclasses
import secrets
from datetime import timedelta

import pytest

from tracker.actions.deps import Deps
from tracker.actions.ops.hosts import forget_host
from tracker.actions.ops.key_distribution import is_alone, known_keys, rotate_alone, rotate_everywhere, sync_keys
from tracker.base.encryption.keyring import Keyring
from tracker.base.errors import BadSetting
from tracker.domain.ops.host import HostReport
from tracker.links import key_file
from tracker.links.keys import Keys, sign
from tracker.store.store import Store
from workers.drain.edge_files import files_of


class Host:
    """One host with its key file; `console` reports, `edge` knows the file only."""

    def __init__(self, deps: Deps, name: str) -> None:
        path = deps.settings.data.parent / name / "signing.json"
        settings = dataclasses.replace(deps.settings, host_name=name, signing_keys_file=path)
        self.deps = dataclasses.replace(deps, settings=settings, keys=Keys(path))
        self.path, self.edge = path, Keys(path)

    def report(self) -> None:
        host = self.deps.settings.host_name
        self.deps.store.hosts.report(HostReport(host=host, process="console", at=self.deps.now(), known_keys=known_keys(self.deps)))

    def signed(self) -> bytes:
        self.deps.keys.refresh()
        return sign(self.deps.keys.derived(b"x")[0], b"message")

    def oldest(self) -> bytes:
        self.deps.keys.refresh()
        return sign(self.deps.keys.derived(b"x")[-1], b"message")

    def accepts(self, signature: bytes) -> bool:
        self.edge.refresh()
        return any(sign(key, b"message") == signature for key in self.edge.derived(b"x"))


@pytest.fixture
def hosts(deps) -> tuple[Host, Host]:
    """An installation of one host with two keys, and a second host that made a key at its start."""
    first, second = Host(deps, "a"), Host(deps, "b")
    for path in (first.path, second.path):
        Keys.load(path)
    key_file.rotate(first.path)
    sync_keys(first.deps)
    return first, second


def test_a_new_host_gets_the_keys_and_its_own_first_key_is_dropped(hosts):
    """Also one whose edge started before its drain. What the others sign is accepted there."""
    first, second = hosts
    sync_keys(second.deps)
    assert second.path.read_bytes() == first.path.read_bytes()
    assert second.path.stat().st_mode & 0o777 == 0o600
    assert second.accepts(first.signed())


def test_a_drain_writes_the_keys_of_its_edge_first(hosts):
    """The edge refuses links of keys that it does not know; other files take long to read."""
    first, second = hosts
    files_of(second.deps)[0].refresh()
    assert second.accepts(first.signed())


def test_a_new_key_signs_only_when_every_host_knows_it(hosts):
    first, second = hosts
    oldest = first.oldest()
    sync_keys(second.deps)
    first.report(), second.report()
    assert not is_alone(first.deps)
    signed = {first.signed()}

    def wait(_seconds: float) -> None:
        signed.add(first.signed())
        assert len(signed) == 1
        second.report()
        first.report()

    count, behind = rotate_everywhere(first.deps, seconds=30, wait=wait)
    assert (count, behind) == (3, [])
    assert first.signed() not in signed
    assert second.accepts(first.signed())
    sync_keys(second.deps)
    assert second.signed() == first.signed()
    assert first.oldest() == second.oldest() == oldest


def test_a_host_that_does_not_learn_the_key_holds_it_back(hosts):
    """It is named, and a second call goes on with the same key."""
    first, second = hosts
    sync_keys(second.deps)
    first.report(), second.report()
    before = first.signed()

    count, behind = rotate_everywhere(first.deps, seconds=0, wait=lambda _: None)
    assert (count, behind) == (2, ["console on a", "console on b"])
    assert (first.signed(), second.signed()) == (before, before)
    first.report(), second.report()
    assert rotate_everywhere(first.deps, seconds=0, wait=lambda _: None) == (3, [])
    assert first.signed() != before


def test_a_silent_drain_holds_a_rotation_back_until_it_is_forgotten(deps, hosts):
    """Its edge may still answer. The drain of a host that reports is known to have the host's file; other silent processes hold nothing."""
    first, _ = hosts
    long_ago = deps.now() - timedelta(hours=1)
    for host, process in (("a", "drain"), ("b", "drain"), ("c", "live")):
        deps.store.hosts.report(HostReport(host=host, process=process, at=long_ago))
    assert not is_alone(first.deps)
    assert rotate_everywhere(first.deps, seconds=0, wait=lambda _: None) == (2, ["drain on b (silent)"])
    forget_host(first.deps, "b")
    assert rotate_everywhere(first.deps, seconds=0, wait=lambda _: None) == (3, [])


def test_keys_that_only_one_host_has_are_shared_and_do_not_sign(hosts):
    """They may be in sent links: a file that was put back, or a rotation while MongoDB was away."""
    first, second = hosts
    oldest, signs, extra = first.oldest(), first.signed(), secrets.token_hex(32)
    key_file.change(second.path, lambda _: [extra, extra[::-1]])
    own = second.signed()
    sync_keys(second.deps), sync_keys(first.deps)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert (first.accepts(own), first.oldest(), second.signed()) == (True, oldest, signs)

    key_file.rotate(first.path)
    sync_keys(first.deps), sync_keys(second.deps)
    assert second.signed() == first.signed() != signs
    assert len(key_file.read_keys(first.path)) == 5


def foreign(host: Host) -> Deps:
    """The host with a key for secrets of its own."""
    keyring = Keyring(host.path.with_name("secrets.json"))
    return dataclasses.replace(host.deps, store=Store(host.deps.store.database, keyring))


def test_the_shared_keys_are_encrypted_and_kept_from_a_host_that_cannot_read_them(deps, hosts):
    """A host with another key for secrets is refused: it changes neither the shared keys nor its file, and holds a rotation back."""
    first, second = hosts
    key_file.rotate(second.path)
    first.report()
    (row,) = deps.store.database.signing_keys.find()
    own = second.path.read_bytes()
    assert all(key not in str(row) for key in key_file.read_keys(first.path))
    for act in (sync_keys, lambda deps: rotate_everywhere(deps, seconds=0)):
        with pytest.raises(BadSetting, match="copy DATA/keys from a"):
            act(foreign(second))
    assert known_keys(foreign(second)) == second.deps.keys.fingerprint()
    assert (list(deps.store.database.signing_keys.find()), second.path.read_bytes()) == ([row], own)


def test_the_only_host_goes_on_without_its_key_for_secrets(deps, hosts):
    """Its file is shared again. A file that was made by this start is not: the keys may be elsewhere."""
    first, second = hosts
    (row,) = deps.store.database.signing_keys.find()
    with pytest.raises(BadSetting, match="DATA/keys"):
        sync_keys(foreign(second))
    assert list(deps.store.database.signing_keys.find()) == [row]
    deps.store.database.signing_keys.update_one({}, {"$set": {"sealed": row["sealed"][:-4] + "AAAA"}})
    with pytest.raises(BadSetting):
        deps.store.signing_keys.read()
    sync_keys(first.deps)
    assert list(deps.store.signing_keys.read().keys) == key_file.read_keys(first.path)

    alone = foreign(second)
    assert rotate_alone(alone) == 2
    assert list(alone.store.signing_keys.read().keys) == key_file.read_keys(second.path)
