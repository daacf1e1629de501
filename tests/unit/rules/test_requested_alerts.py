"""Alerts about emails opened again, proposals and watched pages: pure decisions over events in canonical order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.unit.rules.test_alerting import LEAD, NOON, context, step, view
from tracker.domain.activity.event import Event, EventKind, Label
from tracker.domain.alerting.alert import AlertRule, Priority
from tracker.domain.alerting.watched_page import WatchedPage, WatchPeriod
from tracker.domain.mail.attachment import AttachedFile
from tracker.domain.mail.message import MessageBrief
from tracker.domain.workspace.workspace import DEFAULT_PROPOSAL_WORDS, Policy
from tracker.rules.alerting.episodes import episodes_of
from tracker.rules.alerting.rules import AlertDraft, LeadHistory, decide
from tracker.rules.alerting.text import alert_text
from tracker.rules.alerting.title import LONGEST_TITLE, alert_title, past_title
from tracker.rules.mail.proposals import is_proposal, proposals_of
from tracker.rules.page_paths import page_key

DAY = timedelta(days=1)
LONG_AGO = NOON - 20 * DAY
LOUD, QUIET = Priority.LOUD, Priority.QUIET


def brief(subject: str = "Route planning", sent_at: datetime | None = LONG_AGO, **more) -> MessageBrief:
    return MessageBrief(id="m1", workspace="a" * 16, lead=LEAD, subject=subject, sent_at=sent_at, **more)


def watch(path: str = "/security", since: datetime = NOON - DAY, until: datetime | None = None) -> WatchedPage:
    origin, plain = page_key(f"https://www.acme.example{path}")
    periods = (WatchPeriod(since=since, until=until),)
    return WatchedPage(
        id="w",
        workspace="a" * 16,
        rep="r",
        origin=origin,
        path=plain,
        name="Security",
        is_active=until is None,
        periods=periods,
        changed_at=NOON,
    )


def drafts(
    events: Sequence[Event],
    *,
    before: datetime | None = None,
    messages: Sequence[MessageBrief] = (brief(),),
    watched: Sequence[WatchedPage] = (),
    opened: Sequence[str] = (),
    hot: Sequence[str] = (),
) -> list[AlertDraft]:
    history = LeadHistory(
        opened=set(opened),
        hot=hot,
        messages={message.id: message for message in messages},
        proposals=proposals_of(messages, DEFAULT_PROPOSAL_WORDS),
        watched=watched,
    )
    return decide(episodes_of(LEAD, events, {}, before), history, Policy())


def rules(*events: Event, **more) -> list[tuple[AlertRule, Priority]]:
    return [(draft.rule, draft.priority) for draft in drafts(events, **more)]


def test_an_email_opened_again_after_quiet_days_is_loud_once():
    """Further opens of the same run, and of the next days, change nothing; the click that follows alerts on its own."""
    events = [step(EventKind.OPEN, 0), step(EventKind.OPEN, 60), step(EventKind.CLICK, 90), step(EventKind.OPEN, 86_400)]
    assert rules(*events, before=LONG_AGO, opened=["m1"]) == [(AlertRule.OPENED_AGAIN, LOUD), (AlertRule.CLICK, LOUD)]


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (NOON - 13 * DAY, brief()),
        (LONG_AGO, brief(sent_at=NOON - 2 * DAY)),
        (None, brief()),
        (LONG_AGO, brief(sent_at=None)),
    ],
    ids=["active since then", "new message", "never active before", "unknown age"],
)
def test_other_opens_stay_quiet(before: datetime | None, message: MessageBrief):
    """A new email brings opens by itself, and a lead that was never active does not return."""
    assert rules(step(EventKind.OPEN, 0), before=before, messages=[message]) == [(AlertRule.FIRST_OPEN, QUIET)]
    assert rules(step(EventKind.OPEN, 0), before=before, messages=[message], opened=["m1"]) == []


def test_the_age_of_a_message_that_another_program_sent_begins_with_its_creation():
    """Its time of sending may never be told."""
    assert rules(step(EventKind.OPEN, 0), before=LONG_AGO, messages=[brief(sent_at=None, created_at=LONG_AGO)]) == [
        (AlertRule.OPENED_AGAIN, LOUD)
    ]


def test_an_open_by_a_machine_neither_returns_nor_ends_the_quiet_days():
    """A scanner that loads old images alerts of nothing; the person after it does."""
    scans = [step(EventKind.OPEN, -5 * 86_400, label=Label.SCANNER), step(EventKind.OPEN, 0, label=Label.PREFETCH)]
    assert rules(*scans, before=LONG_AGO) == []
    assert rules(*scans, step(EventKind.OPEN, 10), before=LONG_AGO) == [(AlertRule.OPENED_AGAIN, LOUD)]


def test_a_late_event_of_the_quiet_days_withdraws_the_alert():
    """The same events make the same alerts, whenever they arrive."""
    late, reopened = view(-9 * 86_400, "/blog"), step(EventKind.OPEN, 0)
    assert rules(reopened, late, before=LONG_AGO, opened=["m1"]) == rules(late, reopened, before=LONG_AGO, opened=["m1"]) == []


def test_a_visit_after_quiet_days_keeps_its_alert():
    """An open in the same run is no second return."""
    assert rules(view(0, "/blog"), step(EventKind.OPEN, 60), before=LONG_AGO, opened=["m1"]) == [(AlertRule.BACK, LOUD)]
    assert rules(step(EventKind.CLICK, 0), before=LONG_AGO, opened=["m1"]) == [(AlertRule.BACK, LOUD)]


def test_the_first_open_of_a_proposal_is_loud():
    """A click keeps its own alert, and so does a pricing page."""
    offer = [brief("Our offer")]
    opened, click = step(EventKind.OPEN, 0), step(EventKind.CLICK, 60)
    assert rules(opened, step(EventKind.OPEN, 30), click, view(80, "/pricing"), messages=offer) == [
        (AlertRule.PROPOSAL_OPENED, LOUD),
        (AlertRule.CLICK, LOUD),
        (AlertRule.PRICING, LOUD),
    ]
    assert rules(click, messages=offer) == [(AlertRule.CLICK, LOUD)]
    assert rules(opened, messages=offer, opened=["m1"]) == []
    assert rules(step(EventKind.OPEN, 0, label=Label.PREFETCH), messages=offer) == []
    assert rules(step(EventKind.CLICK, -5, message="m2"), opened, messages=offer) == [
        (AlertRule.CLICK, LOUD),
        (AlertRule.PROPOSAL_OPENED, LOUD),
    ]


@pytest.mark.parametrize(
    "subject",
    [
        "Proposal for Acme",
        "Your QUOTE (v2)",
        "Quotation 2026-14",
        "Unser Angebot",
        "Kostenvoranschlag Nr. 7",
        "Votre devis",
        "Il nostro preventivo",
        "Nuestra propuesta",
        "Presupuesto actualizado",
        "Onze offerte",
        "Voorstel: planning",
        "Orçamento",
        "Orc\u0327amento",
        "Uma proposta",
        "WG: Angebot 12",
    ],
)
def test_a_word_of_the_subject_makes_a_proposal(subject: str):
    """In seven languages, without case, whichever way accents are written."""
    assert is_proposal(brief(subject), DEFAULT_PROPOSAL_WORDS)


@pytest.mark.parametrize(
    "message",
    [
        brief("What we offered in May"),
        brief("Quotes4U"),
        brief("Re: Offer v2"),
        brief("AW: Angebot 12"),
        brief("Antw: offerte"),
        brief("RE[2]: our proposal"),
        brief("Special offer of the month", kind="newsletter"),
        brief("Our offer", proposal=False),
        brief("Our offer", kind="proposal", proposal=False),
        brief(""),
    ],
    ids=lambda message: message.subject or "empty",
)
def test_other_messages_are_no_proposals(message: MessageBrief):
    """Parts of words, subjects quoted by a reply, messages of another kind, and what a rep says is none."""
    assert not is_proposal(message, DEFAULT_PROPOSAL_WORDS)


def pdf(name: str) -> AttachedFile:
    return AttachedFile(id="a" * 32, name=name, type="application/pdf", size=1)


@pytest.mark.parametrize("name", ["Offer.pdf", "Acme_Angebot-v2.PDF", "2026.11 proposta (final).pdf"])
def test_the_name_of_a_pdf_makes_a_proposal(name: str):
    """Also in an answer, whose subject says nothing."""
    assert is_proposal(brief("Re: Our call", attachments=(pdf("Terms.pdf"), pdf(name))), DEFAULT_PROPOSAL_WORDS)


@pytest.mark.parametrize("name", ["Offering.pdf", "Offer.docx", "offer", "pdf", "Terms.pdf", ""])
def test_other_files_make_none(name: str):
    """Parts of words, other types, and files without a word; a rep's *Undo* and another kind decide before."""
    assert not is_proposal(brief("Hello", attachments=(pdf(name),)), DEFAULT_PROPOSAL_WORDS)
    assert not is_proposal(brief("Hello", attachments=(pdf("Offer.pdf"),), proposal=False), DEFAULT_PROPOSAL_WORDS)
    assert not is_proposal(brief("Hello", attachments=(pdf("Offer.pdf"),), kind="newsletter"), DEFAULT_PROPOSAL_WORDS)


def test_a_mark_or_the_kind_decides_before_the_words():
    """The list of words is the workspace's; it may be empty."""
    assert is_proposal(brief("Hello", proposal=True), ())
    assert is_proposal(brief("Hello", kind="Proposal"), ())
    assert not is_proposal(brief("Our offer"), ())
    assert is_proposal(brief("Eine  Kosten   Schätzung"), ("kosten schätzung", " "))


def test_a_watched_page_is_always_loud_once_a_visit():
    """Even after click and pricing; each watched page for itself; again at the next visit."""
    events = [
        step(EventKind.CLICK, 0),
        view(5, "/pricing"),
        view(10, "/Security/?ref=mail#top"),
        view(20, "/docs"),
        view(30, "/security"),
        view(40, "/team"),
        view(7200, "/security"),
    ]
    assert rules(*events, watched=[watch(), watch("/team/")]) == [
        (AlertRule.CLICK, LOUD),
        (AlertRule.PRICING, LOUD),
        (AlertRule.WATCHED_PAGE, LOUD),
        (AlertRule.WATCHED_PAGE, LOUD),
        (AlertRule.WATCHED_PAGE, LOUD),
    ]


def test_only_views_by_people_of_just_this_page_alert():
    """Not pages below it, nor another site, nor clicks that lead there, nor machines."""
    other_site = Event(**{name: getattr(view(0), name) for name in Event.__struct_fields__} | {"url": "http://www.acme.example/security"})
    events = [view(1, "/security/faq"), other_site, view(2, "/security", label=Label.SCANNER), step(EventKind.DOWNLOAD, 3, "/security")]
    assert rules(*events, watched=[watch()]) == []


def test_views_before_and_after_the_watch_do_not_alert():
    """Switching alerts on or off changes nothing that happened before."""
    assert rules(view(0, "/security"), watched=[watch(since=NOON + timedelta(seconds=1))]) == []
    assert rules(view(0, "/security"), watched=[watch(until=NOON)]) == []
    assert rules(view(0, "/security"), watched=[watch(until=NOON + timedelta(seconds=1))]) == [(AlertRule.WATCHED_PAGE, LOUD)]


def test_a_watched_page_leaves_pricing_again_as_it_was():
    """A watched pricing page is remembered as pricing."""
    events = [view(0, "/pricing"), view(7200, "/pricing")]
    assert rules(*events, watched=[watch("/pricing", until=NOON + timedelta(seconds=9))]) == [
        (AlertRule.WATCHED_PAGE, LOUD),
        (AlertRule.PRICING_AGAIN, LOUD),
    ]


@pytest.mark.parametrize(
    "url", [None, "", "mailto:a@b.example", "javascript:alert(1)", "http://[::1", "/pricing", "https://x:99999/", "ftp://a/", "http://"]
)
def test_what_is_no_web_page_has_no_key(url: str | None):
    """Such an address is never watched."""
    assert page_key(url) is None


@pytest.mark.parametrize(
    "url", ["https://www.acme.example/a b%3Fc", "https://www.acme.example:8443/%25/", "http://[2001:db8::1]/x", "https://a.example/ä?q=1"]
)
def test_a_watched_pages_address_leads_to_the_same_page(url: str):
    """What the settings show may be given again."""
    origin, path = page_key(url)
    page = WatchedPage(id="w", workspace="w", rep=None, origin=origin, path=path, name="x", periods=(), changed_at=NOON)
    assert page_key(page.url) == (origin, path)
    assert page_key("HTTPS://rep@WWW.Acme.example:443/Pricing/") == ("https://www.acme.example", "/pricing")


def test_titles_and_texts_say_what_happened():
    """Who and what first; then since when, and why there is an alert."""
    (again,) = drafts([step(EventKind.OPEN, 0)], before=LONG_AGO, opened=["m1"])
    assert alert_title(again, context()) == "Dana Whitfield (Acme) opened “Offer v2” again"
    assert past_title(again, context()) == "Dana Whitfield opened “Offer v2” again, 06:00"
    assert alert_text(again, context(sent_days_ago=30)).startswith("Sent 30 days ago, after 20 quiet days. Source:")
    assert alert_title(again, context(proposals={"m1"}, company="")) == "Dana Whitfield opened your proposal again"

    (proposal,) = drafts([step(EventKind.OPEN, 0)], messages=[brief("Offer v2")])
    assert alert_title(proposal, context(proposals={"m1"}, company="")) == "Dana Whitfield opened your proposal"
    assert alert_text(proposal, context(proposals={"m1"})).startswith("“Offer v2”, sent 3 days ago, opened for the first time. Source:")

    (watched,) = drafts([view(0, "/security")], watched=[watch()])
    assert alert_title(watched, context(name="Marcus Bell", company="")) == "Marcus Bell is on Security"
    assert alert_text(watched, context()).startswith("Third visit today. Alerts about this page are on. Source:")
    for draft in (again, proposal, watched):
        long = context(name="Anna-Lena Freifrau von und zu Hohenstein", subjects={"m1": "x" * 90}, proposals=set())
        assert max(len(alert_title(draft, long)), len(past_title(draft, long))) <= LONGEST_TITLE
