"""The demo workspace: made with a month of history, entered, left behind without a trace. Called by console, CLI and tests."""

import contextlib
import html
import socket
import time
from collections.abc import Callable

from tracker.actions.demo import rows
from tracker.actions.deps import Deps
from tracker.actions.mail.compose import compose
from tracker.actions.mail.messages import create_message, send_message
from tracker.actions.team import rights_changes
from tracker.actions.team.reps import demo_address
from tracker.base.errors import Conflict, NotFound
from tracker.base.ids import id_of
from tracker.demo_data import email_templates
from tracker.demo_data.context import Instrumented, World
from tracker.demo_data.history import FIT, history_of
from tracker.demo_data.pages import COMPANY
from tracker.demo_data.people import PARTS
from tracker.demo_data.working_days import Workdays
from tracker.domain.leads.lead import Lead
from tracker.domain.mail.message import Message
from tracker.domain.team.rep import Rep, Role
from tracker.domain.workspace.site import Site
from tracker.domain.workspace.workspace import Policy, Workspace

SEED = 7
DEMO = id_of("leadlight", "demo")[:16]
"""The demo's workspace id: always the same, so that two who click at once make one demo."""

_ZONE = "Europe/Berlin"
_READY_SECONDS = 8.0
_YOURS = 12


def create_demo(deps: Deps, *, wait: float = _READY_SECONDS) -> Workspace:
    """The demo workspace, made if there is none, with its month of history.

    Then waits up to `wait` seconds until the demo site answers (`python -m tracker.demo` opens it), and returns in any case.
    """
    until = time.monotonic() + wait
    found = deps.store.workspaces.demo()
    if found is None:
        found = _workspace(deps)
        try:
            deps.store.workspaces.add(found)
        except Conflict:
            _until(until, lambda: deps.store.of(DEMO).leads.count() >= len(PARTS))
        else:
            _fill(deps, found)
    _until(time.monotonic() + wait, lambda: _answers(deps.settings.demo_port))
    return found


def _fill(deps: Deps, demo: Workspace) -> None:
    try:
        # A demo that was removed while workers were at it may have left rows behind.
        deps.store.empty_workspace(demo.id)
        rows.keep(deps, demo.id, history_of(_world(deps, demo)))
    except BaseException:
        deps.store.remove_workspace(demo.id)
        raise


def enter_demo(deps: Deps, rep: Rep) -> Rep:
    """The rep of the demo whom the rep's person is: made at the first visit, an admin there, owner of a dozen leads.

    Linked by the person alone, whatever name or address either side has. Raises NotFound without a demo.
    """
    demo = find_demo(deps)
    here = deps.store.of(demo.id)
    person = rep.person_id
    if known := here.reps.of_person(person):
        return known if known.is_active and known.role is Role.ADMIN else here.reps.change(known.id, is_active=True, role=Role.ADMIN)
    key = id_of(demo.id, "you", person)
    if here.reps.find(key):  # made before reps had persons
        return here.reps.change(key, person=person, is_active=True, role=Role.ADMIN)
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
    if not here.reps.add_once(you):
        return here.reps.get(you.id)
    for lead in rows.leads_in_order(deps, demo.id)[:_YOURS]:
        here.leads.change(lead.id, owner=you.id)
    return you


def find_demo(deps: Deps) -> Workspace:
    """The demo workspace. Raises NotFound."""
    found = deps.store.workspaces.demo()
    if found is None:
        raise NotFound("there is no demo; “Watch it work” or `leadlight demo` makes one")
    return found


def remove_demo(deps: Deps) -> bool:
    """Deletes the demo with everything in it, also what Redis remembers of it; whether there was one."""
    found = deps.store.workspaces.demo()
    if found is None:
        return False
    # The workspace itself goes last, and its id names all the rest: what a crash leaves is found by the next call.
    deps.store.remove_workspace(found.id)
    rights_changes.removed(deps, found.id)
    return True


def mail_yourself(deps: Deps, rep: Rep) -> Message:
    """Makes you a lead of the demo, owned by you, and mails you a tracked letter, which lands in the demo inbox.

    Waits some seconds for the demo's mail server where it is not up yet. `rep` is the one `enter_demo` returned.
    Raises NotFound, DeliveryError (the mail server is not up even then).
    """
    demo = find_demo(deps)
    lead = _yourself(deps, demo, rep)
    site = demo.sites[0].origins[0]
    colleague = next((one for one in deps.store.of(demo.id).reps.active() if one.id != rep.id), rep)
    words = {"first": lead.first_name, "firm": lead.company or "", "site": site, "rep": colleague.name}
    source = email_templates.YOURSELF.html_for({name: html.escape(word) for name, word in words.items()})
    subject = email_templates.YOURSELF.subject_for(words)
    message = create_message(deps, demo.id, lead=lead.id, subject=subject, html=source, rep=colleague.id)
    _until(time.monotonic() + _READY_SECONDS, lambda: _answers(deps.settings.demo_smtp_port))
    return send_message(deps, demo.id, message.id)


def _yourself(deps: Deps, demo: Workspace, rep: Rep) -> Lead:
    here, now = deps.store.of(demo.id), deps.now()
    key = yourself(rep)
    known = here.leads.find(key)
    if known:
        return known if known.email == rep.email else here.leads.change(key, email=rep.email, name=rep.name)
    lead = Lead(
        id=key,
        workspace=demo.id,
        email=rep.email,
        name=rep.name,
        company="Your company",
        company_id=here.companies.named("Your company", now).id,
        timezone=rep.timezone,
        source="Other",
        source_detail="You, trying it out",
        owner=rep.id,
        created_at=now,
        updated_at=now,
    )
    here.leads.add_once(lead)
    return here.leads.get(lead.id)


def yourself(rep: Rep) -> str:
    """The id of the lead whom the rep of the demo is once they have mailed themselves."""
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


def _world(deps: Deps, demo: Workspace) -> World:
    def instrument(lead: Lead, rep: Rep, message: str, subject: str, source: str) -> Instrumented:
        made = compose(deps, lead, rep, message=message, subject=subject, html=source, text=None, track=True)
        return Instrumented(made.html, made.text, made.pixel_url, made.links)

    return World(demo.id, demo.sites[0].key, demo.sites[0].origins[0], Workdays(demo.created_at), instrument, SEED)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def _until(moment: float, is_so: Callable[[], bool]) -> None:
    """Waits until it is so, at the longest until that moment of the monotonic clock."""
    while time.monotonic() < moment and not is_so():
        time.sleep(0.1)
