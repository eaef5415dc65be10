"""Where a duplicate still shows once it was merged: it leads to the entry that stands for it."""

from __future__ import annotations

import pytest

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.opendata.declare import dataset_named
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.services import merge_organisation
from quanheng.kernel.parties.tests.world import organisation
from quanheng.kernel.search.queries import search
from quanheng.kernel.search.services import reindex

pytestmark = pytest.mark.django_db


def test_a_duplicate_is_found_by_its_name_and_leads_to_the_entry_that_stands() -> None:
    survivor, loser = organisation(name="甲厂"), organisation(name="渤海衡器检定站")
    reindex(Organisation, [survivor.pk, loser.pk])
    merge_organisation(Actor.platform(), loser, survivor=survivor, reason="同一营业执照")
    (hit,) = search(Actor.nobody(), "衡器检定", kind="organisation").hits
    assert hit.shown.url == f"/organisations/{survivor.uid}/"
    assert hit.shown.note_zh == "已并入 甲厂"
    dataset = dataset_named("organisations")
    place = [column.name for column in dataset.all_columns].index("merged_into")
    told = {row[0]: row[place] for row in dataset.cells(dataset.rows())}
    assert told[loser.uid] == survivor.uid and told[survivor.uid] in (None, "")
