"""A text with facts is told in every language it is asked in."""

from __future__ import annotations

from django.template import Context, Template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from quanheng.kernel.base.errors import Invalid, in_language
from quanheng.kernel.base.texts import filled, listed


def test_a_refusal_with_facts_speaks_both_languages() -> None:
    refusal = Invalid.field("days", filled(_("令牌有效期为 1 至 %(limit)s 天。"), limit=30))
    with override("zh-hans"):
        told = refusal.problem()
    assert told["detail"] == told["detail_zh"] == "令牌有效期为 1 至 30 天。"
    assert told["detail_en"] == told["errors"][0]["message_en"] == "A token is valid for 1 to 30 days."


def test_facts_that_are_texts_follow_the_language() -> None:
    text = filled(_("“%(label)s”最多 %(limit)s 个字，请精简。"), label=_("名称"), limit=3)
    assert in_language(text, "en").startswith("“Name” has at most 3")
    assert in_language(text, "zh-hans").startswith("“名称”最多 3")


def test_a_page_escapes_what_is_filled_in() -> None:
    text = filled(_("“%(name)s”已是集团成员。"), name="<b>")
    assert "&lt;b&gt;" in Template("{{ text }}").render(Context({"text": text}))


def test_an_enumeration_is_joined_as_the_reader_writes() -> None:
    told = filled("可选：%(codes)s。", codes=listed(["a", "b", "c"]))
    assert str(told) == "可选：a、b、c。"
    with override("en"):
        assert str(told) == "可选：a, b, c。"
    assert str(listed([])) == ""
