"""`leadlight backup`, `restore` and `upgrade`."""

import argparse
import getpass
import os
import sys
from dataclasses import asdict
from pathlib import Path

from tracker.actions.ops import audit
from tracker.actions.ops.backup import backup, resolve_target
from tracker.actions.ops.lost_secrets import lost_secrets
from tracker.actions.ops.restore import restore
from tracker.actions.ops.unfinished_restore import marker_path, refuse_unfinished_restore
from tracker.actions.privacy.erase import keep_tombstones
from tracker.base.clock import utc_now
from tracker.base.errors import LeadlightError
from tracker.base.settings import load
from tracker.cli.connect import connected
from tracker.cli.data_dir import refuse_foreign_owner
from tracker.cli.output import result, say, say_lost_secrets
from tracker.cli.servers import is_running, running_database
from tracker.domain.ops.audit import OPERATOR, AuditAction
from tracker.store import schema
from tracker.store.address_keys import equal_addresses

_MIN_LENGTH = 8
_VARIABLE = "LEADLIGHT_PASSPHRASE"


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """Declares the commands."""
    for name, what, run in (
        ("backup", "write all data to one encrypted file; also while Leadlight runs", _backup),
        ("restore", "restore a backup into an empty DATA folder and database", _restore),
    ):
        parser = commands.add_parser(name, parents=[common], help=what)
        parser.add_argument("file", type=Path, help="the backup file")
        parser.add_argument(
            "--passphrase-file",
            type=Path,
            metavar="FILE",
            help=f"file with the passphrase in its first line; default: {_VARIABLE}, else a prompt",
        )
        parser.set_defaults(run=run)
    parser.add_argument("--force", action="store_true", help="replace existing data")
    parser.add_argument("--erased", type=Path, metavar="FILE", help="a copy of DATA/erased: leads that must not come back")
    parser = commands.add_parser("upgrade", parents=[common], help="migrate the database to this version; `up` does this too")
    parser.set_defaults(run=_upgrade)


def _backup(arguments: argparse.Namespace) -> int:
    """Prints the number of records by collection."""
    settings = load()
    refuse_unfinished_restore(settings)
    resolve_target(arguments.file)
    passphrase = _passphrase(arguments, is_new=True)
    with running_database(settings):
        counts = backup(settings, arguments.file, passphrase, utc_now())
        with connected() as deps:
            audit.record_for_all(deps, AuditAction.EXPORTED, "backup of all data")
    size = arguments.file.stat().st_size
    say(
        f"{arguments.file}: {size / 2**20:.1f} MB. Store the file and its passphrase in different places; without the passphrase it cannot be restored."
    )
    result({"file": str(arguments.file), "bytes": size, "counts": counts}, _listed(counts), as_json=arguments.json)
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    """Prints the number of restored records by collection."""
    settings, passphrase = load(), _passphrase(arguments, is_new=False)
    refuse_foreign_owner(settings.data)
    if is_running(settings):
        raise LeadlightError("Leadlight is running with this DATA folder; stop it first")
    try:
        with running_database(settings):
            counts = restore(settings, arguments.file, passphrase, force=arguments.force, say=say, erased=arguments.erased)
            with connected() as deps:
                schema.upgrade(deps.store, utc_now())
                if erased := keep_tombstones(deps, OPERATOR):
                    say(f"Leads erased since the backup: {erased}")
                audit.record_for_all(deps, AuditAction.RESTORED, "backup")
                lost = lost_secrets(deps)
    except KeyboardInterrupt:
        if marker_path(settings).exists():
            say("The restore was interrupted; Leadlight does not start until it is repeated")
        raise
    say(
        f"Start with `leadlight up`. The settings of the backup are in {settings.data / 'restored-settings.json'}; EDGE_URL must not change."
    )
    say_lost_secrets(lost)
    result({"counts": counts, "type_again": lost}, _listed(counts), as_json=arguments.json)
    return 0


def _upgrade(arguments: argparse.Namespace) -> int:
    """Prints the migration steps."""
    settings = load()
    refuse_unfinished_restore(settings)
    with running_database(settings), connected() as deps:
        done, known, lost = schema.upgrade(deps.store, utc_now()), schema.version(deps.store), lost_secrets(deps)
        equal = equal_addresses(deps.store)
        if done:
            audit.record_for_all(deps, AuditAction.DATABASE_UPGRADED, layout=str(known))
    say(f"The database has layout {known}" + ("" if done else "; nothing to do"))
    say_lost_secrets(lost)
    for pair in equal:
        say(
            f"Kept: {pair.kind}s {pair.record} and {pair.other} of workspace {pair.workspace} have equal email addresses; change or delete one"
        )
    result({"layout": known, "done": done, "equal_addresses": [asdict(pair) for pair in equal]}, "\n".join(done), as_json=arguments.json)
    return 0


def _passphrase(arguments: argparse.Namespace, *, is_new: bool) -> str:
    if arguments.passphrase_file:
        try:
            found = str(arguments.passphrase_file.read_text("utf-8").partition("\n")[0])
        except OSError as error:
            raise LeadlightError(f"{arguments.passphrase_file} cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise LeadlightError(f"{arguments.passphrase_file} is not a text file; its first line must be the passphrase") from error
    elif _VARIABLE in os.environ:
        found = os.environ[_VARIABLE]
    elif sys.stdin.isatty():
        found = getpass.getpass("Passphrase: ")
        if is_new and getpass.getpass("Again: ") != found:
            raise LeadlightError("the passphrases differ")
    else:
        raise LeadlightError(f"a passphrase is required: --passphrase-file FILE, or {_VARIABLE} in the environment")
    if is_new and len(found) < _MIN_LENGTH:
        raise LeadlightError(f"the passphrase must have at least {_MIN_LENGTH} characters")
    return found


def _listed(counts: dict[str, int]) -> str:
    return "\n".join(f"{name}  {count}" for name, count in counts.items())
