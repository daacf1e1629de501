"""Hash routes (`#/…`, `#!/…`) count as paths, anchors do not."""

import pytest

from tracker.rules.page_names import page_name, split_url
from tracker.rules.page_paths import is_on, page_key, path_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://a.example/#/Pricing", "/pricing"),
        ("https://a.example/app#!/pricing/?plan=b#x", "/pricing"),
        ("https://a.example/shop?x=1#/", "/"),
        ("https://a.example/shop#section", "/shop"),
        ("https://a.example/shop#!important", "/shop"),
        ("https://a.example/shop#", "/shop"),
    ],
)
def test_the_path_of_a_hash_route(url: str, path: str) -> None:
    """For rules, score and forms."""
    assert path_of(url) == path


def test_a_hash_route_is_a_page_of_its_own() -> None:
    """For page rules, names and watched pages; two applications of one site are told apart."""
    assert is_on("https://a.example/app/#/pricing/team", ("/pricing",))
    assert not is_on("https://a.example/pricing-old#/about", ("/pricing",))
    assert page_name("https://a.example/#/how-we-work?x=1") == "How we work"
    assert page_name("https://a.example/app#/") == "Home"
    assert split_url("https://a.example/app#/docs/guide.pdf") == ("a.example", "/docs/guide.pdf")
    keys = {page_key(f"https://a.example{path}") for path in ("/#/list", "/#!/list?page=2", "/admin#/list", "/list", "/list#anchor")}
    assert keys == {("https://a.example", path) for path in ("/#/list", "/admin#/list", "/list")}
    assert page_key("https://a.example/admin#/list") == page_key("https://a.example/Admin/#/List/")
