"""The audit log's words and differences: every action is grouped and worded, no secret is ever quoted."""

from datetime import UTC, datetime

import msgspec
import pytest

from tracker.domain.alerting.channel import Channel, ChannelName
from tracker.domain.ops.audit import GROUPS, OPERATOR, Actor, ActorKind, AuditAction, AuditEntry
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.mail_server import MailServer
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.stage import Stage
from tracker.domain.workspace.workspace import Policy, Workspace
from tracker.rules import audit_changes
from tracker.web.console.text.audit_text import GROUP_NAMES, details_of, sentence_of

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
WORKSPACE = Workspace(id="w", name="Northbeam", created_at=NOW)
REP = Rep(id="r", workspace="w", email="tom@us.example", name="Tom Birch", created_at=NOW)


def entry(action, subject="", **details):
    return AuditEntry(id="i", workspace="w", at=NOW, action=action, actor=OPERATOR, subject=subject, details=details)


def test_every_action_is_in_one_group():
    """A filter by group finds every entry, and none twice; every group has a name."""
    grouped = [action for actions in GROUPS.values() for action in actions]

    assert sorted(grouped) == sorted(AuditAction)
    assert GROUP_NAMES.keys() == GROUPS.keys()


@pytest.mark.parametrize("action", AuditAction)
def test_every_action_has_a_text(action):
    """With a subject and without one."""
    assert sentence_of(entry(action))
    assert "Tom Birch" in sentence_of(entry(action, "Tom Birch"))


def test_old_and_new_value_are_part_of_the_sentence():
    """Other details are shown separately."""
    changed = entry(AuditAction.ROLE_CHANGED, "Tom Birch", old="rep", new="admin", points_no_next="1 → 2")

    assert sentence_of(changed) == "Changed the role of Tom Birch from rep to admin"
    assert details_of(changed) == [("points for no next", "1 → 2")]


def test_an_action_on_oneself_names_no_subject():
    """The actor is shown separately."""
    by = Actor(kind=ActorKind.REP, id="r", name="Tom Birch")
    own, others = (msgspec.structs.replace(entry(AuditAction.PASSWORD_CHANGED, name), actor=by) for name in ("Tom Birch", "Mara"))

    assert [sentence_of(own), sentence_of(others)] == ["Changed the password", "Changed the password of Mara"]


def test_a_subject_is_no_template():
    """Braces in a name stay as they are."""
    assert sentence_of(entry(AuditAction.DELETED, "{} {0.__class__}")) == "Deleted the {} {0.__class__}"


def test_settings_are_described_by_field():
    """Short values from and to, lists by what was added and removed, a mail server by its host alone."""
    after = msgspec.structs.replace(
        WORKSPACE,
        name="Northbeam Ltd",
        products=("Licence",),
        stages=(*WORKSPACE.stages, Stage("Parked")),
        mail_server=MailServer(host="mail.us.example", port=465, user="user", password="hunter2"),
        smtp_checked_at=NOW,
        rules={"clicked": 9},
        policy=msgspec.structs.replace(Policy(), reps_see="own", fit={"size": ("50",)}, keep_events_days=90, learn_domains=False),
        version=7,
    )

    assert audit_changes.of_workspace(WORKSPACE, after) == {
        "name": "Northbeam → Northbeam Ltd",
        "mail_server": "none → mail.us.example:465",
        "stages": "added Parked (open)",
        "products": "added Licence",
        "reps_see": "all → own",
        "keep_events_days": "none → 90",
        "learn_domains": "yes → no",
        "fit": "changed",
        "points_clicked": "default → 9",
    }
    typed_anew = msgspec.structs.replace(after, mail_server=MailServer(host="mail.us.example", port=465, user="user", password="hunter3"))
    assert audit_changes.of_workspace(after, typed_anew) == {"mail_server": "changed"}
    removed = msgspec.structs.replace(after, mail_server=None)
    assert audit_changes.of_workspace(after, removed) == {"mail_server": "mail.us.example:465 → none"}
    assert audit_changes.of_workspace(WORKSPACE, WORKSPACE) == {}


def test_the_value_of_an_unlisted_field_is_never_shown():
    """A field added later may hold a secret."""

    class Later(Workspace, frozen=True, kw_only=True):
        smtp_password: str = ""

    before = Later(id="w", name="N", created_at=NOW, smtp_password="hunter1")

    assert audit_changes.of_workspace(before, msgspec.structs.replace(before, smtp_password="hunter2")) == {"smtp_password": "changed"}


def test_several_changes_of_a_rep_are_several_entries():
    """Role, address, access and profile are different things to look for."""
    after = msgspec.structs.replace(REP, role=Role.ADMIN, email="t@us.example", is_active=False, name="Tom B", last_seen_at=NOW)
    found = audit_changes.of_rep(REP, after)

    assert [(change.action, change.details) for change in found] == [
        (AuditAction.ROLE_CHANGED, {"old": "rep", "new": "admin"}),
        (AuditAction.ADDRESS_CHANGED, {"old": "tom@us.example", "new": "t@us.example"}),
        (AuditAction.REP_DEACTIVATED, {}),
        (AuditAction.REP_CHANGED, {"name": "Tom Birch → Tom B"}),
    ]
    assert audit_changes.of_rep(REP, REP) == ()
    asked = msgspec.structs.replace(REP, pending_email="new@us.example")
    confirmed = msgspec.structs.replace(REP, email="new@us.example")
    (change,) = audit_changes.of_rep(REP, asked)
    assert (change.action, change.details) == (AuditAction.ADDRESS_CHANGED, {"old": "tom@us.example", "new": "new@us.example"})
    assert audit_changes.of_rep(asked, confirmed) == ()


def test_a_channel_is_described_without_its_secrets():
    """Of a webhook its host, of Slack the channel's name."""
    configs = [
        {"webhook_url": "https://hooks.slack.com/services/T/B/secret"},
        {"bot_token": "xoxb-secret", "channel": "#sales"},
        {"address": "tom@us.example"},
        {"url": "https://user:secret@hooks.us.example/secret?token=secret", "secret": "secret"},
    ]
    found = [audit_changes.channel_details(Channel(id="c", workspace="w", rep=None, name=ChannelName.SLACK, config=c)) for c in configs]

    assert found == [{}, {"channel": "#sales"}, {"address": "tom@us.example"}, {"host": "hooks.us.example"}]
    assert audit_changes.channel_subject(ChannelName.EMAIL, "Tom Birch") == "email channel of Tom Birch"


def test_a_site_is_described_by_field():
    """Whether values of its form fields are kept is one of them."""
    site = Site(key="k", name="Shop", origins=("https://a.example",), fields=("email",))
    after = msgspec.structs.replace(site, origins=("https://b.example",), fields_approved=True, first_seen_at=NOW)

    assert audit_changes.of_site(site, after) == {
        "origins": "added https://b.example; removed https://a.example",
        "fields_approved": "no → yes",
    }
