"""/hooks: webhooks for events, REST hooks of other programs among them. For admins."""

from tracker.actions.hooks import hooks
from tracker.domain.ops.audit import ActorKind, AuditAction
from tracker.rules.hooks.catalogue import CATALOGUE
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List, Paged, in_utc
from tracker.web.api.schemas.hooks.hooks import (
    HookChange,
    HookEventOut,
    HookEventTypeOut,
    HookIn,
    HookOut,
    HookReplayIn,
    HookReplayOut,
    HookSampleOut,
    hook_event_out,
    hook_out,
    type_out,
)

operations = Operations()


@operations.add("GET", "/hooks", response=List[HookOut], admin=True)
def list_hooks(call: Call) -> List[HookOut]:
    """Lists the webhooks."""
    return List[HookOut].model_construct(items=[hook_out(hook) for hook in call.store.hooks.all()], next=None)


def _again(call: Call, hook: str) -> HookOut:
    return hook_out(call.store.hooks.get(hook))


@operations.add("POST", "/hooks", body=HookIn, response=HookOut, status=201, admin=True, audit=(AuditAction.HOOK_CHANGED,), again=_again)
def add_hook(call: Call, body: HookIn) -> HookOut:
    """Adds a webhook for events from now on (a REST hook). The response alone shows its secret."""
    made = hooks.add_hook(
        call.deps,
        call.workspace.id,
        url=body.target_url,
        events=body.types(),
        name=body.name,
        secret=body.secret,
        made_by=call.audit_actor.name,
        key=_key_of(call),
    )
    call.record(AuditAction.HOOK_CHANGED, made.name, events=", ".join(made.types))
    return hook_out(made, shows_secret=True)


@operations.add("GET", "/hooks/events", response=List[HookEventTypeOut], admin=True)
def list_event_types(call: Call) -> List[HookEventTypeOut]:
    """Lists the types of events that webhooks may choose."""
    del call
    return List[HookEventTypeOut].model_construct(items=[type_out(one) for one in CATALOGUE], next=None)


@operations.add("GET", "/hooks/samples/{name}", response=List[HookSampleOut], admin=True)
def list_samples(call: Call, name: str) -> List[HookSampleOut]:
    """Returns the latest messages of a type, or a made-up one, so that a program can be set up."""
    found = [HookSampleOut.model_validate(one) for one in hooks.samples_of(call.deps, call.workspace.id, name)]
    return List[HookSampleOut].model_construct(items=found, next=None)


@operations.add("GET", "/hooks/{hook}", response=HookOut, admin=True)
def get_hook(call: Call, hook: str) -> HookOut:
    """Returns one webhook."""
    return hook_out(call.store.hooks.get(hook))


@operations.add("PATCH", "/hooks/{hook}", body=HookChange, response=HookOut, admin=True, audit=(AuditAction.HOOK_CHANGED,))
def change_hook(call: Call, hook: str, body: HookChange) -> HookOut:
    """Changes a webhook, switches it off, or on again."""
    before = call.store.hooks.get(hook)
    given = {"url" if name == "target_url" else name: value for name, value in body.given().items() if value is not None}
    changed = hooks.change_hook(call.deps, call.workspace.id, hook, **given, key=_key_of(call))
    if changed != before:
        call.record(AuditAction.HOOK_CHANGED, changed.name, events=", ".join(changed.types), state=changed.disabled_reason or "on")
    return hook_out(changed)


@operations.add("DELETE", "/hooks/{hook}", status=204, admin=True, audit=(AuditAction.HOOK_REMOVED,))
def remove_hook(call: Call, hook: str) -> None:
    """Removes a webhook and its messages (unsubscribes)."""
    call.record(AuditAction.HOOK_REMOVED, hooks.remove_hook(call.deps, call.workspace.id, hook).name)


@operations.add("GET", "/hooks/{hook}/events", query=Paged, response=List[HookEventOut], admin=True)
def list_hook_events(call: Call, hook: str, query: Paged) -> List[HookEventOut]:
    """Lists the messages of the last 30 days to a webhook with their tries, the latest first."""
    page = call.store.hook_events.log_of(call.store.hooks.get(hook).id, cursor=query.cursor, limit=query.limit)
    return List[HookEventOut].model_construct(items=[hook_event_out(row) for row in page.items], next=page.next)


@operations.add("POST", "/hooks/{hook}/test", response=HookEventOut, status=202, admin=True)
def try_hook(call: Call, hook: str) -> HookEventOut:
    """Sends a message of the type `hook.test`. If it is taken, a pause of the webhook ends."""
    return hook_event_out(hooks.test_hook(call.deps, call.workspace.id, hook))


@operations.add(
    "POST", "/hooks/{hook}/replay", body=HookReplayIn, response=HookReplayOut, status=202, admin=True, audit=(AuditAction.HOOK_REPLAYED,)
)
def replay_hook(call: Call, hook: str, body: HookReplayIn) -> HookReplayOut:
    """Sends again what the webhook did not take since a moment or a message, with the same ids. 409 while it is off."""
    since = in_utc("since", body.since)
    count = hooks.replay(call.deps, call.workspace.id, hook, since=since, after=body.after, with_delivered=body.delivered)
    call.record(AuditAction.HOOK_REPLAYED, call.store.hooks.get(hook).name, count=str(count))
    return HookReplayOut(count=count)


def _key_of(call: Call) -> str:
    """The API key of the caller, with which what it chose ends; empty for a signed-in rep."""
    return call.audit_actor.id if call.audit_actor.kind is ActorKind.KEY else ""
