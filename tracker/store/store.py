"""The store as a whole: `Store.of(workspace)` for the repositories of one workspace, and the repositories that span workspaces.

The fields of `WorkspaceStore` (in `workspace_store`) and `Store` are the list of all repositories. Whatever concerns every collection follows from it:
construction, indexes, the removal of a workspace, the backup and the tests of queries.
"""

from collections.abc import Sequence

from pymongo.database import Database
from pymongo.errors import PyMongoError

from tracker.base.encryption.keyring import Keyring
from tracker.domain.activity.event import Event
from tracker.store.activity.client_fingerprints import ClientFingerprints
from tracker.store.activity.dirty_marks import DirtyMarks
from tracker.store.activity.events import insert_events
from tracker.store.activity.evidence import Evidence
from tracker.store.alerting.alarms import Alarms
from tracker.store.alerting.delivery_queue import DeliveryQueue
from tracker.store.alerting.operator_notices import OperatorNotices
from tracker.store.core.client import Document
from tracker.store.core.indexes import ensure_indexes
from tracker.store.core.keyed_rows import ClusterCheck
from tracker.store.core.repository import Connection, Repository, declared_repositories
from tracker.store.core.shard_keys import SHARDED, Key, shard_key, workspace_field
from tracker.store.hooks.hook_events import HookQueue
from tracker.store.mail.accepted_mails import AcceptedMails
from tracker.store.mail.link_destinations import LinkDestinations
from tracker.store.mail.mail_bytes import MailBytes
from tracker.store.mail.mail_domains import MailDomains
from tracker.store.mail.mail_queue import MailQueue
from tracker.store.mail.relayed_copies import RelayedCopies
from tracker.store.mail.sender_checks import SenderChecks
from tracker.store.ops.due_workspaces import DueWorkspaces
from tracker.store.ops.hosts import Hosts
from tracker.store.ops.leases import Leases
from tracker.store.ops.quarantine import Quarantine
from tracker.store.ops.signing_keys import SigningKeys
from tracker.store.privacy.withdrawn import Withdrawn
from tracker.store.team.address_confirmations import AddressConfirmations
from tracker.store.team.api_keys import ApiKeys
from tracker.store.team.app_passwords import AppPasswords
from tracker.store.team.client_tests import ClientTests
from tracker.store.team.confirmed_addresses import ConfirmedAddresses
from tracker.store.team.idempotent_responses import IdempotentResponses
from tracker.store.team.lone_persons import remove_lone_persons
from tracker.store.team.persons import Persons
from tracker.store.team.rate_limits import RateLimits
from tracker.store.team.rep_mailboxes import MailboxQueue
from tracker.store.team.sessions import Sessions
from tracker.store.team.sign_in_links import SignInLinks
from tracker.store.workspace.inquiry_mailboxes import InquiryMailboxQueue
from tracker.store.workspace.workspaces import Workspaces
from tracker.store.workspace_store import WORKSPACE_REPOSITORIES, WorkspaceStore

__all__ = ("REPOSITORIES", "SHARED_REPOSITORIES", "WORKSPACE_REPOSITORIES", "Store", "WorkspaceStore")


class Store:
    """One MongoDB database, and the keyring of the secrets in it."""

    workspaces: Workspaces
    sessions: Sessions
    sign_in_links: SignInLinks
    rate_limits: RateLimits
    keys: ApiKeys
    app_passwords: AppPasswords
    client_tests: ClientTests
    idempotent_responses: IdempotentResponses
    confirmed_addresses: ConfirmedAddresses
    address_confirmations: AddressConfirmations
    persons: Persons
    dirty: DirtyMarks
    fingerprints: ClientFingerprints
    evidence: Evidence
    mail_domains: MailDomains
    sender_checks: SenderChecks
    quarantine: Quarantine
    withdrawn: Withdrawn
    link_destinations: LinkDestinations
    alarms: Alarms
    operator_notices: OperatorNotices
    delivery_queue: DeliveryQueue
    hook_queue: HookQueue
    mail_queue: MailQueue
    accepted_mails: AcceptedMails
    mail_bytes: MailBytes
    relayed_copies: RelayedCopies
    mailbox_queue: MailboxQueue
    inquiry_mailbox_queue: InquiryMailboxQueue
    leases: Leases
    hosts: Hosts
    signing_keys: SigningKeys

    def __init__(self, database: Database[Document], keyring: Keyring, *, is_sharded: bool = False) -> None:
        """`is_sharded`: name shard keys in any case; else where the driver finds a cluster."""
        self.database = database
        self.keyring = keyring
        self.due_workspaces = DueWorkspaces(database)
        self._connection = Connection(database, keyring, is_sharded=ClusterCheck(database.client, always=is_sharded))
        for name, kind in SHARED_REPOSITORIES.items():
            setattr(self, name, kind(self._connection))

    def of(self, workspace: str) -> WorkspaceStore:
        """The repositories of one workspace (16 hex digits)."""
        return WorkspaceStore(self._connection, workspace)

    def insert_events(self, found: Sequence[Event]) -> set[str]:
        """Stores events of any workspaces, each once; returns the ids of the new ones. Called by workers.drain."""
        return insert_events(self._connection, found)

    def ensure_indexes(self) -> None:
        """Creates every index that a query needs, and replaces those of older versions. Safe to repeat; called at each start."""
        for kind in REPOSITORIES:
            ensure_indexes(self.database[kind.collection], kind.indexes)

    def is_up(self) -> bool:
        """Whether MongoDB responds as a primary now."""
        try:
            return bool(self.database.client.admin.command("hello").get("isWritablePrimary"))
        except PyMongoError:
            return False

    def remove_workspace(self, workspace: str) -> None:
        """Deletes every record of a workspace, then the workspace itself."""
        self.empty_workspace(workspace)
        self.workspaces.remove(workspace)

    def empty_workspace(self, workspace: str) -> None:
        """Deletes every record of a workspace; the workspace itself stays."""
        remove_lone_persons(self.database, workspace, REPOSITORIES)
        for kind in REPOSITORIES:
            if (matching := kind.workspace_filter(workspace)) is not None:
                name = workspace_field(kind.collection)
                self.database[kind.collection].delete_many({name: workspace, **matching} if name else matching)


def shard_keys() -> dict[str, Key]:
    """The shard key of each collection that a cluster spreads over its shards."""
    indexes = {name: [index for kind in REPOSITORIES if kind.collection == name for index in kind.indexes] for name in SHARDED}
    return {name: shard_key(name, found) for name, found in indexes.items()}


SHARED_REPOSITORIES: dict[str, type[Repository]] = declared_repositories(Store)
REPOSITORIES: tuple[type[Repository], ...] = (*WORKSPACE_REPOSITORIES.values(), *SHARED_REPOSITORIES.values())
