"""The demo workspace: created with a month of history, entered, deleted. Called by console, CLI and tests."""

import contextlib
import html
import socket
import time
from collections.abc import Callable

import redis

from tracker.actions.demo import rows
from tracker.actions.demo.replies import add_replies
from tracker.actions.deps import Deps
from tracker.actions.mail.compose import compose
from tracker.actions.mail.messages import create_message
from tracker.actions.mail_queue.outbox import send_message
from tracker.actions.team import rights_changes
from tracker.actions.team.reps import demo_address
from tracker.base.errors import Conflict, NotFound
from tracker.base.ids import id_of
from tracker.demo_data import email_templates
from tracker.demo_data.context import DemoContext, InstrumentedEmail
from tracker.demo_data.history import FIT, history_of
from tracker.demo_data.pages import COMPANY
from tracker.demo_data.people import LEADS
from tracker.demo_data.working_days import Workdays
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.mail.tracking import Tracking
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Policy, Workspace

SEED = 7
DEMO = id_of("leadlight", "demo")[:16]
"""The demo's fixed workspace id, so that concurrent requests create one demo."""

_ZONE = "Europe/Berlin"
_START_SECONDS = 8.0
_OWN_LEADS = 12
_ENTERED, _HINT_SECONDS = "ll:demo:entered", 30


def create_demo(deps: Deps, *, wait: float = _START_SECONDS) -> Workspace:
    """The demo workspace, created with its history if there is none.

    Then waits up to `wait` seconds for the demo site (`python -m tracker.demo`), and returns in any case.
    """
    until = time.monotonic() + wait
    found = deps.store.workspaces.demo()
    if found is None:
        found = _workspace(deps)
        try:
            deps.store.workspaces.add(found)
        except Conflict:
            _wait_until(until, lambda: deps.store.of(DEMO).leads.count() >= len(LEADS))
        else:
            _fill(deps, found)
    _wait_until(time.monotonic() + wait, lambda: _is_listening(deps.settings.demo_port))
    return found


def _fill(deps: Deps, demo: Workspace) -> None:
    try:
        # Workers may have written rows after a previous demo was deleted.
        deps.store.empty_workspace(demo.id)
        deps.store.of(demo.id).sources.begin(deps.now())
        rows.save(deps, demo.id, history_of(_context(deps, demo)))
        add_replies(deps, demo.id, demo.created_at)
    except BaseException:
        deps.store.remove_workspace(demo.id)
        raise


def enter_demo(deps: Deps, rep: Rep) -> Rep:
    """The demo's rep of the same person: created at the first visit as an admin who owns twelve leads.

    Reps are linked by person, not by name or address. Raises NotFound without a demo.
    """
    demo = find_demo(deps)
    store = deps.store.of(demo.id)
    person = rep.person_id
    if known := store.reps.of_person(person):
        return known if known.is_active and known.role is Role.ADMIN else store.reps.change(known.id, is_active=True, role=Role.ADMIN)
    key = id_of(demo.id, "you", person)
    if store.reps.find(key):  # created before reps had persons
        return store.reps.change(key, person=person, is_active=True, role=Role.ADMIN)
    you = Rep(
        id=key,
        workspace=demo.id,
        person=person,
        email=demo_address(deps, demo.id, key, rep.email),
        name=rep.name,
        role=Role.ADMIN,
        timezone=rep.timezone,
        created_at=deps.now(),
    )
    if not store.reps.add_once(you):
        return store.reps.get(you.id)
    for lead in rows.leads_in_order(deps, demo.id)[:_OWN_LEADS]:
        store.leads.change(lead.id, owner=you.id, owner_since=you.created_at)
    return you


def announce_visitor(deps: Deps) -> None:
    """Has the next live visit begin within seconds, because a rep has entered the demo. A hint: does not raise."""
    with contextlib.suppress(redis.RedisError, OSError):
        deps.redis.set(_ENTERED, b"1", ex=_HINT_SECONDS)


def was_entered(deps: Deps) -> bool:
    """Whether a rep has entered the demo since the last call."""
    try:
        return bool(deps.redis.getdel(_ENTERED))
    except (redis.RedisError, OSError):
        return False


def find_demo(deps: Deps) -> Workspace:
    """The demo workspace. Raises NotFound."""
    found = deps.store.workspaces.demo()
    if found is None:
        raise NotFound("there is no demo; “Watch it work” or `leadlight demo` creates one")
    return found


def remove_demo(deps: Deps) -> bool:
    """Deletes the demo and its data in MongoDB and Redis. Returns whether there was one."""
    found = deps.store.workspaces.demo()
    if found is None:
        return False
    # The workspace is deleted last. After a crash, the next call finds it and deletes the rest.
    deps.store.remove_workspace(found.id)
    rights_changes.removed(deps, found.id)
    return True


def mail_yourself(deps: Deps, rep: Rep) -> Message:
    """Makes the rep a lead of the demo and sends a tracked email, which arrives in the demo inbox.

    Waits a few seconds for the demo's mail server. `rep` is the result of `enter_demo`.
    Raises NotFound, and DeliveryError if the mail server is not ready.
    """
    demo = find_demo(deps)
    lead = _yourself(deps, demo, rep)
    site = demo.sites[0].origins[0]
    colleague = next((one for one in deps.store.of(demo.id).reps.active() if one.id != rep.id), rep)
    values = {"first": lead.first_name, "company": lead.company or "", "site": site, "rep": colleague.name}
    source = email_templates.YOURSELF.html_for({name: html.escape(value) for name, value in values.items()})
    subject = email_templates.YOURSELF.subject_for(values)
    message = create_message(deps, demo.id, lead=lead.id, subject=subject, html=source, rep=colleague.id)
    _wait_until(time.monotonic() + _START_SECONDS, lambda: _is_listening(deps.settings.demo_smtp_port))
    return send_message(deps, demo.id, message.id)


def _yourself(deps: Deps, demo: Workspace, rep: Rep) -> Lead:
    store, now = deps.store.of(demo.id), deps.now()
    key = yourself(rep)
    known = store.leads.find(key)
    if known:
        return known if known.email == rep.email else store.leads.change(key, email=rep.email, name=rep.name)
    lead = Lead(
        id=key,
        workspace=demo.id,
        email=rep.email,
        name=rep.name,
        company="Your company",
        company_id=store.companies.named("Your company", now).id,
        timezone=rep.timezone,
        source="Other",
        source_detail="You, trying the demo",
        owner=rep.id,
        created_at=now,
        updated_at=now,
    )
    store.leads.add_once(lead)
    return store.leads.get(lead.id)


def yourself(rep: Rep) -> str:
    """The id of the demo lead that stands for this rep."""
    return id_of(DEMO, "yourself", rep.id)


def _workspace(deps: Deps) -> Workspace:
    port = deps.settings.demo_port
    site = Site(
        key=id_of(DEMO, "site")[:16],
        name=f"{COMPANY} (demo site)",
        origins=(f"http://localhost:{port}", f"http://127.0.0.1:{port}"),
        fields_approved=True,
        first_seen_at=deps.now(),
    )
    return Workspace(
        id=DEMO,
        name=f"{COMPANY} (demo)",
        created_at=deps.now(),
        timezone=_ZONE,
        home_url=f"http://localhost:{port}/",
        is_demo=True,
        smtp_checked_at=deps.now(),
        edge_checked_at=deps.now(),
        sites=(site,),
        policy=Policy(hot_score=50, fit=FIT),
    )


def _context(deps: Deps, demo: Workspace) -> DemoContext:
    def instrument(lead: Lead, rep: Rep, message: str, subject: str, source: str) -> InstrumentedEmail:
        made = compose(deps, lead, rep, message=message, subject=subject, html=source, text=None, tracking=Tracking.FULL)
        return InstrumentedEmail(made.html, made.text, made.pixel_url, made.links)

    return DemoContext(demo.id, demo.sites[0].key, demo.sites[0].origins[0], Workdays(demo.created_at), instrument, SEED)


def _is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _wait_until(deadline: float, condition: Callable[[], bool]) -> None:
    """Waits until the condition holds or the monotonic clock reaches `deadline`."""
    while time.monotonic() < deadline and not condition():
        time.sleep(0.1)
