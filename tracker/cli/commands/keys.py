"""`leadlight key new` creates an API key, `leadlight key list` lists them. `leadlight keys make` creates missing key files,
`leadlight keys rotate` a signing key, or with `--secrets` a key for stored secrets.
"""

import argparse

from tracker.actions.ops import audit
from tracker.actions.ops.key_distribution import is_alone, rotate_alone, rotate_everywhere
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.ops.unfinished_restore import refuse_unfinished_restore
from tracker.actions.team.api_keys import new_key
from tracker.base.clock import utc_now
from tracker.base.encryption import recovery_key
from tracker.base.encryption.keyring import Keyring
from tracker.base.encryption.vapid_key import vapid_key
from tracker.base.errors import BadSetting, LeadlightError
from tracker.base.settings import Settings, load
from tracker.cli.commands.workspaces import add_workspace_option, selected_workspace
from tracker.cli.connect import connected
from tracker.cli.data_dir import refuse_foreign_owner
from tracker.cli.machine_audit import record_if_connected
from tracker.cli.output import result, say, say_lost_secrets, table
from tracker.cli.servers import is_running, running_database
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.domain.team.api_key import KeyScope
from tracker.links.key_file import is_pending, read_keys, rotate
from tracker.links.keys import Keys
from tracker.store.core import secrets

_WAIT_SECONDS = 60.0


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares both commands."""
    verbs = commands.add_parser("key", help="API keys").add_subparsers(required=True, metavar="verb")
    parser = verbs.add_parser("new", parents=[common], help="create an API key and print it once")
    parser.add_argument("--name", default="API", help="its name; default: API")
    parser.add_argument("--rep", metavar="EMAIL", help="with the rights of this rep; default: the workspace's, which sees all leads")
    parser.add_argument("--scope", choices=[scope.value for scope in KeyScope], default=KeyScope.ADMIN.value, help="default: admin")
    parser.add_argument("--days", type=int, metavar="N", help="until it expires; default: never")
    add_workspace_option(parser)
    parser.set_defaults(run=_new)
    parser = verbs.add_parser("list", parents=[common], help="list the API keys of a workspace, without their secrets")
    add_workspace_option(parser)
    parser.set_defaults(run=_list)
    verbs = commands.add_parser("keys", help="the keys for links and pixels, and those for stored secrets").add_subparsers(
        required=True, metavar="verb"
    )
    verbs.add_parser("make", parents=[common], help="create the key files that DATA lacks, and nothing else").set_defaults(run=_make)
    parser = verbs.add_parser("rotate", parents=[common], help="create a new signing key")
    parser.add_argument("--secrets", action="store_true", help="instead, encrypt tokens and passwords with a new key and retire older ones")
    parser.set_defaults(run=_rotate)


def _new(arguments: argparse.Namespace) -> int:
    """Prints the key; only its hash is stored."""
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        rep = deps.store.of(workspace.id).reps.by_email(arguments.rep) if arguments.rep else None
        if arguments.rep and rep is None:
            raise LeadlightError(f"there is no rep {arguments.rep} in {workspace.name}")
        key, text = new_key(
            deps, workspace.id, name=arguments.name, rep=rep.id if rep else None, scope=arguments.scope, days=arguments.days
        )
        rights = f"{key.scope.value} {rep.name if rep else ''}".strip()
        audit.record(deps, workspace.id, AuditAction.KEY_CREATED, OPERATOR, key.name, hint=key.hint, rights=rights)
    say(f"API key for {workspace.name}; it cannot be shown again:")
    result({"id": key.id, "name": key.name, "key": text, "workspace": workspace.id}, text, as_json=arguments.json)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    """Prints the keys, oldest first, each with its last four characters."""
    with connected() as deps:
        workspace = selected_workspace(deps, arguments)
        keys = sorted(deps.store.keys.of_workspace(workspace.id), key=lambda key: key.created_at)
        reps = {rep.id: rep.email for rep in deps.store.of(workspace.id).reps.all()}
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "hint": key.hint,
            "rep": reps.get(key.rep, key.rep) if key.rep else None,
            "created_at": key.created_at.isoformat(),
            "used_at": key.used_at.isoformat() if key.used_at else None,
        }
        for key in keys
    ]
    shown = [
        (f"…{r['hint']}", str(r["name"]), str(r["rep"] or "admin rights"), str(r["created_at"])[:10], str(r["used_at"] or "never")[:10])
        for r in rows
    ]
    result({"items": rows}, table(shown, ("KEY", "NAME", "RIGHTS OF", "CREATED", "LAST USED")), as_json=arguments.json)
    return 0


def _make(arguments: argparse.Namespace) -> int:
    """Prints the files. For hosts that get their keys from elsewhere, such as a secret of Kubernetes; needs no database."""
    settings = load()
    refuse_unfinished_restore(settings)
    Keys.load(settings.signing_keys_file)
    Keyring(settings.secret_keys_file).ensure()
    vapid_key(settings.vapid_key_file)
    recovery_key.ensure(settings.recovery_key_file, utc_now())
    files = [settings.signing_keys_file, settings.secret_keys_file, settings.vapid_key_file, settings.recovery_key_file]
    result({"files": [str(file) for file in files]}, "\n".join(map(str, files)), as_json=arguments.json)
    return 0


def _rotate(arguments: argparse.Namespace) -> int:
    """Prints the number of keys; every process uses the new one within a second."""
    settings = load()
    refuse_unfinished_restore(settings)
    if arguments.secrets:
        return _rotate_secrets(settings, as_json=arguments.json)
    file = settings.signing_keys_file
    refuse_foreign_owner(file.parent)
    count, behind = _rotate_signing_keys(settings)
    if behind:
        raise LeadlightError(
            f"the new key does not sign yet: {', '.join(behind)} may not know it. Run this again when they do."
            " If a silent host is gone for good, run `leadlight ps --forget HOST` first."
        )
    record_if_connected(settings, AuditAction.SIGNING_KEYS_ROTATED)
    say(f"New links are signed with a new key; links signed with the {count - 1} older keys remain valid. Back up the file again.")
    result({"keys": count}, str(count), as_json=arguments.json)
    return 0


def _rotate_signing_keys(settings: Settings) -> tuple[int, list[str]]:
    """The number of keys, and the processes of other hosts that must know the new one first. Alone, it signs at once.

    Without MongoDB, too; but what has begun on several hosts goes on only with it: raises LeadlightError otherwise.
    """
    file, has_begun = settings.signing_keys_file, False
    if settings.is_mongo_embedded and not is_running(settings):
        return rotate(file), []
    try:
        with connected() as deps:
            if is_alone(deps):
                return rotate_alone(deps), []
            has_begun = True
            return rotate_everywhere(deps, seconds=_WAIT_SECONDS)
    except BadSetting:
        raise
    except LeadlightError as error:
        if has_begun or (file.exists() and is_pending(read_keys(file))):
            raise LeadlightError(
                f"the rotation is pending. Run this again when MongoDB responds: it goes on with the same key. {error}"
            ) from error
        say("MongoDB does not respond: other hosts, if there are any, learn of the new key later")
        return rotate(file), []


def _rotate_secrets(settings: Settings, *, as_json: bool) -> int:
    """Prints the number of re-encrypted records; running processes use the new key immediately."""
    refuse_foreign_owner(settings.secret_keys_file.parent)
    with running_database(settings), connected() as deps:
        count, lost = secrets.rotate(deps.store.database, deps.store.keyring), lost_secrets(deps)
        audit.record_for_all(deps, AuditAction.SECRET_KEYS_ROTATED)
    say(
        "Tokens and passwords are encrypted with a new key; older keys are retired. Create a new backup: older backups contain only older keys."
    )
    say_lost_secrets(lost)
    result({"records": count, "type_again": lost}, str(count), as_json=as_json)
    return 0
