"""Marker of an unfinished restore: while its file exists, Leadlight does not start. Used by backup, restore and the command line."""

from pathlib import Path

from tracker.base.errors import LeadlightError
from tracker.base.settings import Settings


def marker_path(settings: Settings) -> Path:
    """The file that exists during a restore and after a failed one."""
    return settings.data / "restore-unfinished"


def refuse_unfinished_restore(settings: Settings) -> None:
    """Raises LeadlightError after a failed restore, when the data are incomplete."""
    marker = marker_path(settings)
    try:
        is_unfinished = marker.exists()
    except OSError as error:
        raise LeadlightError(f"{marker.parent} cannot be read ({error.strerror})") from error
    if is_unfinished:
        raise LeadlightError(f"a restore has failed and the data are incomplete; repeat it, or remove {marker} to continue without")
