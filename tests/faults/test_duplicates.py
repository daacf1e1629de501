"""F17: beacons that come twice, five times, and in any order are one event each."""

import random

from tests.faults.company import ORIGIN, Company
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.state import assert_same_as_undisturbed, assert_stored_once, settle


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
