"""Add lead and the page of an import: leads that may be the same person, side by side, and dismissed."""

import io

from tracker.actions.leads.leads import add_lead


def test_adding_shows_who_may_be_the_same(deps, office, signed_in):
    """Nothing is added until the rep says that it is another person; then the pair is not shown again. Texts are escaped."""
    store = deps.store.of(office.workspace.id)
    known = add_lead(
        deps, office.workspace.id, email="dana@acme.example", name="Dana <b>Whitfield</b>", company="Acme", phone="+351 912 345 678"
    )
    browser = signed_in(office.rep)
    browser.get("/leads/new")
    form = {"email": "d@home.example", "name": "Dana", "phone": "912345678", "owner": office.rep.id}
    shown = browser.post("/leads", form)
    assert shown.status_code == 200
    assert "May be the same person" not in browser.get(f"/leads/{known.id}").text
    for text in ("May be the same person as Dana &lt;b&gt;Whitfield", "Same phone number", "912345678", f'href="/leads/{known.id}"'):
        assert text in shown.text
    assert store.leads.by_email("d@home.example") is None
    assert browser.post("/leads", form | {"distinct": "yes"}).status_code == 303
    added = store.leads.by_email("d@home.example")
    (pair,) = store.duplicate_pairs.of_lead(added.id)
    assert (set(pair.leads), pair.dismissed_by) == ({added.id, known.id}, office.rep.id)
    other = add_lead(deps, office.workspace.id, email="dw@home.example", name="Dana W", phone="+351 912 345 678")
    page = browser.get(f"/leads/{known.id}").text
    assert page.count("Same phone number") == 1
    assert f'href="/leads/{other.id}"' in page
    assert browser.post("/leads/not-same", {"lead": known.id, "other": other.id}).headers["Location"] == f"/leads/{known.id}"
    assert "Same phone number" not in browser.get(f"/leads/{known.id}").text
    assert browser.post("/leads", form | {"email": "DANA@acme.example"}).status_code == 409


def test_the_page_of_an_import_shows_pairs(deps, office, signed_in):
    """Each with its reasons; a dismissed one is gone."""
    add_lead(deps, office.workspace.id, email="dana@acme.example", name="Dana Whitfield", company="Acme")
    browser = signed_in(office.admin)
    browser.get("/leads/import")
    file = {"file": (io.BytesIO(b"email,name,company\nd@home.example,Dana Whitefield,Acme\n"), "leads.csv")}
    token = (
        browser.post("/leads/import", file, content_type="multipart/form-data").text.split('action="/leads/import/', 1)[1].split('"', 1)[0]
    )
    done = browser.post(f"/leads/import/{token}", {"column:0": "email", "column:1": "name", "column:2": "company"})
    assert "Similar name and company" in done.text
    store = deps.store.of(office.workspace.id)
    (job,) = store.imports.latest()
    (pair,) = store.duplicate_pairs.each()
    assert "Similar name and company" in browser.get(f"/leads/imports/{job.id}").text
    form = {"lead": pair.leads[0], "other": pair.leads[1], "import": job.id}
    assert browser.post("/leads/not-same", form).headers["Location"] == f"/leads/imports/{job.id}#same"
    assert "Similar name and company" not in browser.get(f"/leads/imports/{job.id}").text
