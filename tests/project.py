"""The project's root folder. Used by tests that read its files or start its processes."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
