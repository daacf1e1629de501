"""The browser of the tests: Debian's Chromium without a window. It draws the same pages with half of the processor time of `chromium --headless`."""

CHROMIUM = "/usr/bin/chromium-headless-shell"
FULL_CHROMIUM = "/usr/bin/chromium"
"""For what the other one lacks: pages kept for the back button, prerendered pages, pushed messages."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
