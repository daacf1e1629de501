"""For every test with a browser."""

from playwright.sync_api import expect

expect.set_options(timeout=30_000)  # as long as a busy machine takes; playwright's own five seconds are not
