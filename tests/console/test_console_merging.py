"""Two leads side by side: merged on the page, found under both addresses, and parted again."""

import re

import pytest

from tracker.actions.leads import leads
from tracker.domain.ops.audit import AuditAction


@pytest.fixture
def pair(deps, office):
    """Two leads of one person, with hostile text."""

    def add(email, name, **more):
        return leads.add_lead(deps, office.workspace.id, email=email, name=name, owner=office.admin.id, **more).id

    return add("dana.w@gmail.com", "Dana Whitfield", phone="+49 30 1"), add(
        "danaw+x@gmail.com", "<b>D. Whitfield", phone="+49 30 2", job_title="CEO"
    )


def test_two_leads_are_merged_and_parted(deps, signed_in, office, pair):
    mara, (dana, other) = signed_in(office.admin), pair
    link = f"/leads/{dana}/merge?with={other}"
    assert f'href="{link}"' in mara.get("/clean-up").text
    text = mara.get(link).text
    assert ("<b>D." in text, re.findall(r'name="value\.(\w+)" value="other"', text)) == (False, ["name", "phone"])
    answer = mara.post(f"/leads/{dana}/merge", {"with": other, "value.phone": "other"})
    assert answer.headers["Location"] == f"/leads/{dana}"
    assert mara.get(f"/leads/{other}").headers["Location"] == f"/leads/{dana}"
    page = mara.get(f"/leads/{dana}").text
    assert ("Merged leads" in page, "+49 30 2" in page, "&lt;b&gt;D. Whitfield" in page) == (True, True, True)
    assert (mara.get(link).status_code, 'class="pair"' in mara.get("/clean-up").text) == (404, False)

    assert mara.post(f"/leads/{dana}/part", {"merged": dana}).status_code == 404
    mara.post(f"/leads/{dana}/part", {"merged": other})
    assert mara.get(f"/leads/{other}").status_code == 200
    assert deps.store.of(office.workspace.id).leads.get(dana).phone == "+49 30 1"
    written = [row["action"] for row in deps.store.database.audit.find({"ws": office.workspace.id}, sort=[("_id", 1)])]
    assert [action for action in written if action.startswith("leads_")] == [AuditAction.LEADS_MERGED, AuditAction.LEADS_PARTED]
