"""The bytes of accepted mails: in MongoDB for every host, of any size, and gone when their mail is. tracker.actions.mail_relay.kept_bytes."""

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from notifier.copy_sender import CopySender
from notifier.mail_sender import MailSender
from tests.relay.test_relay import MAIL, NO_BCC
from tracker.actions.deps import Deps
from tracker.actions.mail_relay import client_tests, finished, kept_bytes
from tracker.base.ids import new_id
from tracker.store.mail.mail_bytes import PART_BYTES


def _on_another_host(deps: Deps, folder: Path) -> Deps:
    return dataclasses.replace(deps, settings=dataclasses.replace(deps.settings, data=folder))


def _file(deps: Deps, mail: str, raw: bytes) -> Path:
    """As a former version kept it."""
    file = deps.settings.data / "mail" / mail
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(raw)
    return file


def test_a_notifier_on_another_host_sends_it(office: Any, upstream: Any, tmp_path: Path) -> None:
    """Relay and notifier share MongoDB only; also a mail larger than a document may be."""
    other = _on_another_host(office.deps, tmp_path / "other")
    lines = b"0123456789" * 90 + b"\r\n"
    large = MAIL + lines * (17 * PART_BYTES // len(lines))
    office.submit(large, "dana@acme.example", "bob@else.example")
    office.copies, office.mail = CopySender(other, lambda: None), MailSender(other)
    office.deliver()
    assert upstream.to("bob@else.example") == large.replace(b"Bcc: boss@us.example\r\n", b"")
    assert b"https://links.us.example" in upstream.to("dana@acme.example").replace(b"=\r\n", b"")
    office.deliver(minutes=5)
    assert office.deps.store.database.mail_bytes.count_documents({}) == 0
    assert not (office.deps.settings.data / "mail").exists()


def test_files_of_former_versions_are_sent_and_moved(office: Any, upstream: Any, tmp_path: Path) -> None:
    """A notifier beside them reads them; a relay moves them, which may have been interrupted, to where any notifier finds them."""
    store, rows = office.deps.store, office.deps.store.database.mail_bytes
    read, moved = office.submit(MAIL, "p0@else.example"), office.submit(MAIL.replace(b"a1@", b"a2@"), "p1@else.example")
    rows.delete_many({})
    files = [_file(office.deps, mail, MAIL.replace(b"a1@", b"a%d@" % number)) for number, mail in ((1, read), (2, moved))]
    assert kept_bytes.read(office.deps, office.workspace, read) == MAIL
    store.mail_bytes.put(office.workspace, moved, files[1].read_bytes(), office.clock[0])
    assert kept_bytes.move_files(office.deps) == 2
    assert [file.exists() for file in files] == [False, False]
    _file(office.deps, read, MAIL)
    store.mail_bytes.remove(office.workspace, read)
    office.deliver()
    assert upstream.to("p0@else.example") == NO_BCC
    assert upstream.to("p1@else.example") == NO_BCC.replace(b"a1@", b"a2@")
    office.deliver(minutes=5)
    assert list((office.deps.settings.data / "mail").iterdir()) == []
    assert kept_bytes.move_files(_on_another_host(office.deps, tmp_path / "none")) == 0


def test_bytes_without_a_mail_are_removed_a_day_later(office: Any) -> None:
    """The relay died before the row, or in the middle of the bytes; those of a mail that waits stay, however old, as do new ones."""
    mails, database = office.deps.store.mail_bytes, office.deps.store.database
    waiting = office.submit(MAIL, "bob@else.example")
    orphan, half, new = new_id(), new_id(), new_id()
    for mail in (orphan, half):
        mails.put(office.workspace, mail, b"x" * (2 * PART_BYTES + 1), office.clock[0])
    database.mail_bytes.delete_one({"_id": f"{office.workspace}:{half}:0001"})
    assert mails.read(office.workspace, half) is None
    file = _file(office.deps, new_id(), b"x")
    later = office.clock[0] + timedelta(days=40 * 365)  # a file has the time of this machine
    mails.put(office.workspace, new, b"", later)
    finished.remove_orphans(office.deps, later)
    assert {row["_id"].split(":")[1] for row in database.mail_bytes.find({}, {"_id": 1})} == {waiting, new}
    assert (mails.read(office.workspace, new), file.exists()) == (b"", False)


def test_what_a_workspace_sent_goes_with_it(office: Any) -> None:
    """Bytes of another one stay."""
    office.submit(MAIL, "bob@else.example")
    office.deps.store.mail_bytes.put("f" * 16, "mail", b"x", office.clock[0])
    office.deps.store.remove_workspace(office.workspace)
    assert [row["ws"] for row in office.deps.store.database.mail_bytes.find({})] == ["f" * 16]


def test_what_mongodb_cannot_keep_is_refused_for_now(office: Any) -> None:
    """As on a full disk, in the middle of a mail: the client tries again, nothing half is left, and the test of the client says why."""
    database = office.deps.store.database
    client_tests.start(office.deps, office.rita, "thunderbird")
    database.command("collMod", "mail_bytes", validator={"_id": {"$not": re.compile(":0001$")}})
    with office.client() as client:
        client.docmd("MAIL", "FROM:<rita@us.example>")
        client.docmd("RCPT", "TO:<bob@else.example>")
        code, _ = client.data(MAIL + (b"x" * 900 + b"\r\n") * 1500)
    assert code == 451
    assert (database.mail_bytes.count_documents({}), database.accepted_mails.count_documents({})) == (0, 0)
    found = office.deps.store.client_tests.find(office.workspace, office.rita.id)
    assert "database is full" in found.refused
