"""Local paths: where a page may redirect to when the address names it."""

from urllib.parse import urlsplit


def local_path(wanted: str) -> str:
    """The path if it is local, else `/`, so that sign-in never redirects to another site."""
    parts = urlsplit(wanted)
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return wanted if is_own and wanted.isprintable() and "\\" not in wanted else "/"
