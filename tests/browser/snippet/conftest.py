"""One edge and one browser for the tests of a module; a site of two origins, and a browser profile for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.snippet.own_site import OwnSite
from tests.chromium import CHROMIUM, FLAGS
from tests.edge_process import EdgeProcess
from tests.ports import free_ports


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeProcess]:
    port = free_ports(6)
    made = EdgeProcess(port, tmp_path_factory.mktemp("edge") / "var", tuple(f"http://localhost:{port + n}" for n in (2, 3)))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shared_site(edge: EdgeProcess) -> Iterator[OwnSite]:
    port = edge.settings.port
    made = OwnSite(edge, (port + 2, port + 3))
    yield made
    made.close()


@pytest.fixture
def site(shared_site: OwnSite, edge: EdgeProcess) -> OwnSite:
    edge.write_policy((shared_site.url, shared_site.other))
    return shared_site


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    made = context.new_page()
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    yield made
    context.close()
    assert errors == []
