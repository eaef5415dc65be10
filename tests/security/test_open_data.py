"""Open data hold what a visitor may see, and nothing else: files and changes are searched for what must not leak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.grants import restrict
from quanheng.kernel.opendata.declare import datasets
from quanheng.kernel.opendata.feed import publish
from quanheng.kernel.opendata.models import Feed
from quanheng.kernel.opendata.releasing import folder_of, release
from quanheng.kernel.opendata.tests.reading import by_key, from_jsonl, from_parquet
from quanheng.kernel.parties.models import Organisation
from tests.security.scene import Scene

pytestmark = pytest.mark.django_db

# What no data set may have a column for, whoever may see it on a page.
PERSONAL = {"phone", "email", "person", "contact", "password", "digest", "created_at"}


@pytest.mark.parametrize("name", sorted(datasets()))
def test_nothing_but_what_a_visitor_may_see_is_in_any_file(
    scene: Scene, name: str, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    Organisation.objects.update(phone="13800138000")
    dataset = datasets()[name]
    made = release(dataset, force=True)
    assert made is not None
    folder = folder_of(name) / made.uid
    rows = from_jsonl(folder / f"{name}.jsonl")
    told = b"".join(path.read_bytes() for path in folder.iterdir()).decode(errors="replace")
    told += str(from_parquet(folder / f"{name}.parquet"))
    told += Client().get(f"/open/{name}/").content.decode()
    assert not [what for secret, what in scene.secrets.items() if secret in told]
    assert "13800138000" not in told
    assert not PERSONAL & {column.name for column in dataset.all_columns}
    if dataset.through:
        return
    # Everybody, whatever the role, may see each of the rows: they are the visitor's.
    for actor in (Actor.nobody(), *(scene.actor(*who) for who in scene.people)):
        visible = restrict(dataset.model._default_manager.all(), actor).values_list(dataset.key, flat=True)
        assert set(by_key(dataset, rows)) <= {str(key) for key in visible}


def test_changes_tell_nothing_of_what_is_not_public(scene: Scene) -> None:
    publish()
    seen = 0
    for name in datasets():
        feed = Feed.objects.get(name=name)
        answer = Client().get(f"/api/v1/open/{name}/changes", {"since": f"{feed.epoch}.0", "limit": 1000})
        assert answer.status_code == 200
        seen += len(answer.json()["items"])
        assert not [what for secret, what in scene.secrets.items() if secret in answer.content.decode()]
    assert seen > 20
