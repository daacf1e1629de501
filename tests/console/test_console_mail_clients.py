"""Settings, Mail clients: an app password is shown once, and what was not delivered is listed for its sender alone."""

from collections.abc import Callable
from typing import Any

from tests.scenes import NOON
from tracker.actions.deps import Deps
from tracker.actions.mail_relay.app_passwords import sign_in
from tracker.domain.mail.accepted_mail import CopyState, RelayedCopy


def test_mail_clients(signed_in: Callable[..., Any], office: Any, deps: Deps) -> None:
    """Created, used, deleted by a rep; a colleague's is not there."""
    browser, ws = signed_in(office.rep), office.workspace.id
    copy = RelayedCopy(
        id="c", workspace=ws, mail="m", rep=office.rep.id, mailbox="x@us.example", recipient="<b>@else.example", subject="Lunch",
        state=CopyState.FAILED, wanted_at=NOON, next_try_at=None, error="there is no such mailbox",
    )  # fmt: skip
    deps.store.relayed_copies.add([copy])

    page = browser.post("/settings/mail-clients", {"name": "Thunderbird"}).text
    (made,) = deps.store.app_passwords.of_rep(ws, office.rep.id)
    text = page.split('data-copy="', 1)[1].split('"', 1)[0]
    assert sign_in(deps, office.rep.email, text).rep.id == office.rep.id
    again = browser.get("/settings/mail-clients").text
    assert (text in again, "Thunderbird" in again, "there is no such mailbox" in again, "&lt;b&gt;@else.example" in again) == (
        *(False, True, True, True),
    )
    browser.post("/settings/mail-clients/leads", {"adds_leads": "yes"})
    assert deps.store.of(ws).reps.get(office.rep.id).adds_leads

    other = signed_in(office.admin)
    assert "there is no such mailbox" not in other.get("/settings/mail-clients").text
    assert other.post(f"/settings/mail-clients/{made.id}/remove").status_code == 404
    assert signed_in(office.rep).post(f"/settings/mail-clients/{made.id}/remove").status_code == 303
    assert sign_in(deps, office.rep.email, text) is None
