"""A rep's mailbox on a real IMAP server: what is about our messages acts once, and other mail is not even read."""

import dataclasses
import getpass
import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import parse_qs

import msgspec
import pytest

from tests.notifier.test_mail_sign_in import CLIENT, CODE, TENANT, microsoft
from tests.ports import free_ports
from tests.scenes import NOON
from tests.smtp_servers import certificate
from tests.store.test_mail_inbound import NAMED, Office, raw
from tests.unit.mail.inbound.samples import OURS
from tracker.actions.inquiry_mail.look import look_at_due_inquiries
from tracker.actions.inquiry_mail.mailbox import set_inquiry_mailbox, set_inquiry_rules, share_inquiry_mailbox
from tracker.actions.mail_inbound import mailbox_sign_ins
from tracker.actions.mail_inbound.look import look_at_due
from tracker.actions.mail_inbound.mailboxes import set_mailbox
from tracker.base.errors import DeliveryError, Forbidden, Invalid
from tracker.base.ids import id_of
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.cli.mailboxes import inquiry_mailbox_checks, mailbox_checks
from tracker.domain.mail.inquiry_mailbox import INQUIRY_MAILBOX
from tracker.domain.mail.mail_sign_in import MailCredentials, MailSignIn
from tracker.links.keys import Keys
from tracker.store.core.records import key_of
from workers.mailbox import OF_INQUIRIES, Watcher

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = required
auth_mechanisms = plain login xoauth2
ssl_cert = <{folder}/server.pem
ssl_key = <{folder}/server.key
mail_location = maildir:{folder}/mail
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.ext
}}
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
INTROSPECTION = """
introspection_url = http://127.0.0.1:{port}/introspect
introspection_mode = post
username_attribute = email
active_attribute = active
active_value = true
"""


class Provider(ThreadingHTTPServer):
    """A sign-in server: gives the tokens that the test names, and tells Dovecot which ones are valid."""

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), _Answer)
        self.answers, self.valid, self.forms = [], set(), []


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.path == "/introspect":
            status, found = 200, {"active": form["token"][0] in self.server.valid, "email": "rosa@us.example"}
        else:
            self.server.forms.append(form)
            status, found = self.server.answers.pop(0)
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


class Server:
    """Dovecot with one mailbox."""

    def __init__(self, folder, port):
        self.folder, self.port, self.tls, self.provider = folder, port, port + 1, Provider(port + 2)
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
    made = Server(folder, free_ports(3))
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / name).mkdir(parents=True)
    for path in (folder / "mail", *(folder / "mail").iterdir()):
        shutil.chown(path, "nobody")
    (folder / "dovecot.conf").write_text(CONFIG.format(folder=folder, port=made.port, tls=made.tls))
    (folder / "oauth2.ext").write_text(INTROSPECTION.format(port=made.port + 2))
    threading.Thread(target=made.provider.serve_forever, daemon=True).start()
    process = subprocess.Popen([DOVECOT, "-F", "-c", folder / "dovecot.conf"])
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", made.tls), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield made
    made.provider.shutdown()
    made.provider.server_close()
    process.terminate()
    process.wait(10)
    shutil.rmtree(folder)


@pytest.fixture
def office(deps, server):
    """An office whose reps may connect to the server."""
    Keys.load(deps.settings.signing_keys_file)
    deps.keys.refresh()
    allowed = tuple(AllowedTarget(ip_network("127.0.0.1"), port) for port in (server.port, server.tls))
    clock = [NOON.replace(year=2026, month=12, day=7, hour=9)]
    login = f"http://127.0.0.1:{server.port + 2}"
    settings = dataclasses.replace(deps.settings, outbound_allow=allowed, microsoft_login_url=login, google_token_url=login)
    return Office(dataclasses.replace(deps, settings=settings, now=lambda: clock[0]), clock)


def test_a_mailbox(deps, server, office):
    """New mail is looked at once; the past week at first; a wrong password and a wrong host are told in our words."""
    clock = office.clock
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

    assert [(check.level, check.text) for check in mailbox_checks(office.deps)] == [("ok", "1 can be opened and is read")]
    clock[0] += timedelta(minutes=40)
    assert "last read 40 minutes ago" in next(mailbox_checks(office.deps)).text

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


def test_a_mailbox_by_sign_in(deps, server, office):
    """XOAUTH2 with the rep's token, which is renewed when needed, or with the company's. What is refused is told; no secret is readable."""
    here, provider, clock = office.store.rep_mailboxes, server.provider, office.clock
    given = {"address": "rosa@us.example", "client_id": CLIENT, "tenant": TENANT, "host": "localhost", "port": server.tls}
    provider.answers += [(200, CODE), (400, {"error": "authorization_pending"}), (200, microsoft("access-0"))]
    begun = mailbox_sign_ins.begin_microsoft_mailbox(office.deps, office.rosa, **given)
    assert (begun.sign_in_wanted.user_code, begun.is_connected) == ("GTHK-QPMN", False)
    assert "https://outlook.office.com/IMAP.AccessAsUser.All" in provider.forms[0]["scope"][0]
    assert not look_at_due(office.deps, clock[0])
    assert mailbox_sign_ins.finish_microsoft_mailbox(office.deps, office.rosa) is None
    with pytest.raises(DeliveryError, match="did not accept the sign-in; sign in again"):
        mailbox_sign_ins.finish_microsoft_mailbox(office.deps, office.rosa)
    provider.answers += [(200, microsoft("access-1"))]
    provider.valid = {"access-1"}
    server.deliver(raw("Yes.", In_Reply_To=OURS))
    mailbox_sign_ins.finish_microsoft_mailbox(office.deps, office.rosa)
    look_at_due(office.deps, clock[0])
    assert office.kinds() == ["reply"]
    assert not any(word in str(list(deps.store.database.rep_mailboxes.find())) for word in ("access-1", "refresh-1", "device_code"))

    clock[0] += timedelta(minutes=56)
    provider.answers, provider.valid = [(200, microsoft("access-2", "refresh-2"))], {"access-2"}
    look_at_due(office.deps, clock[0])
    assert (here.get(office.rosa.id).problem, provider.forms[-1]["refresh_token"]) == ("", ["refresh-1"])
    clock[0] += timedelta(hours=1)
    provider.answers = [(400, {"error": "invalid_grant", "error_description": "secret-host"})]
    look_at_due(office.deps, clock[0])
    assert here.get(office.rosa.id).problem.endswith("withdrawn or has expired; sign in again, under Settings, Your mailbox")

    with pytest.raises(Forbidden):
        mailbox_sign_ins.connect_company_mailbox(office.deps, office.rosa)
    known = MailSignIn(provider="microsoft", address="Rosa@us.example", client_id=CLIENT, uses=("send", "read"))
    secret = MailCredentials(access_token="access-2").encoded
    deps.store.workspaces.change(office.workspace, mail_sign_in=msgspec.structs.replace(known, secret=secret))
    shared = mailbox_sign_ins.connect_company_mailbox(office.deps, office.rosa, host="localhost", port=server.tls)
    assert (shared.sign_in, shared.is_shared) == (None, True)
    look_at_due(office.deps, clock[0])
    assert here.get(office.rosa.id).problem == ""

    inquiries = share_inquiry_mailbox(office.deps, office.workspace, user="rosa@us.example", host="localhost", port=server.tls)
    assert (inquiries.is_shared, inquiries.password) == (True, "")
    assert [check.level for check in inquiry_mailbox_checks(office.deps)] == ["warn"]
    assert look_at_due_inquiries(office.deps, clock[0])
    assert [check.level for check in inquiry_mailbox_checks(office.deps)] == ["ok"]
    provider.valid = set()
    assert "did not accept the sign-in" in next(inquiry_mailbox_checks(office.deps)).text


def test_new_mail_is_told_by_the_server(server, office):
    """With IDLE a mail is read as soon as it comes. The end of a session is no problem, and the end of the process hands the mailbox over."""
    here, rep, clock = office.store.rep_mailboxes, office.rosa.id, office.clock
    given = {"host": "localhost", "port": str(server.tls), "security": "tls", "user": "rosa", "password": "lantern"}
    set_mailbox(office.deps, office.rosa, **given)
    clock[0] = clock[0].replace(hour=13)
    stop = threading.Event()
    thread = threading.Thread(target=Watcher(office.deps, stop).run)
    thread.start()
    _wait_for(lambda: here.get(rep).is_pushed)
    assert here.get(rep).next_at > clock[0]
    server.deliver(raw("Yes.", In_Reply_To=OURS))
    _wait_for(lambda: here.get(rep).last_uid == 1)
    assert office.kinds() == ["reply"]

    subprocess.run(["doveadm", "-c", server.folder / "dovecot.conf", "kick", "rosa"], check=True, capture_output=True)
    _wait_for(lambda: not here.get(rep).is_pushed)
    found = here.get(rep)
    assert (found.problem, found.next_at) == ("", clock[0] + timedelta(seconds=5))
    clock[0] += timedelta(seconds=10)
    _wait_for(lambda: here.get(rep).is_pushed)
    stop.set()
    thread.join(20)
    assert (thread.is_alive(), here.get(rep).next_at) == (False, clock[0])


def test_an_inquiry_is_told_by_the_server(server, office):
    """The inquiry mailbox is watched as that of a rep. Email that Leadlight fails on is tried again, later and later, and on request."""
    here, inquiries, clock = office.store.inquiry_mailboxes, office.store.inquiries, office.clock
    given = {"host": "localhost", "port": str(server.tls), "security": "tls", "user": "info", "password": "lantern"}
    set_inquiry_mailbox(office.deps, office.workspace, **given)
    clock[0] = clock[0].replace(hour=13)
    look_at_due_inquiries(office.deps, clock[0])
    clock[0] += timedelta(minutes=1)
    rows, broken = office.deps.store.database.inquiry_mails, key_of(office.workspace, id_of(office.workspace, "inquiry mail", "<2@x>"))
    rows.insert_one({"_id": broken, "ws": office.workspace})  # a row that nothing can read
    server.deliver(raw("And us?", sender="Kim <kim@mill.example>", subject="Vans", Message_ID="<2@x>"))
    for tries, pause in ((1, 1), (2, 5), (3, 30)):
        look_at_due_inquiries(office.deps, clock[0])
        (failed,) = here.get(INQUIRY_MAILBOX).unread
        assert (failed.tries, failed.next_at, failed.reason) == (tries, clock[0] + timedelta(minutes=pause), "ValidationError")
        clock[0] += timedelta(minutes=pause)
    rows.delete_one({"_id": broken})
    clock[0] -= timedelta(minutes=1)
    look_at_due_inquiries(office.deps, clock[0])
    assert here.get(INQUIRY_MAILBOX).unread == (failed,)  # not yet
    here.request(clock[0])
    look_at_due_inquiries(office.deps, clock[0])
    assert (here.get(INQUIRY_MAILBOX).unread, len(office.store.leads.by_emails(["kim@mill.example"]))) == ((), 1)

    here.request(clock[0])
    stop = threading.Event()
    thread = threading.Thread(target=Watcher(office.deps, stop, OF_INQUIRIES).run, daemon=True)
    thread.start()
    found = _wait_for(lambda: here.find(INQUIRY_MAILBOX).is_pushed and here.find(INQUIRY_MAILBOX))
    assert (found.problem, found.next_at > clock[0]) == ("", True)
    server.deliver(raw("Could you call?", sender="Zoe <zoe@bakery.example>", subject="Vans"))
    set_inquiry_rules(office.deps, office.workspace, rules=(), takes_others=True, source="Phone")
    lead = _wait_for(lambda: office.store.leads.by_emails(["zoe@bakery.example"])).popitem()[1]
    assert [one.message for one in _wait_for(lambda: inquiries.of_lead(lead.id))] == ["Vans\n\nCould you call?"]
    stop.set()
    thread.join(20)
    assert (thread.is_alive(), here.get(INQUIRY_MAILBOX).next_at) == (False, clock[0])


def _wait_for(condition):
    until = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found
