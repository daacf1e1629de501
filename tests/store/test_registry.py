"""The registry: the fields of Store and WorkspaceStore name every repository."""

import importlib
import pkgutil

import tracker.store
from tracker.store.activity.event_changes import EventChanges
from tracker.store.activity.event_forms import EventForms
from tracker.store.core.repository import Repository
from tracker.store.store import REPOSITORIES, WORKSPACE_REPOSITORIES


def _subclasses(kind: type) -> set[type]:
    direct = set(kind.__subclasses__())
    return direct.union(*map(_subclasses, direct))


def test_every_repository_is_a_field_of_the_store():
    """A repository outside the registry would get no indexes and would not be removed with its workspace."""
    # Classes without a collection are bases of repositories.
    for module in pkgutil.walk_packages(tracker.store.__path__, "tracker.store."):
        importlib.import_module(module.name)

    found = {kind for kind in _subclasses(Repository) if kind.__module__.startswith("tracker.store") and hasattr(kind, "collection")}
    assert found - {EventForms, EventChanges} == set(REPOSITORIES)
    assert len(REPOSITORIES) == len(set(REPOSITORIES))


def test_the_repositories_of_a_workspace_are_built_from_the_registry(deps):
    """Each field holds an instance of its declared class, for the given workspace."""
    store = deps.store.of("0" * 16)

    assert {name: type(getattr(store, name)) for name in WORKSPACE_REPOSITORIES} == WORKSPACE_REPOSITORIES
    assert {getattr(store, name).workspace for name in WORKSPACE_REPOSITORIES} == {"0" * 16}


def test_an_empty_workspace_has_no_documents(deps):
    """Every collection with documents of a workspace is emptied; another workspace keeps its documents."""
    own, other = "0" * 16, "1" * 16
    database = deps.store.database
    for kind in WORKSPACE_REPOSITORIES.values():
        for workspace in (own, other):
            first = bytes.fromhex(workspace)
            key = first + b"\0" * 16 if kind.collection == "events" else f"{workspace}:a"
            database[kind.collection].insert_one({"_id": key, "w": first, "ws": workspace, "keys": {}, "person": workspace})

    deps.store.empty_workspace(own)

    for kind in WORKSPACE_REPOSITORIES.values():
        assert database[kind.collection].count_documents({"ws": own}) == 0
        assert database[kind.collection].count_documents({"ws": other}) == 1
