"""Moving a card of the board: `/board/<lead>/move`. With scripts the form is shown in a dialog, without them it is a page of its own.

A card is moved from the version that the board showed. Where the lead has changed since, nothing is moved and the answer says what
happened. A move to Won may add a sale and adds the tasks that follow; one to Lost needs a reason.
"""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from tracker.actions.changes.edits import Edited, edit_lead
from tracker.actions.changes.winning import win_lead
from tracker.actions.pipeline import sales
from tracker.actions.pipeline.stages import check_stage
from tracker.base.errors import Conflict, Invalid
from tracker.base.money import parsed_money, typed_money
from tracker.base.time_zones import zone_of
from tracker.domain.leads.lead import Lead
from tracker.domain.pipeline.sale import Sale
from tracker.domain.workspace.stage import Stage
from tracker.rules.pipeline.next_steps import due_in
from tracker.web.console.auth import current_user, deps, workspace_store
from tracker.web.console.errors import wants_json
from tracker.web.console.pages.confirmations import confirmed
from tracker.web.console.pages.lead.access import visible_lead
from tracker.web.console.pages.lead.edits import sentence_of
from tracker.web.console.pages.lead.move_form import given_fields, given_reason, missing_fields
from tracker.web.console.pages.today.view import chosen_who
from tracker.web.console.text.filters import ago

blueprint = Blueprint("board_moves", __name__)

_HAND_OVER_DAYS = 1


@blueprint.get("/board/<lead>/move")
def form(lead: str) -> str:
    """The form; `?stage=` is chosen already."""
    return _form(visible_lead(lead))


@blueprint.post("/board/<lead>/move")
def move(lead: str) -> Response | tuple[str, int]:
    """Moves the lead from the version that the browser saw."""
    found = visible_lead(lead)
    try:
        moved = _moved(found)
    except (Invalid, Conflict) as error:
        shown = _explained(error, found)
        if wants_json():
            raise shown from None
        return _form(workspace_store().leads.get(lead), sentence_of(shown)), 409 if isinstance(error, Conflict) else 422
    if wants_json():
        undo = {"X-Change": moved.change} if moved.change else {}
        return Response("", headers={"X-Lead-Version": str(workspace_store().leads.get(lead).version), **undo})
    return confirmed(f"{moved.lead.name} moved to {current_user().workspace.stage_name(moved.lead.stage)}.", moved.change, _home(found))


def _home(lead: Lead) -> str:
    """The page that the move was begun from: the lead's, or the board."""
    if request.values.get("then") == "lead":
        return url_for("lead.page", lead=lead.id)
    return url_for("board.page", who=chosen_who(request.values.get("who", "")) or None)


def _moved(lead: Lead) -> Edited:
    user = current_user()
    wanted = user.workspace.stage_named(_text("stage"))
    reason, own = given_reason(wanted.kind if wanted else ""), given_fields()
    stage = check_stage(user.workspace, _text("stage"), reason)
    if stage.kind != "won":
        kept: dict[str, Any] = {"lost_reason": reason} if stage.kind == "lost" else {}
        return edit_lead(deps(), user.workspace.id, lead.id, version=_version(), actor=user.rep.id, stage=stage.id, **kept, **own)
    if lead.stage == stage.id:
        return Edited(lead, None)
    zone = zone_of(user.rep.timezone)
    return win_lead(
        deps(),
        user.workspace.id,
        lead.id,
        stage=stage.id,
        hand_over=due_in(_HAND_OVER_DAYS, user.workspace.working_hours.days, zone, deps().now()),
        sale=_sale(lead),
        version=_version(),
        actor=user.rep.id,
        reason=reason,
        **own,
    )


def _sale(lead: Lead) -> Sale | None:
    """The sale that the form describes; none where neither product nor amount is given."""
    if not _text("product") and not _text("amount"):
        return None
    user = current_user()
    return sales.checked_sale(
        deps(),
        user.workspace.id,
        lead=lead.id,
        product=_text("product"),
        amount=parsed_money("amount", _text("amount"), _text("currency")),
        currency=_text("currency"),
        sold_on=_today(),
        rep=user.rep.id,
        is_recurring=bool(request.form.get("recurring")),
    )


def _today() -> date:
    return deps().now().astimezone(zone_of(current_user().rep.timezone)).date()


def _explained(error: Invalid | Conflict, lead: Lead) -> Invalid | Conflict:
    """A conflict with what happened to the lead meanwhile."""
    if not isinstance(error, Conflict):
        return error
    now = workspace_store().leads.get(lead.id)
    last = max((m for m in workspace_store().moves.of_lead(lead.id) if not m.withdrawn), key=lambda m: (m.at, m.id), default=None)
    stage = current_user().workspace.stage_name(now.stage)
    if last and last.at > deps().now() - timedelta(days=1):
        rep = workspace_store().reps.find(last.actor) if last.actor else None
        who = "You" if rep and rep.id == current_user().rep.id else rep.name if rep else "A program" if last.actor else "A rule"
        text = f"{now.name} has changed since you loaded the board: {who} moved it to {stage} {ago(last.at, deps().now())}."
    else:
        text = f"{now.name} has changed since you loaded the board. It is in {stage}."
    return Conflict(f"{text} Nothing was moved; look at the card and try again.")


def _form(lead: Lead, problem: str = "") -> str:
    user = current_user()
    wanted = user.workspace.stage(request.values.get("stage", ""))
    given: dict[str, str] = {name: _text(name) for name in ("lost", "won", "reason", "product", "amount", "recurring")}
    if lead.value and not given["amount"]:
        given["amount"] = typed_money(lead.value.amount, lead.value.currency)
    context: dict[str, Any] = {
        "lead": lead,
        "stages": user.workspace.stages,
        "chosen": wanted.id if wanted else lead.stage,
        "kinds": _kinds(wanted),
        "version": request.args.get("version") or lead.version,
        "given": given,
        "currency": _text("currency") or (lead.value.currency if lead.value else "EUR"),
        "who": chosen_who(request.values.get("who", "")),
        "problem": problem,
        "missing": missing_fields(user.workspace, lead.fields),
        "then": "lead" if request.values.get("then") == "lead" else "",
        "home": _home(lead),
    }
    return render_template("board/form.html" if wants_json() else "board/move.html", section="leads", **context)


def _kinds(wanted: Stage | None) -> tuple[str, ...]:
    """The kinds of closed stages whose fields the form has: those of the chosen stage, else of all that can be chosen."""
    return (wanted.kind,) if wanted else ("won", "lost")


def _version() -> int:
    text = _text("version")
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - below 2**31
        raise Invalid("version", "is missing; load the board again")
    return int(text)


def _text(name: str) -> str:
    return request.form.get(name, "").strip()
