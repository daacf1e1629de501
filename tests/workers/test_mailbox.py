"""A rep's mailbox on a real IMAP server: what is about our messages acts once, and other mail is not even read."""

import dataclasses
import getpass
import shutil
import socket
import subprocess
import tempfile
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from tests.ports import free_ports
from tests.scenes import NOON
from tests.smtp_servers import certificate
from tests.store.test_mail_inbound import NAMED, Office, raw
from tests.unit.mail.inbound.samples import OURS
from tracker.actions.mail_inbound.mailboxes import look_at_due, set_mailbox
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.links.keys import Keys

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
mail_location = maildir:{folder}/mail
passdb {{
  driver = static
  args = password=lantern
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}/home
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
"""


class Server:
    """Dovecot with one mailbox."""

    def __init__(self, folder, port):
        self.folder, self.port, self.tls = folder, port, port + 1
        self.inbox, self._count = folder / "mail" / "new", 0

    def deliver(self, text):
        self._count += 1
        file = self.inbox / f"{self._count}.test"
        file.write_text(text)
        shutil.chown(file, "nobody")


@pytest.fixture
def server(monkeypatch):
    assert DOVECOT is not None, "Dovecot is missing: sh deploy/test_tools.sh installs it"
    if getpass.getuser() != "root":
        pytest.skip("only root can run Dovecot for another user")
    folder = Path(tempfile.mkdtemp(prefix="imap"))  # the mailbox's user may not enter the folder of pytest
    folder.chmod(0o755)
    _, authority = certificate(folder, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    made = Server(folder, free_ports(2))
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / name).mkdir(parents=True)
    for path in (folder / "mail", *(folder / "mail").iterdir()):
        shutil.chown(path, "nobody")
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, port=made.port, tls=made.tls))
    process = subprocess.Popen([DOVECOT, "-F", "-c", folder / "dovecot.conf"])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", made.tls), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield made
    process.terminate()
    process.wait(10)
    shutil.rmtree(folder)


def test_a_mailbox(deps, server):
    """New mail is looked at once; the past week at first; a wrong password and a wrong host are told in our words."""
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    allowed = tuple(AllowedTarget(ip_network("127.0.0.1"), port) for port in (server.port, server.tls))
    clock = [NOON.replace(year=2026, month=12, day=7, hour=9)]
    settings = dataclasses.replace(deps.settings, outbound_allow=allowed)
    office = Office(dataclasses.replace(deps, settings=settings, now=lambda: clock[0]), clock)
    here = office.store.rep_mailboxes
    given = {"host": "localhost", "port": str(server.tls), "security": "tls", "user": "rosa", "password": "lantern"}

    for wrong, said in (({"password": "x"}, "did not accept"), ({"port": "9"}, "no public address")):
        with pytest.raises(DeliveryError, match=said):
            set_mailbox(office.deps, office.rosa, **given | wrong)
    with pytest.raises(Invalid):
        set_mailbox(office.deps, office.rosa, **given | {"password": ""})
    assert here.find(office.rosa.id) is None

    server.deliver(raw("Yes.", In_Reply_To=OURS))
    server.deliver(raw("A secret", sender="friend@else.example", subject="Re: lunch", In_Reply_To="<7@else.example>", Message_ID="<f@x>"))
    set_mailbox(office.deps, office.rosa, **given)
    assert "lantern" not in str(list(deps.store.database.rep_mailboxes.find()))
    clock[0] = clock[0].replace(hour=13)
    assert look_at_due(office.deps, clock[0])
    assert not look_at_due(office.deps, clock[0])
    assert office.kinds() == ["reply"]
    found = here.get(office.rosa.id)
    assert (found.matched, found.problem, found.checked_at) == (1, "", clock[0])

    server.deliver(NAMED["bounce: postfix"])
    server.deliver(NAMED["other: newsletter"])
    set_mailbox(office.deps, office.rosa, **given | {"port": str(server.port), "security": "starttls"})
    assert look_at_due(office.deps, clock[0])
    here.request(office.rosa.id, clock[0])
    assert look_at_due(office.deps, clock[0])
    assert sorted(office.kinds()) == ["bounce", "reply"]
    assert here.get(office.rosa.id).last_uid == 4
    assert not list((server.folder / "mail" / "cur").glob("*S"))  # none is marked as read

    office.store.reps.change(office.rosa.id, is_active=False)
    here.request(office.rosa.id, clock[0])
    look_at_due(office.deps, clock[0])
    assert here.find(office.rosa.id) is None
