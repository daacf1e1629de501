"""F17: what is delivered twice, five times, and in any order is counted once."""

import random

from tests.faults.rig.dataset import ORIGIN, Company
from tests.faults.rig.ledger import Ledger
from tests.faults.rig.load import Load
from tests.faults.rig.state import assert_same_as_undisturbed, assert_stored_once, settle


def test_every_beacon_one_to_five_times_and_shuffled(company: Company, load: Load, ledger: Ledger, dice: random.Random):
    """Counts equal distinct ids; dwell is the greatest value, not a sum."""
    letters = company.write_to(3)
    beacons = []
    for letter in letters:
        load.open(letter)
        landing = load.click(letter)
        for n in range(6):
            page = {"page": f"p{n}", "url": f"{ORIGIN}/page-{n}", "ago_ms": 1000 * n}
            beacons.append(
                (letter, [{"id": f"e{n}", "kind": "view", **page}, {"id": f"b{n}", "kind": "beat", **page, "active_ms": 900 * n}], landing)
            )
            beacons.append((letter, [{"id": f"c{n}", "kind": "click", **page, "target": "https://elsewhere.example/"}], landing))
    repeated = [beacon for beacon in beacons for _ in range(dice.randint(1, 5))]
    dice.shuffle(repeated)
    for letter, events, landing in repeated:
        load.beacon(letter, f"v-{letter.lead}", events, landing, times=dice.choice((1, 1, 2)))
    settle(company)

    assert_stored_once(company, ledger)
    assert [[len(visit["pages"]) for visit in company.listed(f"/leads/{letter.lead}/visits")] for letter in letters] == [[6]] * 3
    assert_same_as_undisturbed(company)


def test_a_replayed_link_counts_once_a_second(company: Company, load: Load, ledger: Ledger, dice: random.Random):
    """A proxy asks again for what it has just asked for: every request is kept, the first of its second stands."""
    letters = company.write_to(3)
    for letter in letters:
        for _ in range(dice.randint(2, 5)):
            load.open(letter)
        for _ in range(dice.randint(2, 5)):
            load.click(letter)
    settle(company)

    assert_stored_once(company, ledger)
    for letter in letters:
        acts: dict[tuple[str, str], list[str]] = {}
        for event in company.listed(f"/leads/{letter.lead}/events"):
            if event["kind"] in ("open", "click"):
                acts.setdefault((event["kind"], event["at"][:19]), []).append(event["verdict"]["label"])
        assert {kind for kind, _ in acts} == {"open", "click"}
        assert all(labels == ["human"] + ["duplicate"] * (len(labels) - 1) for labels in acts.values()), acts
    assert_same_as_undisturbed(company)
