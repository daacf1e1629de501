"""The pages of the demo company's website, for the site, the history and live visits."""

from dataclasses import dataclass

COMPANY = "Fernway"
"""The demo company, which plans routes of delivery fleets."""

DOMAIN = "fernway.example"
"""Its mail domain. `.example` is reserved (RFC 2606), so demo email cannot reach a real person."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: path, menu name, title, and typical time on it in seconds."""

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
"""The pages in the site's header."""


def page_url(origin: str, path: str) -> str:
    """A page's address on the demo site."""
    return f"{origin}{path}"
