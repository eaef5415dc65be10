"""Words in columns: all of them, anywhere, whatever their capitals."""

import pytest

from quanheng.kernel.base.words import with_words
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.tests.world import organisation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("海河", ["海河检测"]),
        ("haihe", ["海河检测"]),
        ("海河 TEST", ["海河检测"]),
        ("检测 测", ["海河检测", "津门检测100%"]),
        ("0%", ["津门检测100%"]),
        ("_", []),
        ("海河 津门", []),
        ("", ["海河检测", "津门检测100%"]),
    ],
)
def test_each_word_stands_in_one_of_the_columns(text: str, found: list[str]) -> None:
    for chinese, english in (("海河检测", "Haihe Testing"), ("津门检测100%", "Jinmen")):
        one = organisation("laboratory")
        Organisation.objects.filter(pk=one.pk).update(name_zh=chinese, name_en=english)
    rows = with_words(Organisation.objects.all(), text, "name_zh", "name_en")
    assert sorted(rows.values_list("name_zh", flat=True)) == sorted(found)


def test_a_code_is_found_by_its_beginning() -> None:
    made = organisation()
    for text, found in ((made.uscc[:6].lower(), True), (made.uscc[1:7], False)):
        assert with_words(Organisation.objects.filter(pk=made.pk), text, begins=["uscc"]).exists() is found
