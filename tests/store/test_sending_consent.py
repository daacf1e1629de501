"""The bytes on the wire hold exactly what the lead allows: for every state and kind of country, however the mail was made."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from tests.store.test_sending import Inbox, demo, inbox, settings  # noqa: F401 - fixtures
from tracker.actions.leads import leads
from tracker.actions.links.share_links import create_share_link
from tracker.actions.mail import messages
from tracker.actions.mail_queue.outbox import send_message
from tracker.actions.privacy.consents import record_choice, set_consent
from tracker.actions.workspace.tracking_policies import set_tracking_policy
from tracker.base.errors import Invalid
from tracker.base.ids import new_id
from tracker.domain.mail.message import MessageState

HTML = '<p>Olá {{first_name}}</p><a href="https://acme.example/x">x</a>'


def parts_of(inbox: Inbox) -> tuple[str, str, str]:  # noqa: F811
    """HTML, text and the raw bytes, decoded, of the newest mail."""
    content = inbox.mails[-1].content
    mail = message_from_bytes(content, policy=default)
    return mail.get_body(("html",)).get_content(), mail.get_body(("plain",)).get_content(), content.decode("utf-8", "replace")


def send(deps, demo, **more):  # noqa: F811
    """Sends a message to the lead; the message."""
    made = messages.create_message(deps, demo[0], **({"lead": demo[2].id, "subject": "Offer", "html": HTML} | more))
    return send_message(deps, demo[0], made.id)


def decide(deps, demo, **more):  # noqa: F811
    """The offered policy of a German company, with links only in Canada."""
    values = {"own_country": "Germany", "degrees": {"DE": "off", "GB": "off", "CA": "links"}, "by": "Ada"} | more
    return set_tracking_policy(deps, demo[0], **values)


def degree_of(inbox) -> str:  # noqa: F811
    """What the bytes contain."""
    html, text, raw = parts_of(inbox)
    has_pixel, has_links = "/o/" in html, "/c/" in html
    assert ("/c/" in text or "/o/" in text) is False
    if not has_pixel and not has_links:
        assert 'href="https://acme.example/x"' in html
        assert re.search(r"/[oc]/[A-Za-z0-9_-]{20}", raw) is None
    return {(False, False): "off", (False, True): "links", (True, True): "full"}[has_pixel, has_links]


@pytest.mark.parametrize(
    ("country", "state", "degree", "reason"),
    [
        ("Germany", "unknown", "off", "No tracking: Germany, no permission yet"),
        ("DE", "granted", "full", None),
        ("Deutschland", "exempt", "full", None),
        ("Germany", "refused", "off", "No tracking: permission refused on"),
        ("Canada", "unknown", "links", "Links only: Canada, no permission yet"),
        ("Canada", "refused", "off", "No tracking: permission refused on"),
        ("Canada", "granted", "full", None),
        ("USA", "unknown", "full", None),
        ("USA", "refused", "off", "No tracking: permission refused on"),
        (None, "unknown", "off", "No tracking: unknown country, counts as Germany, no permission yet"),
        (None, "granted", "full", None),
    ],
)
def test_the_bytes_hold_what_is_allowed(deps, demo, inbox, country, state, degree, reason):  # noqa: F811
    """Pixel, tracked links and the tracking-choice link on the wire, and the reason with the message and its links."""
    decide(deps, demo)
    leads.change_lead(deps, demo[0], demo[2].id, country=country)
    if state != "unknown":
        set_consent(deps, demo[0], demo[2].id, state=state, how="phone", by="api")

    sent = send(deps, demo)

    assert degree_of(inbox) == degree
    assert (sent.tracking_reason or "").startswith(reason or "")
    assert (sent.tracking_reason is None) == (reason is None)
    assert (sent.degree, sent.track, sent.pixel_url is not None) == (degree, degree != "off", degree == "full")
    assert [link.reason for link in sent.links] == ["consent" if degree == "off" else None]
    html, text, _ = parts_of(inbox)
    assert (html.count("/p/"), text.count("/p/")) == ((0, 0) if degree == "off" else (1, 1))


def test_before_set_up_has_asked_mail_is_tracked_as_before(deps, demo, inbox):  # noqa: F811
    """Without a policy, unless the lead refused or the author wants no tracking."""
    assert (send(deps, demo).tracking_reason, degree_of(inbox)) == (None, "full")
    assert (send(deps, demo, track=False).links[0].reason, degree_of(inbox)) == ("declined", "off")
    assert "/p/" not in parts_of(inbox)[2]
    set_consent(deps, demo[0], demo[2].id, state="refused", how="phone", by="api")
    assert (send(deps, demo).links[0].reason, degree_of(inbox)) == ("consent", "off")


def test_the_author_places_the_choice(deps, demo, inbox):  # noqa: F811
    """With {{tracking_choice_url}} no second link is added, and it is never tracked itself; the footer stands in the lead's language."""
    leads.change_lead(deps, demo[0], demo[2].id, country="Österreich")
    set_consent(deps, demo[0], demo[2].id, state="granted", how="phone", by="api")
    send(deps, demo, html=HTML + '<p><a href="{{unsubscribe_url}}">no mail</a> <a href="{{tracking_choice_url}}">choice</a></p>')
    html, text, _ = parts_of(inbox)
    assert (html.count("/p/"), text.count("/p/"), html.count("E-Mail-Tracking")) == (1, 1, 0)
    assert ">choice</a>" in html

    send(deps, demo, html=f"<html><body>{HTML}</body></html>")
    html, text, _ = parts_of(inbox)
    assert re.search(r'<a href="[^"]+/p/[^"]+" lang="de" style="[^"]+">E-Mail-Tracking: Ihre Wahl</a>', html)
    assert html.index("/p/") < html.rindex("/o/") < html.index("</body>")
    assert "E-Mail-Tracking: Ihre Wahl: http" in text


def test_a_mail_asks_for_permission(deps, demo, inbox):  # noqa: F811
    """One sentence with the link in the lead's language, and nothing tracked; not again for six months after a refusal."""
    decide(deps, demo)
    leads.change_lead(deps, demo[0], demo[2].id, country="France")
    decide(deps, demo, degrees=None)
    sent = send(deps, demo, ask_consent=True)
    html, text, _ = parts_of(inbox)
    assert (sent.asks_consent, degree_of(inbox)) == (True, "off")
    assert "Pouvons-nous voir quand vous ouvrez nos e-mails" in html
    assert (html.count("/p/"), text.count("/p/")) == (1, 1)

    record_choice(deps, demo[0], demo[2].id, record=new_id(), state="refused", at=deps.now() - timedelta(days=30), wording="…")
    assert send(deps, demo, ask_consent=True).asks_consent is False
    assert "/p/" not in parts_of(inbox)[2]
    set_consent(deps, demo[0], demo[2].id, state="granted", how="phone", by="api")
    assert (send(deps, demo, ask_consent=True).asks_consent, degree_of(inbox)) == (False, "full")


def test_consent_that_changes_before_sending_counts(deps, demo, inbox):  # noqa: F811
    """A draft is composed again at the moment of sending, in both directions; its subject and its author's text stay."""
    made = messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer", html=HTML, text="Hi {{first_name}}")
    assert made.pixel_url
    set_consent(deps, demo[0], demo[2].id, state="refused", how="phone", by="api")
    sent = send_message(deps, demo[0], made.id)
    assert (degree_of(inbox), sent.subject, sent.pixel_url, sent.track) == ("off", "Offer", None, False)
    assert parts_of(inbox)[1].strip() == "Hi Dana"
    assert sent.tracking_reason.startswith("No tracking: permission refused")

    waiting = messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer", html=HTML)
    untracked = messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer", html=HTML, track=False)
    set_consent(deps, demo[0], demo[2].id, state="granted", how="phone", by="api")
    assert (send_message(deps, demo[0], waiting.id).tracking_reason, degree_of(inbox)) == (None, "full")
    assert (send_message(deps, demo[0], untracked.id).track, degree_of(inbox)) == (False, "off")


def test_a_draft_of_an_older_version_keeps_its_meaning(deps, demo, inbox):  # noqa: F811
    """Stored without what was asked for: an untracked one stays untracked; a tracked one is composed again after a refusal."""
    old = {"$unset": {"requested": "", "allowed": "", "tracking": "", "tracking_reason": "", "asks_consent": "", "source_text": ""}}
    made = messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer", html=HTML, track=False)
    deps.store.database.messages.update_many({}, old)
    assert send_message(deps, demo[0], made.id).state is MessageState.SENT
    assert degree_of(inbox) == "off"

    tracked = messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer", html=HTML)
    deps.store.database.messages.update_many({}, old)
    set_consent(deps, demo[0], demo[2].id, state="refused", how="phone", by="api")
    send_message(deps, demo[0], tracked.id)
    assert degree_of(inbox) == "off"


def test_share_links_follow_consent(deps, demo):  # noqa: F811
    """The address itself, with the reason, where the lead may not be tracked."""
    made = create_share_link(deps, demo[0], lead=demo[2].id, url="https://acme.example/x", label="LinkedIn")
    assert ("/c/" in made.tracked_url, made.reason) == (True, None)
    decide(deps, demo)
    made = create_share_link(deps, demo[0], lead=demo[2].id, url="https://acme.example/x", label="LinkedIn")
    assert made.tracked_url == "https://acme.example/x"
    assert "counts as Germany" in made.reason


def test_a_policy_names_countries_as_people_do(deps, demo):  # noqa: F811
    """By name or code; with who decided and when; anything else is refused."""
    made = decide(deps, demo, own_country="Schweiz", degrees={"Deutschland": "off", "fr": "links"}, wording=" Hello from {company} ")
    policy = made.tracking_policy
    assert (policy.own_country, policy.countries, policy.wording) == ("CH", {"DE": "off", "FR": "links"}, "Hello from {company}")
    assert (policy.decided_by, abs(policy.decided_at - datetime.now(UTC)) < timedelta(hours=1)) == ("Ada", True)
    for wrong in (
        {"own_country": "Atlantis"},
        {"degrees": {"XX": "off"}},
        {"degrees": {"DE": "some"}},
        {"elsewhere": ""},
        {"wording": "x" * 1001},
    ):
        with pytest.raises(Invalid):
            decide(deps, demo, **wrong)


def test_a_message_composed_before_the_decision_offers_the_choice(deps, demo, inbox):  # noqa: F811
    """It was composed when nothing was decided, and is sent when tracked mail must offer the choice."""
    made = messages.create_message(deps, demo[0], lead=demo[2].id, subject="Offer", html=HTML)
    decide(deps, demo, own_country="US")
    assert "/p/" not in made.html

    send_message(deps, demo[0], made.id)

    assert degree_of(inbox) == "full"
    assert "/p/" in parts_of(inbox)[0]
