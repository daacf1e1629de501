"""F17: events delivered repeatedly and in any order are counted once."""

import random

from tests.faults.rig.dataset import ORIGIN, Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import LoadGenerator
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle


def test_every_beacon_one_to_five_times_and_shuffled(company: Company, load: LoadGenerator, ledger: Ledger, rng: random.Random):
    """Counts equal distinct ids; dwell is the maximum, not the sum."""
    recipients = company.add_leads(3)
    beacons = []
    for recipient in recipients:
        load.open(recipient)
        landing = load.click(recipient)
        for n in range(6):
            page = {"page": f"p{n}", "url": f"{ORIGIN}/page-{n}", "ago_ms": 1000 * n}
            beacons.append(
                (
                    recipient,
                    [{"id": f"e{n}", "kind": "view", **page}, {"id": f"b{n}", "kind": "beat", **page, "active_ms": 900 * n}],
                    landing,
                )
            )
            beacons.append((recipient, [{"id": f"c{n}", "kind": "click", **page, "target": "https://elsewhere.example/"}], landing))
    repeated = [beacon for beacon in beacons for _ in range(rng.randint(1, 5))]
    rng.shuffle(repeated)
    for recipient, events, landing in repeated:
        load.beacon(recipient, f"v-{recipient.lead}", events, landing, times=rng.choice((1, 1, 2)))
    settle(company)

    assert_stored_once(company, ledger)
    assert [[len(visit["pages"]) for visit in company.listed(f"/leads/{recipient.lead}/visits")] for recipient in recipients] == [[6]] * 3
    assert_same_as_undisturbed(company)


def test_a_replayed_link_counts_once_a_second(company: Company, load: LoadGenerator, ledger: Ledger, rng: random.Random):
    """A proxy repeats a request: every request is stored, and only the first of each second counts."""
    recipients = company.add_leads(3)
    for recipient in recipients:
        for _ in range(rng.randint(2, 5)):
            load.open(recipient)
        for _ in range(rng.randint(2, 5)):
            load.click(recipient)
    settle(company)

    assert_stored_once(company, ledger)
    for recipient in recipients:
        acts: dict[tuple[str, str], list[str]] = {}
        for event in company.listed(f"/leads/{recipient.lead}/events"):
            if event["kind"] in ("open", "click"):
                acts.setdefault((event["kind"], event["at"][:19]), []).append(event["verdict"]["label"])
        assert {kind for kind, _ in acts} == {"open", "click"}
        assert all(labels == ["human"] + ["duplicate"] * (len(labels) - 1) for labels in acts.values()), acts
    assert_same_as_undisturbed(company)
