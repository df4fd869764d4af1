"""What a lost book knew of chip profiles, its successor knows from its first entry on."""

from __future__ import annotations

from pathlib import Path

from stationd.model import events, stock_events
from stationd.registry.predecessor import Predecessor
from stationd.store.store import Store
from stationd.succession import opening, succession
from tests.store.memory_keys import MemoryKeys
from tests.store.test_store import open_store


def used(store: Store) -> dict[str, int]:
    with store.read() as view:
        return view.profiles_used()


def test_a_new_book_takes_no_older_profile_than_the_one_before(tmp_path: Path) -> None:
    keys = MemoryKeys()
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    before = open_store(tmp_path / "before", keys)
    for version in (3, 4):
        before.record("stationd", stock_events.ProfileUsed(profile="card", version=version))
    before.record("stationd", stock_events.ProfileUsed(profile="other", version=1))
    with before.read() as view:
        texts, head = list(view.texts(0, 100)), view.head()
    before.close()
    plan = succession(Predecessor(before.incarnation, head.digest, tuple(texts)), 0.0)
    happened = opening(plan, {})
    assert isinstance(happened[0], events.IncarnationBegan)
    after = open_store(tmp_path / "after", keys)
    after.record("stationd", *(event for event in happened if isinstance(event, stock_events.ProfileUsed)))
    assert used(after) == {"card": 4, "other": 1}
    after.close()
