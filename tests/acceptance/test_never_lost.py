"""No text is lost or sent twice, with real processes that are killed and a carrier that misbehaves.

One seed and few guests, so that the suite stays short; `make proof` runs hundreds of guests and many seeds.
"""

from pathlib import Path

import pytest

from tests.proof import Size, prove

pytestmark = pytest.mark.acceptance

SMALL = Size(guests=14, servicers=4, seconds_to_join=1.5, most_kills=2)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_every_phone_holds_exactly_the_texts_it_should(database: str, tmp_path: Path) -> None:
    findings = prove(seed=1, database=database, size=SMALL, folder=tmp_path)
    print(findings)
    assert findings.faults == []
    assert findings.texts > SMALL.guests / 2
    assert sum(count for what, count in findings.counts.items() if not what.endswith("good")) > 0
