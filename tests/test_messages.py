"""The English catalogues are complete, and the tool that says so can be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from quanheng import messages

PYTHON = """
from django.utils.translation import gettext as _, ngettext, pgettext
a = _("受理")
b = ngettext("%(n)s 项", "%(n)s 项合计", 3)
c = pgettext("状态", "完成")
d = _(a)
"""
TEMPLATE = """{% load i18n %}
<h1>{% translate "首页" %}</h1>
   <p title="{% translate '退回' as word %}">{% blocktranslate trimmed count n=rows|length %}
     共 {{ n }} 行
   {% plural %}
     共 {{ n }} 行数据
   {% endblocktranslate %} don't
 </p>{{ "x"|default:_("无") }}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one app that has five texts."""
    root = tmp_path / "quanheng"
    templates = root / "app" / "templates" / "app"
    templates.mkdir(parents=True)
    (root / "app" / "apps.py").write_text("")
    (root / "app" / "views.py").write_text(PYTHON)
    (templates / "page.html").write_text(TEMPLATE)
    (root / "outside.py").write_text('from django.utils.translation import gettext_lazy as _\nx = _("受理")\n')
    monkeypatch.setattr(messages, "PACKAGE", root)
    return root


def translate(path: Path, texts: dict[str, str]) -> None:
    text = path.read_text()
    for old, new in texts.items():
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)


def test_every_text_has_its_english() -> None:
    wrong = messages.faults()
    assert not wrong, "\n".join(["./qh messages brings the catalogues up to date; then write the English:", *wrong])


def test_texts_are_found_in_python_and_in_templates(package: Path) -> None:
    found = set(messages._messages(messages.extract(package / "app")))
    assert found == {
        (None, "受理"), (None, "%(n)s 项"), ("状态", "完成"), (None, "首页"), (None, "退回"), (None, "无"),
        (None, "共 %(n)s 行"),
    }  # fmt: skip
    assert set(messages._messages(messages.extract(package))) == {(None, "受理")}


def test_a_missing_text_is_named_with_its_file(package: Path) -> None:
    assert any("'首页' is missing (used in app/templates/app/page.html)" in fault for fault in messages.faults())


def test_update_keeps_shares_and_drops(package: Path) -> None:
    messages.update()
    path = package / "app" / messages.CATALOGUE
    translate(path, {'msgid "受理"\nmsgstr ""': 'msgid "受理"\nmsgstr "Accept"'})
    changed = messages.update()
    # The same text outside the app takes the translation over.
    assert changed == [package / messages.CATALOGUE]
    assert 'msgstr "Accept"' in (package / messages.CATALOGUE).read_text()
    (package / "outside.py").write_text("")
    assert messages.update() == [package / messages.CATALOGUE]
    assert not (package / messages.CATALOGUE).exists()
    assert messages.update() == []


@pytest.mark.parametrize(
    ("english", "complaint"),
    [
        ('msgstr[0] "%(n)s item"\nmsgstr[1] ""', "has no English text"),
        ('msgstr[0] "%(n)s item"\nmsgstr[1] "%(n)s 项"', "still holds Chinese"),
        ('msgstr[0] "one item"\nmsgstr[1] "%(m)s items"', "has other gaps to fill"),
        ('msgstr[0] "one item"\nmsgstr[1] "%(n)s items"', ""),
    ],
)
def test_a_translation_is_judged(package: Path, english: str, complaint: str) -> None:
    messages.update()
    translate(
        package / "app" / messages.CATALOGUE,
        {'msgid_plural "%(n)s 项合计"\nmsgstr[0] ""\nmsgstr[1] ""': f'msgid_plural "%(n)s 项合计"\n{english}'},
    )
    about = [fault for fault in messages.faults() if "'%(n)s 项'" in fault]
    assert len(about) == bool(complaint)
    assert all(complaint in fault for fault in about)


def test_two_catalogues_must_agree(package: Path) -> None:
    messages.update()
    for home, english in ((package, "Accept"), (package / "app", "Take on")):
        translate(home / messages.CATALOGUE, {'msgid "受理"\nmsgstr ""': f'msgid "受理"\nmsgstr "{english}"'})
    assert any("'受理' is 'Accept' in" in fault for fault in messages.faults())


def test_compiled_catalogues_answer(package: Path) -> None:
    import gettext

    messages.update()
    translate(package / messages.CATALOGUE, {'msgid "受理"\nmsgstr ""': 'msgid "受理"\nmsgstr "Accept"'})
    messages.compile_catalogues()
    with (package / messages.CATALOGUE).with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("受理") == "Accept"
