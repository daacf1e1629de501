"""`leadlight key new`: an API key. `leadlight keys rotate`: a fresh signing key, or with `--secrets` a fresh key for secrets at rest."""

import argparse

from tracker.actions.ops import audit
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.ops.unfinished_restore import refuse_unfinished_restore
from tracker.actions.team.api_keys import new_key
from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings, load
from tracker.cli.commands.workspaces import add_option, chosen
from tracker.cli.connect import reached
from tracker.cli.data_dir import refuse_foreign
from tracker.cli.machine_audit import note_if_reached
from tracker.cli.output import result, say, say_lost
from tracker.cli.servers import database_up
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.links.keys import rotate
from tracker.store.core import secrets


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares both commands."""
    verbs = commands.add_parser("key", help="the keys of the API").add_subparsers(required=True, metavar="verb")
    parser = verbs.add_parser("new", parents=[common], help="a new API key; prints it, this once")
    parser.add_argument("--name", default="API", help="what it is for; default: API")
    parser.add_argument("--rep", metavar="EMAIL", help="with the rights of this rep; default: of an admin")
    add_option(parser)
    parser.set_defaults(run=_new)
    verbs = commands.add_parser("keys", help="the keys that sign links and pixels, and those that encrypt secrets").add_subparsers(
        required=True, metavar="verb"
    )
    parser = verbs.add_parser("rotate", parents=[common], help="sign with a fresh key from now on")
    parser.add_argument(
        "--secrets", action="store_true", help="instead, encrypt tokens and passwords with a fresh key and retire the older ones"
    )
    parser.set_defaults(run=_rotate)


def _new(arguments: argparse.Namespace) -> int:
    """Prints the key, which is kept as a hash alone."""
    with reached() as deps:
        workspace = chosen(deps, arguments)
        rep = deps.store.of(workspace.id).reps.by_email(arguments.rep) if arguments.rep else None
        if arguments.rep and rep is None:
            raise LeadlightError(f"there is no rep {arguments.rep} in {workspace.name}")
        key, text = new_key(deps, workspace.id, name=arguments.name, rep=rep.id if rep else None)
        audit.record(deps, workspace.id, AuditAction.KEY_CREATED, OPERATOR, key.name, hint=key.hint, rights=rep.name if rep else "admin")
    say(f"A key for {workspace.name}. It cannot be shown again:")
    result({"id": key.id, "name": key.name, "key": text, "workspace": workspace.id}, text, as_json=arguments.json)
    return 0


def _rotate(arguments: argparse.Namespace) -> int:
    """Prints how many keys there are now; every process follows within a second."""
    settings = load()
    refuse_unfinished_restore(settings)
    if arguments.secrets:
        return _rotate_secrets(settings, as_json=arguments.json)
    file = settings.signing_keys_file
    refuse_foreign(file.parent)
    count = rotate(file)
    note_if_reached(settings, AuditAction.SIGNING_KEYS_ROTATED)
    say(f"New links are signed with a fresh key; links of the {count - 1} older ones go on working. Back the file up again.")
    result({"keys": count}, str(count), as_json=arguments.json)
    return 0


def _rotate_secrets(settings: Settings, *, as_json: bool) -> int:
    """Prints how many records were encrypted anew; running processes follow at once."""
    refuse_foreign(settings.secret_keys_file.parent)
    with database_up(settings), reached() as deps:
        count, lost = secrets.rotate(deps.store.database, deps.store.keyring), lost_secrets(deps)
        audit.record_for_all(deps, AuditAction.SECRET_KEYS_ROTATED)
    say(
        "Tokens and passwords are encrypted with a fresh key, and the older ones are retired. Make a backup: older ones hold the older keys."
    )
    say_lost(lost)
    result({"records": count, "type_again": lost}, str(count), as_json=as_json)
    return 0
