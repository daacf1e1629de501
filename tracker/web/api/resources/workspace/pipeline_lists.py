"""/reasons, /products and /categories: lists that are offered for moves, sales and leads."""

from tracker.domain.ops.audit import AuditAction
from tracker.domain.workspace.workspace import Workspace
from tracker.web.api.operations import Call, Operations
from tracker.web.api.schemas.base import List
from tracker.web.api.schemas.workspace.pipeline_lists import CategoriesIn, CategoryOut, ProductOut, ProductsIn, ReasonsIn, ReasonsOut
from tracker.web.api.settings_changes import change_settings

operations = Operations()


@operations.add("GET", "/reasons", response=ReasonsOut)
def list_reasons(call: Call) -> ReasonsOut:
    """Returns the reasons that are offered for won and lost leads."""
    return _reasons(call.workspace)


@operations.add("PUT", "/reasons", body=ReasonsIn, response=ReasonsOut, admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_reasons(call: Call, body: ReasonsIn) -> ReasonsOut:
    """Replaces the reasons; those of leads do not change."""
    given = {f"{kind}_reasons": texts for kind, texts in body.given().items() if texts is not None}
    return _reasons(change_settings(call, "reasons", **given) if given else call.workspace)


@operations.add("GET", "/products", response=List[ProductOut])
def list_products(call: Call) -> List[ProductOut]:
    """Lists the products that are offered for sales."""
    return _products(call.workspace)


@operations.add("PUT", "/products", body=ProductsIn, response=List[ProductOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_products(call: Call, body: ProductsIn) -> List[ProductOut]:
    """Replaces the products; sales keep theirs."""
    return _products(change_settings(call, "products", products=body.items))


@operations.add("GET", "/categories", response=List[CategoryOut])
def list_categories(call: Call) -> List[CategoryOut]:
    """Lists the categories that leads may be given."""
    return _categories(call.workspace)


@operations.add("PUT", "/categories", body=CategoriesIn, response=List[CategoryOut], admin=True, audit=(AuditAction.SETTINGS_CHANGED,))
def set_categories(call: Call, body: CategoriesIn) -> List[CategoryOut]:
    """Replaces the categories; leads keep theirs."""
    return _categories(change_settings(call, "categories", categories=body.items))


def _categories(workspace: Workspace) -> List[CategoryOut]:
    return List[CategoryOut](items=[CategoryOut(name=name) for name in workspace.categories], next=None)


def _reasons(workspace: Workspace) -> ReasonsOut:
    return ReasonsOut(won=list(workspace.won_reasons), lost=list(workspace.lost_reasons))


def _products(workspace: Workspace) -> List[ProductOut]:
    return List[ProductOut](items=[ProductOut(name=name) for name in workspace.products], next=None)
