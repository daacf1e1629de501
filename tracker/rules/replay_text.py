"""The text of a replay: one sentence that sums up a visit, and durations for people."""

from collections.abc import Sequence

from tracker.domain.activity.visit import Visit, VisitAct
from tracker.rules.forms.texts import act_of
from tracker.rules.page_names import page_name, split_url
from tracker.rules.page_paths import is_on

_WHOLE, _MOST, _HALF, _THIRD = 0.95, 0.56, 0.44, 0.3
_NAMED_ACTS = 2


def length_of(milliseconds: int) -> str:
    """A duration: `0:07`, `6:40`, `1:02:10`."""
    seconds = max(0, milliseconds // 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def sentence_of(visits: Sequence[Visit], form_paths: Sequence[str] = ()) -> str:
    """What happened, for example `6:40 active. Half of it on Pricing; opened the form, did not send.`

    `form_paths` are the paths where the company asks for something (contact, demo); seen without a submit they are named.
    """
    pages = [page for visit in visits for page in visit.pages]
    acts = [act for visit in visits for act in visit.acts]
    if not pages:
        return "No pages seen."
    active = sum(page.active_ms for page in pages)
    head = f"{length_of(active)} active" if active else "Short visit; no active time recorded"
    if len(visits) > 1:
        head = f"{len(visits)} visits, {head[0].lower()}{head[1:]}"
    rest = [part for part in (_where(visits, active), _form(visits, acts, form_paths), *_other_forms(acts), *_others(acts)) if part]
    if not rest:
        return f"{head}."
    tail = "; ".join(rest)
    return f"{head}. {tail[0].upper()}{tail[1:]}."


def _where(visits: Sequence[Visit], active: int) -> str:
    time_on: dict[str, int] = {}
    for visit in visits:
        for page in visit.pages:
            name = page_name(page.url, page.title)
            time_on[name] = time_on.get(name, 0) + page.active_ms
    name, longest = max(time_on.items(), key=lambda item: item[1])
    if not active:
        return f"on {name}" if len(time_on) == 1 else f"{len(time_on)} pages"
    share = longest / active
    for limit, text in (
        (_WHOLE, "all of it" if len(time_on) == 1 else "nearly all of it"),
        (_MOST, "most of it"),
        (_HALF, "half of it"),
        (_THIRD, "a third of it"),
    ):
        if share >= limit:
            return f"{text} on {name}"
    return f"longest on {name} ({length_of(longest)})"


def _form(visits: Sequence[Visit], acts: Sequence[VisitAct], form_paths: Sequence[str]) -> str:
    if any(act.kind == "submit" and not act_of(act.form_kind) for act in acts):
        return "sent the form"
    seen = any(is_on(page.url, form_paths) for visit in visits for page in visit.pages)
    return "opened the form, did not send" if seen else ""


def _other_forms(acts: Sequence[VisitAct]) -> list[str]:
    """What was done by forms that are no inquiries, each once."""
    return list(dict.fromkeys(act_of(act.form_kind) for act in acts if act.kind == "submit" and act_of(act.form_kind)))


def _others(acts: Sequence[VisitAct]) -> list[str]:
    said: list[str] = []
    for act in acts:
        if act.kind == "download":
            said.append(f"downloaded {_file_name(act.target)}")
        elif act.kind == "click" and (act.target or act.text):
            said.append(_lower(click_text(act.target, act.text, act.url)))
    unique = list(dict.fromkeys(said))
    more = len(unique) - _NAMED_ACTS
    return [*unique[:_NAMED_ACTS], f"{more} more click{'s' if more > 1 else ''}"] if more > 0 else unique


def click_text(target: str | None, text: str | None, url: str | None) -> str:
    """A click on a page in plain text: `Clicked “Book a demo”`, `Followed a link to example.org`."""
    scheme, _, address = (target or "").partition(":")
    host = split_url(target or "")[0]
    said = f" “{text}”" if text else ""
    if scheme.lower() in ("tel", "mailto"):
        way = "the phone number" if scheme.lower() == "tel" else "the email address"
        return f"Clicked {way} {address.partition('?')[0][:60]}"
    if host and host != split_url(url or "")[0]:
        return f"Followed the link{said} to {host}" if said else f"Followed a link to {host}"
    if said or not host:
        return f"Clicked{said or ' a button'}"
    return f"Clicked the link to {page_name(target)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _file_name(target: str | None) -> str:
    return split_url(target or "")[1].rsplit("/", 1)[-1][:60] or "a file"
