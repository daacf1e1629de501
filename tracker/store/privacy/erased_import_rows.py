"""Erasure of a lead from what batches of imports did. Used by `erasure_rules`."""

from collections.abc import Sequence

from pymongo.collection import Collection

from tracker.store.core.client import Document


def remove_from_imports(rows: Collection[Document], workspace: str, lead: str, texts: Sequence[str]) -> None:
    """Removes the id from the added leads, and the refused rows and warnings that contain one of the texts."""
    rows.update_many({"ws": workspace, "leads": lead}, {"$pull": {"leads": lead}, "$unset": {f"kept.{lead}": ""}})
    wanted = [text.casefold() for text in texts]
    for row in rows.find({"ws": workspace, "has_persons": True}) if wanted else ():
        left = {name: [one for one in row[name] if not _has_any(one, wanted)] for name in ("refused", "warnings")}
        if any(len(left[name]) < len(row[name]) for name in left):
            rows.update_one({"_id": row["_id"]}, {"$set": left})


def _has_any(row: Document, texts: Sequence[str]) -> bool:
    content = " ".join((row["text"], *row["cells"])).casefold()
    return any(text in content for text in texts)
