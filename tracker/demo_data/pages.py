"""The pages of the demo company's site: one list that the site shows, the history remembers and the walker walks."""

from dataclasses import dataclass

COMPANY = "Fernway"
"""The invented company that the demo workspace belongs to: it plans the tours of delivery fleets."""

DOMAIN = "fernway.example"
"""Its mail domain; `.example` belongs to nobody, so that no mail of the demo could ever reach a stranger."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its path, the title a browser shows, how long people stay (seconds, typical), its place in the menu."""

    path: str
    name: str
    title: str
    stay: int


PAGES = (
    Page("/", "Home", "Home · Fernway", 24),
    Page("/product", "Product", "Product · Fernway", 55),
    Page("/customers", "Customers", "Customers · Fernway", 40),
    Page("/security", "Security", "Security · Fernway", 75),
    Page("/pricing", "Pricing", "Pricing · Fernway", 95),
    Page("/contact", "Contact", "Contact · Fernway", 50),
    Page("/thanks", "Thank you", "Thank you · Fernway", 8),
)

BY_PATH = {page.path: page for page in PAGES}

MENU = tuple(page for page in PAGES if page.path not in ("/", "/thanks"))
"""What the site's header links to."""


def page_url(origin: str, path: str) -> str:
    """A page's address on the demo site."""
    return f"{origin}{path}"
