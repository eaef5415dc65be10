"""What is stored of arguments is what comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.changes.codec import decode, encode, rows_in
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from quanheng.kernel.parties.tests.world import organisation
from quanheng.kernel.requirements.services import StandardFacts

VALUES = [
    None,
    True,
    7,
    "文字",
    1.5,
    float("inf"),
    Decimal("10.00"),
    date(2026, 1, 31),
    datetime(2026, 1, 31, 8, 30, tzinfo=UTC),
    time(8, 30),
    [1, ["2"]],
    (1, (date(2026, 1, 31),)),
    frozenset({"a", "b"}),
    {"a": {"b": Decimal("1")}},
    StandardFacts(number="GB 1", title_zh="x", kind="gb", source="s", published=date(2020, 1, 1)),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_with_its_type(value: object) -> None:
    back = decode(encode(value))
    assert back == value
    assert type(back) is type(value)


def test_a_choice_is_its_text() -> None:
    assert encode(Role.MEMBER) == "member"


@pytest.mark.django_db
def test_a_row_is_read_anew() -> None:
    one = organisation()
    raw = encode([one])
    Organisation.objects.filter(pk=one.pk).update(name_zh="改名")
    [back] = decode(raw)
    assert back.name_zh == "改名"
    assert list(rows_in({"a": (back, [back])})) == [back, back]
    Organisation.objects.all().delete()
    with pytest.raises(Conflict):
        decode(raw)


@pytest.mark.parametrize(
    "value",
    [object(), {"$row": 1}, {1: 2}, {"a": b"x"}, Organisation(name_zh="neu")],
    ids=str.split("object tag key bytes unsaved"),
)
def test_what_has_no_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)


@pytest.mark.parametrize("path", ["os.system", "quanheng.kernel.base.errors.Invalid", "subprocess.Popen"])
def test_stored_arguments_name_no_code(path: str) -> None:
    with pytest.raises(ValueError, match="record of facts"):
        decode({"$facts": path, "fields": {}})
