"""What every page says of the notices that are new."""

import pytest
from django.test import Client

from quanheng.kernel.parties.tests.world import organisation, person
from quanheng.portal import context

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("new", "heading", "bell"), [(3, "3 条新", "未读 3 条"), (100, "99+ 条新", "未读 99+ 条"), (0, "", "未读 0 条")]
)
def test_new_notices_are_told_as_far_as_they_are_counted(
    new: int, heading: str, bell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "unseen_count", lambda _actor: new)
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person((organisation("laboratory"), "operator")))
    page = client.get("/work/").content.decode()
    assert bell in page
    assert heading in page if heading else "条新" not in page
