"""Sign-in with Microsoft 365 and Google on loopback, with their documented answers, and a mail server that checks the SASL string."""

import base64
import dataclasses
import json
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qs

import pytest
from aiosmtpd.smtp import AuthResult

from tests.mail_receivers import MailReceiver, running
from tests.notifier.receivers import answer, receiver
from tests.notifier.test_mail_sender import NOON, Office
from tracker.actions.mail.automatic import INTERRUPTED
from tracker.actions.mail_queue.outbox import queue_message
from tracker.actions.mail_server import mail_sign_ins
from tracker.base.errors import DeliveryError, Invalid
from tracker.base.ids import new_id
from tracker.base.network.allowed_addresses import AllowedTarget
from tracker.domain.mail.message import MessageState
from tracker.domain.outreach.campaign import Campaign, CampaignState

CLIENT, TENANT = "11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000"
CODE = {
    "user_code": "GTHK-QPMN",
    "device_code": "GMMhmHCXhWEzkobqIHGG_EnNYYsAkukHspeYUk9E8",
    "verification_uri": "https://microsoft.com/devicelogin",
    "expires_in": 900,
    "interval": 5,
    "message": "To sign in, use a web browser …",
}
"""learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code"""


def encoded(value) -> str:
    """The part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def microsoft(access: str, refresh: str = "refresh-1") -> dict:
    """A successful answer of the token endpoint."""
    claims = {
        "aud": CLIENT,
        "iss": "x",
        "oid": "o",
        "tid": TENANT,
        "sub": "s",
        "preferred_username": "rita@us.example",
        "exp": 9999999999,
        "iat": 1,
    }
    return {
        "token_type": "Bearer",
        "scope": "https://outlook.office.com/SMTP.Send",
        "expires_in": 3599,
        "access_token": access,
        "refresh_token": refresh,
        "id_token": f"{encoded({'alg': 'none'})}.{encoded(claims)}.",
        "client_info": encoded({"uid": "o", "utid": TENANT}),
    }


class TokenServer(MailReceiver):
    """A mail server that signs in by XOAUTH2 only."""

    valid = "access-1"
    user = "rita@us.example"

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        return await super().handle_MAIL(server, session, envelope, address, options) if session.authenticated else "530 5.7.57 sign in"

    async def auth_XOAUTH2(self, server, args):  # noqa: N802 - aiosmtpd's name
        said = base64.b64decode(args[1]).decode()
        if said == f"user={self.user}\x01auth=Bearer {self.valid}\x01\x01":
            return AuthResult(success=True)
        empty = await server.challenge_auth('{"status":"401","schemes":"bearer"}')
        assert empty == b""
        return AuthResult(success=False, handled=False)


@pytest.fixture
def server():
    """The mail server."""
    with running(TokenServer(), auth_require_tls=False) as found:
        yield found


@pytest.fixture
def login():
    """The sign-in servers of both providers."""
    with receiver() as found:
        yield found


@pytest.fixture
def office(deps, settings, login, redis, make_deps):
    """A workspace without a sign-in."""
    clock = [NOON]
    wired = dataclasses.replace(
        settings,
        microsoft_login_url=login.url,
        google_token_url=f"{login.url}/token",
        edge_url="https://links.us.example",
        outbound_allow=(AllowedTarget(ip_network("127.0.0.0/8"), None),),
    )
    made = Office(dataclasses.replace(make_deps(wired, lambda: clock[0]), keys=deps.keys), clock)
    yield made
    made.sender.stop(5)


def say(login, status, value):
    """The next answer."""
    login.script.append(answer(status, json.dumps(value).encode(), Content_Type="application/json"))


def forms(login):
    """The forms that arrived, with their paths."""
    return [(call.path, {name: values[0] for name, values in parse_qs(call.body.decode()).items()}) for call in login.calls]


def sign_in(office, login, server, access="access-1"):
    """The admin's steps at Microsoft."""
    say(login, 200, CODE)
    mail_sign_ins.begin_microsoft(
        office.deps, office.workspace, address="rita@us.example", client_id=CLIENT, tenant=TENANT, host="127.0.0.1", port=server.port
    )
    say(login, 200, microsoft(access))
    return mail_sign_ins.finish_microsoft(office.deps, office.workspace)


def test_microsoft_from_the_code_to_a_sent_message(office, login, server):
    """A code, a pending answer, a token; the mail server gets the SASL string; nothing secret is readable in the database."""
    say(login, 200, CODE)
    begun = mail_sign_ins.begin_microsoft(
        office.deps, office.workspace, address="rita@us.example", client_id=CLIENT, tenant=TENANT, host="127.0.0.1", port=server.port
    )
    assert begun.mail_sign_in_wanted.user_code == "GTHK-QPMN"
    say(login, 400, {"error": "authorization_pending", "error_description": "AADSTS70016"})
    assert mail_sign_ins.finish_microsoft(office.deps, office.workspace) is None
    say(login, 200, microsoft("access-1"))

    kept = mail_sign_ins.finish_microsoft(office.deps, office.workspace)

    assert (kept.mail_server.host, kept.mail_server.user, kept.mail_server.password) == ("127.0.0.1", "rita@us.example", "")
    assert kept.mail_sign_in.expires_at == NOON + timedelta(seconds=3599)
    first, second, _ = forms(login)
    assert first[0] == f"/{TENANT}/oauth2/v2.0/devicecode"
    assert "https://outlook.office.com/SMTP.Send" in first[1]["scope"]
    assert (second[0], second[1]["device_code"]) == (f"/{TENANT}/oauth2/v2.0/token", CODE["device_code"])
    assert office.send(office.draft()).state is MessageState.SENT
    stored = str(office.deps.store.database.workspaces.find_one({"_id": office.workspace}))
    assert not any(secret in stored + repr(kept) for secret in ("access-1", "refresh-1", CODE["device_code"]))


def test_tokens_are_renewed_before_they_expire(office, login, server):
    """Fifteen minutes before, once; with the newest refresh token."""
    sign_in(office, login, server)
    office.clock[0] += timedelta(minutes=40)
    assert mail_sign_ins.renew_tokens(office.deps, office.clock[0]) == 0
    office.clock[0] += timedelta(minutes=5)
    say(login, 200, microsoft("access-2", "refresh-2"))
    server.valid = "access-2"

    assert mail_sign_ins.renew_tokens(office.deps, office.clock[0]) == 1
    assert mail_sign_ins.renew_tokens(office.deps, office.clock[0]) == 0

    assert forms(login)[-1][1]["refresh_token"] == "refresh-1"
    assert office.send(office.draft()).state is MessageState.SENT
    office.clock[0] += timedelta(hours=1)
    say(login, 200, microsoft("access-3"))
    mail_sign_ins.renew_tokens(office.deps, office.clock[0])
    assert forms(login)[-1][1]["refresh_token"] == "refresh-2"


def test_a_withdrawn_permission_asks_for_another_sign_in_and_the_mail_waits(office, login, server):
    """The message is not lost: it is sent after the admin signed in again."""
    sign_in(office, login, server)
    made = office.queued()
    office.clock[0] += timedelta(hours=1)
    say(login, 400, {"error": "invalid_grant", "error_description": "AADSTS50173: secret-host"})

    assert mail_sign_ins.renew_tokens(office.deps, office.clock[0]) == 0

    known = office.deps.store.workspaces.get(office.workspace).mail_sign_in
    assert known.problem == "the mail provider refused the sign-in: the permission was withdrawn or has expired"
    assert [alarm.title for alarm, *_ in office.deps.store.alarms.active()] == ["Sign in to the mail provider again"]
    office.sender.send_all()
    assert (office.get(made).state, "sign in" in office.get(made).error) == (MessageState.QUEUED, True)
    with pytest.raises(Invalid, match="sign in"):
        office.send(office.draft("ada"))
    server.valid = "access-9"
    sign_in(office, login, server, "access-9")
    office.wait(minutes=1)
    assert office.get(made).state is MessageState.SENT


def test_interrupted_email_that_no_person_sent_is_not_sent_after_the_next_sign_in(office, login, server):
    """It may have arrived: waiting for the sign-in does not make that forgotten."""
    sign_in(office, login, server)
    campaign = Campaign(id=new_id(), workspace=office.workspace, name="C", template="t", state=CampaignState.RUNNING, created_at=NOON)
    office.deps.store.of(office.workspace).campaigns.add(campaign)
    made = office.draft("ada", campaign=campaign.id, automatic=f"campaign:{campaign.id}")
    queue_message(office.deps, office.workspace, made.id)
    assert office.deps.store.mail_queue.claim(office.clock[0]) is not None  # the process is killed here
    office.clock[0] += timedelta(hours=1)
    say(login, 400, {"error": "invalid_grant"})
    mail_sign_ins.renew_tokens(office.deps, office.clock[0])
    office.sender.send_all()
    server.valid = "access-9"
    sign_in(office, login, server, "access-9")
    office.wait(hours=1)
    assert (office.get(made).state, office.get(made).error) == (MessageState.FAILED, INTERRUPTED)


def test_an_unavailable_sign_in_server_changes_nothing(office, login, server):
    """The token is tried again a minute later; an expired one makes messages wait."""
    sign_in(office, login, server)
    made = office.queued()
    office.clock[0] += timedelta(hours=1)
    login.script.append(answer(503))

    assert mail_sign_ins.renew_tokens(office.deps, office.clock[0]) == 0

    assert office.deps.store.workspaces.get(office.workspace).mail_sign_in.problem == ""
    office.sender.send_all()
    assert "being renewed" in office.get(made).error


def test_a_token_that_the_mail_server_refuses_keeps_the_message(office, login, server):
    """As after a change of password at the provider: the message waits."""
    sign_in(office, login, server)
    server.valid = "another"

    queued = office.send(office.draft())

    assert (queued.state, "535" in queued.error, "Sign" in queued.error or "sign" in queued.error) == (MessageState.QUEUED, True, True)


def test_a_sign_in_that_the_mail_server_refuses_is_not_stored(office, login, server):
    """The former server stays."""
    with pytest.raises(DeliveryError, match="did not accept the sign-in"):
        sign_in(office, login, server, "wrong")
    assert office.deps.store.workspaces.get(office.workspace).mail_server is None


@pytest.mark.parametrize(
    ("error", "words"), [("invalid_client", "not a public client"), ("unauthorized_client", "not found"), ("x" * 900, "unexpected")]
)
def test_refused_apps_are_said_in_words(office, login, error, words):
    """Never with the provider's own text."""
    say(login, 400, {"error": error, "error_description": "AADSTS7000218 secret-host"})
    with pytest.raises(Invalid, match=words) as caught:
        mail_sign_ins.begin_microsoft(office.deps, office.workspace, address="rita@us.example", client_id=CLIENT, tenant=TENANT)
    assert "secret-host" not in str(caught.value)


@pytest.mark.parametrize("bad", [{"client_id": ""}, {"client_id": "a/b"}, {"tenant": "../x"}, {"address": "rita"}])
def test_mistyped_values_are_refused_before_any_request(office, login, bad):
    """A tenant becomes part of a URL."""
    values = {"address": "rita@us.example", "client_id": CLIENT, "tenant": TENANT} | bad
    with pytest.raises(Invalid):
        mail_sign_ins.begin_microsoft(office.deps, office.workspace, **values)
    assert login.calls == []


def test_google_by_a_refresh_token(office, login, server):
    """One request; the token is renewed with the same refresh token."""
    say(login, 200, {"access_token": "access-1", "expires_in": 3599, "scope": "https://mail.google.com/", "token_type": "Bearer"})
    values = {
        "address": "rita@us.example",
        "client_id": "1-x.apps.googleusercontent.com",
        "client_secret": "GOCSPX-x",
        "refresh_token": "1//0g",
    }

    mail_sign_ins.set_google(office.deps, office.workspace, **values, host="127.0.0.1", port=server.port)

    ((path, form),) = forms(login)
    assert path == "/token"
    assert form == {
        "grant_type": "refresh_token", "client_id": values["client_id"], "client_secret": "GOCSPX-x", "refresh_token": "1//0g"
    }  # fmt: skip
    assert office.send(office.draft()).state is MessageState.SENT
    office.clock[0] += timedelta(hours=1)
    say(login, 200, {"access_token": "access-1", "expires_in": 3599, "token_type": "Bearer"})
    assert mail_sign_ins.renew_tokens(office.deps, office.clock[0]) == 1
    assert forms(login)[-1][1]["refresh_token"] == "1//0g"
