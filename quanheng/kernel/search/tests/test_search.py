"""The index against the registers: the same answers on both databases, right after every act, and nothing invisible."""

from __future__ import annotations

from datetime import date
from itertools import combinations

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from quanheng.kernel.base.actor import Actor
from quanheng.kernel.base.errors import Conflict
from quanheng.kernel.base.grants import Having, PlatformOnly
from quanheng.kernel.base.paging import capped_count, slice_of
from quanheng.kernel.competence.models import ScopeLine
from quanheng.kernel.parties import services as parties
from quanheng.kernel.parties.models import Organisation, Person
from quanheng.kernel.requirements import services as standards
from quanheng.kernel.requirements.loading import load_items, load_standards
from quanheng.kernel.requirements.models import Item, Standard
from quanheng.kernel.search import index, models, narrowing
from quanheng.kernel.search.folding import fold
from quanheng.kernel.search.models import Document
from quanheng.kernel.search.pages import every_page
from quanheng.kernel.search.queries import narrow, search, suggest
from quanheng.kernel.search.searchable import by_model, kinds
from quanheng.kernel.search.services import rebuild, reindex
from quanheng.kernel.search.tokens import runs
from tests import world

pytestmark = pytest.mark.django_db
NOBODY, PLATFORM = Actor.nobody(), Actor.platform()
TITLES = {
    "GB/T 17761-2018": "电动自行车安全技术规范",
    "GB/T 17761-2024": "电动自行车安全技术规范",
    "JJG 52-2013": "弹性元件式一般压力表、压力真空表和真空表检定规程",
    "GB 4706.1-2005": "家用和类似用途电器的安全 第1部分：通用要求",
    "GB 4706.23-2007": "家用和类似用途电器的安全 室内加热器的特殊要求",
    "GB/T 18883-2022": "室内空气质量标准",
    "HJ 501-2009": "水质 总有机碳的测定 燃烧氧化—非分散红外吸收法",
    "GB 5009.12-2023": "食品中铅的测定",
    "ISO/IEC 17025:2017": "检测和校准实验室能力的通用要求",
    "T/CAS 1-2020": "塑料管材PVC管道及管件",
}


ABSENT = ["铅笔", "压力锅", "规范电"]


def load(titles: dict[str, str]) -> None:
    row = {"title_en": "", "kind": "gb", "mandatory": "no", "source": "test", "confidence": "confirmed"}
    load_standards([{"number": number, "title_zh": title, **row} for number, title in titles.items()])


def numbers(text: str) -> list[str]:
    return [hit.shown.code for hit in search(NOBODY, text, kind="standard").hits]


def words() -> list[str]:
    """Every fragment of two to four characters of the titles, and some that are in none."""
    found = set()
    for title in TITLES.values():
        for size in (2, 3, 4):
            found |= {title[at : at + size] for at in range(len(title) - size + 1)}
    # A Latin word is found from its beginning on, not from its middle.
    return sorted(one for one in found if (runs(one) and one[0] not in "VC") or one.startswith("PVC")) + ABSENT


def test_fragments_against_the_truth() -> None:
    load(TITLES)
    wrong = []
    for word in words():
        truth = {
            number
            for number, title in TITLES.items()
            if any(("".join(runs(word))) in "".join(runs(text)) for text in (title, number))
        }
        found = set(narrow(Standard.objects.all(), word).values_list("number", flat=True))
        # A text that nothing holds whole is cut, and may then be found in parts.
        if truth - found or (truth and found - truth):
            wrong.append((word, truth ^ found))
    assert not wrong


def test_pairs_of_words_are_both_found() -> None:
    load(TITLES)
    for one, two in combinations(["安全", "规范", "压力表", "电动", "要求", "测定", "铅", "室内"], 2):
        truth = {number for number, title in TITLES.items() if one in title and two in title}
        found = set(narrow(Standard.objects.all(), f"{one} {two}").values_list("number", flat=True))
        assert found == truth, (one, two)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("GBT 17761", ["GB/T 17761-2024", "GB/T 17761-2018"]),
        ("gb/t17761-2018", ["GB/T 17761-2018"]),
        ("17761", ["GB/T 17761-2024", "GB/T 17761-2018"]),
        ("GB 4706", ["GB 4706.23-2007", "GB 4706.1-2005"]),
        ("gb4706.1", ["GB 4706.1-2005"]),
        ("iso17025", ["ISO/IEC 17025:2017"]),
        ("ISO/IEC 17025", ["ISO/IEC 17025:2017"]),
        ("食品中铅的测定", ["GB 5009.12-2023"]),
        ("室内", ["GB/T 18883-2022", "GB 4706.23-2007"]),
        ("空氣質量", ["GB/T 18883-2022"]),
        ("ＰＶＣ管", ["T/CAS 1-2020"]),
        ("铅", ["GB 5009.12-2023"]),
        ("电动自行车 GB/T 17761-2018", ["GB/T 17761-2018"]),
    ],
)
def test_order_of_what_is_found(text: str, first: list[str]) -> None:
    load(TITLES)
    assert numbers(text)[: max(len(first), 1)] == first


def test_run_together_words_are_cut_by_what_the_index_knows() -> None:
    load(TITLES)
    found = search(NOBODY, "压力表规程检定")
    assert found.read is not None and found.read.parts == ("压力表", "规程", "检定")
    assert [hit.shown.code for hit in found.hits] == ["JJG 52-2013"]


def test_a_number_that_no_register_has_is_looked_for_by_its_digits() -> None:
    """People mistake GB for GB/T, and the year of an edition."""
    load(TITLES)
    assert numbers("GB 17761") == ["GB/T 17761-2024", "GB/T 17761-2018"]
    assert numbers("GBT4706.1-2099") == ["GB 4706.1-2005"]
    assert numbers("GB 99999") == []


def test_items_and_organisations_by_pinyin_and_by_sound() -> None:
    world.make_organisation("laboratory", "120101")
    lab = Organisation.objects.get()
    Organisation.objects.filter(pk=lab.pk).update(name_zh="天津市计量监督检测科学研究院")
    reindex(Organisation, [lab.pk])
    world.make_item("balance", "电子天平")
    reindex(Item)
    for typed in ("tjsjl", "jlj", "jiliang", "天津市计量", "计量"):
        assert [hit.row.pk for hit in suggest(NOBODY, typed) if hit.kind == "organisation"] == [lab.pk], typed
    assert [hit.shown.title_zh for hit in suggest(NOBODY, "dztp")] == ["电子天平"]
    found = search(NOBODY, "电子天枰")
    assert not found.hits and [hit.shown.title_zh for hit in found.like] == ["电子天平"]
    assert search(NOBODY, lab.uscc.lower()).hits[0].level == 0
    assert search(NOBODY, lab.uscc[:10]).hits[0].row == lab


ATTACKS = [
    *(
        '"',
        '""',
        "'",
        "*",
        "压力*",
        "NEAR(压力 表)",
        "压力 AND 表",
        "OR",
        "NOT 压力",
        "title:压力",
        "\\",
        "\\'",
        "^压力",
    ),
    *("压力 -表", "{tokens}: x", "(", "a) OR (b", "%", "_", "; DROP TABLE search_document; --", "\x00", "\x01\x1f"),
    *("压\x00力", "😀", "👩‍🔬 压力", "压" * 5000, "a" * 5000, "压 " * 500, "1" * 400, "ａ" * 300, "\ud7ff"),
    *(
        "\u200b压\u200b力",
        "e\u0301" * 50,
        "🀄︎",
        "&amp;",
        "<b>",
        ":*",
        "a:*b",
        "'a':1A",
        "压力:*",
        "!压力",
        "<->",
        "GB/T",
    ),
    *("GB/T 99999999999", "-1", "0" * 60, "𠮷野家", "\u3000", "𪚥" * 40),
]


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_no_text_breaks_a_search(text: str) -> None:
    load(TITLES)
    search(NOBODY, text)
    search(NOBODY, text, kind="standard", status="in_force")
    suggest(NOBODY, text)
    assert narrow(Standard.objects.all(), text).count() >= 0
    client = Client()
    for path in ("/search/", "/search/suggest/"):
        # An address with a null character is refused before any view.
        assert client.get(path, {"q": text}).status_code == (422 if "\0" in text else 200)
    answer = client.get("/api/v1/search", {"q": text})
    assert answer.status_code in (200, 422, 400)


def test_filters_and_addresses_that_are_none() -> None:
    load(TITLES)
    client = Client()
    for query in (
        "kind=x",
        "region=12",
        "region=999999",
        "status=x",
        "page=0",
        "page=999",
        "page=x",
        "kind=standard&page=2",
    ):
        assert client.get(f"/search/?q=安全&{query}").status_code == 200
    for query in ("kind=x", "region=12", "status=in_force", "kind=standard&status=x", "page=0"):
        assert client.get(f"/api/v1/search?q=安全&{query}").status_code == 422
    body = client.get("/api/v1/search?q=电动自行车&kind=standard").json()
    assert [one["code"] for one in body["results"]] == ["GB/T 17761-2024", "GB/T 17761-2018"]
    assert body["counts"] == [{"kind": "standard", "count": 2, "more": False}]


# --- after every act ------------------------------------------------------------------------------------------


def test_the_index_follows_each_act_and_is_taken_back_with_it() -> None:
    region = world.make_region("120101")
    made = parties.register_organisation(PLATFORM, region, uscc=_code(), name_zh="海河量具检测所", kind="laboratory")
    assert _found("量具检测") == ["海河量具检测所"]
    parties.change_organisation(PLATFORM, made, address="津塘公路七号", reason="迁址")
    assert _found("津塘公路") == ["海河量具检测所"]
    parties.correct_registration(PLATFORM, made, reason="更名", name_zh="渤海衡器检定站")
    assert _found("衡器检定") == ["渤海衡器检定站"]
    assert _found("量具检测") == []
    with pytest.raises(RuntimeError), transaction.atomic():
        parties.correct_registration(PLATFORM, made, reason="更名", name_zh="不会留下的名称")
        assert _found("不会留下") == ["不会留下的名称"]
        raise RuntimeError
    assert _found("不会留下") == [] and _found("衡器检定") == ["渤海衡器检定站"]


def _code() -> str:
    from quanheng.science.identifiers.credit_code import make_credit_code

    return make_credit_code("QH999999", "120101", "Y", "1")


def _found(text: str) -> list[str]:
    return sorted(hit.shown.title_zh for hit in search(NOBODY, text, kind="organisation").hits)


def test_standards_registered_and_withdrawn() -> None:
    city = world.make_organisation("regulator", "120000")
    facts = standards.StandardFacts("gbt 99001-2026", "衡器数字化检定通则", "gbt", "test")
    made = standards.register_standard(PLATFORM, city, facts=facts)
    assert numbers("GB/T 99001") == ["GB/T 99001-2026"]
    with pytest.raises(Conflict):
        standards.register_standard(PLATFORM, city, facts=facts)
    standards.withdraw_standard(PLATFORM, made, on=date(2026, 1, 1), reason="公告")
    found = search(NOBODY, "衡器数字化", kind="standard")
    assert found.hits[0].shown.status is not None and found.hits[0].shown.status[1] == "bad"
    assert not search(NOBODY, "衡器数字化", kind="standard", status="in_force").hits
    assert search(NOBODY, "衡器数字化", kind="standard", status="withdrawn").hits


def make_lines(count: int = 3) -> tuple[Organisation, list[ScopeLine]]:
    lab = world.make_organisation("laboratory", "120101")
    item, family = world.make_item("noise", "噪声"), world.make_family()
    load({"GB/T 17761-2018": "电动自行车安全技术规范"})
    method = Standard.objects.get()
    made = []
    for at in range(count):
        what = item if at % 2 else world.make_item(f"i{at}", f"项目甲{at}")
        made.append(world.make_scope_line(world.make_recognition(lab), what, method, family=family))
    return lab, made


def test_a_new_name_reaches_the_documents_that_hold_it() -> None:
    _lab, lines = make_lines()
    row = {"code": "noise", "name_zh": "声压级", "name_en": "SPL", "source": "x", "confidence": "confirmed"}
    load_items([row])
    assert list(narrow(ScopeLine.objects.all(), "声压")) == [lines[1]]
    assert not narrow(ScopeLine.objects.all(), "噪声").exists()
    load({"GB/T 17761-2018": "电动自行车通用要求"})
    assert narrow(ScopeLine.objects.all(), "通用要求").count() == 3
    assert narrow(ScopeLine.objects.all(), "gbt17761").count() == 3


def test_organisations_names_are_joined_not_held() -> None:
    lab, lines = make_lines()
    other = world.make_organisation("laboratory", "120102")
    parties.correct_registration(PLATFORM, lab, reason="更名", name_zh="海河声学检测所")
    parties.correct_registration(PLATFORM, other, reason="更名", name_zh="渤湾声学检测所")
    for text in ("海河 噪声", "海河声学检测所噪声", "噪声 海河声学"):
        found = search(NOBODY, text, kind="scope")
        assert [hit.row.pk for hit in found.hits] == [lines[1].pk], text
        assert list(narrow(ScopeLine.objects.all(), text)) == [lines[1]]
    assert narrow(ScopeLine.objects.all(), "海河声学").count() == 3
    assert not narrow(ScopeLine.objects.all(), "渤湾 噪声").exists()


def test_an_act_costs_nothing_where_nothing_searched_changes() -> None:
    lab, _lines = make_lines(1)
    with CaptureQueriesContext(connection) as asked:
        parties.change_organisation(PLATFORM, lab, phone="022-1", reason="换号")
    assert not [one["sql"] for one in asked if "search_" in one["sql"]]


def test_rebuilding_and_bringing_up_to_date_come_to_the_same() -> None:
    make_lines(4)
    world.make_organisation("enterprise", "120102")
    for model in by_model():
        reindex(model)
    before = list(Document.objects.order_by("pk").values_list("pk", "rank", "digest"))
    assert before and rebuild() == len(before)
    assert list(Document.objects.order_by("pk").values_list("pk", "rank", "digest")) == before
    assert sum(reindex(model) for model in by_model()) == 0
    orphan = kinds()["item"].identity(987654)
    Document.objects.create(id=orphan, tokens="孤儿", rank=0, digest=0)
    reindex(Item)
    assert not Document.objects.filter(pk=orphan).exists()


# --- the text on a list -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [1, 6000])
@pytest.mark.parametrize("few", [0, 3000])
def test_pages_of_a_narrowed_list(monkeypatch: pytest.MonkeyPatch, patience: int, few: int) -> None:
    """Every page from both ends, with other conditions and orders, by every plan, against the rows themselves."""
    monkeypatch.setattr(narrowing, "FIRST_STEP", 3)
    monkeypatch.setattr(narrowing, "PATIENCE", patience)
    monkeypatch.setattr(narrowing, "FEW", few)
    monkeypatch.setattr(narrowing, "TOLD", 2)
    for module in (models, index):
        monkeypatch.setattr(module, "BLOCK_BITS", 1)  # the lines lie in many blocks
    lab, lines = make_lines(12)
    ScopeLine.objects.filter(pk__in=[line.pk for line in lines[::3]]).update(price_cents=77)
    base = ScopeLine.objects.select_related("item")
    for text, fits in (("噪声", "噪声"), ("项目甲", "项目甲"), ("电动自行车", ""), ("安全技术 噪声", "噪声")):
        for condition in ({}, {"price_cents": 77}, {"organisation": lab}, {"price_cents": 1}):
            truth = [line.pk for line in base.filter(**condition).order_by("-pk") if fits in line.item.name_zh]
            rows = narrow(base.filter(**condition), text)
            seen, cursor = [], ""
            while True:
                page = slice_of(rows, cursor, 2)
                seen += [row.pk for row in page.items]
                cursor = page.next
                if not cursor:
                    break
            assert seen == truth, (text, condition)
            assert capped_count(rows) == (len(truth), False)
            assert rows.count() == len(truth) and rows.exists() == bool(truth)
            assert [row.pk for row in rows.order_by("price_cents", "-pk")[:3]] == list(
                ScopeLine.objects.filter(pk__in=truth).order_by("price_cents", "-pk").values_list("pk", flat=True)[:3]
            )
            assert set(rows.values_list("pk", flat=True)) == set(truth)
            assert ScopeLine.objects.filter(pk__in=rows.values("pk")).count() == len(truth)
            if truth:
                back = slice_of(rows, f"b{truth[-1]}", 2)
                assert [row.pk for row in back.items] == truth[max(0, len(truth) - 3) : -1]
            beyond = slice_of(rows, f"a{10**15}", 2)
            assert [row.pk for row in beyond.items] == truth[:2]


def test_a_word_on_a_list_is_asked_of_the_index_once() -> None:
    """What the first look at the index finds is the first page, and, being all, the count and every other page."""
    _lab, lines = make_lines(6)

    def looks(cursor: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            rows = narrow(ScopeLine.objects.select_related("item"), "电动自行车")
            slice_of(rows, cursor, 2)
            assert capped_count(rows) == (6, False)
        return sum("tokens @@" in one["sql"] or "MATCH" in one["sql"] for one in asked)

    assert looks("") == looks(f"a{lines[3].pk}") == 1


def test_facets_are_decided_by_the_index() -> None:
    _lab, lines = make_lines(4)
    rows = narrow(ScopeLine.objects.all(), "电动", facets=[("activity", "testing"), ("region", "120000")])
    assert set(rows) == set(lines)
    assert not narrow(ScopeLine.objects.all(), "电动", facets=[("region", "210000")]).exists()
    assert not narrow(ScopeLine.objects.all(), "电动", facets=[("activity", "calibration")]).exists()
    assert search(NOBODY, "噪声", kind="scope", region="120101").hits
    assert not search(NOBODY, "噪声", kind="scope", region="120102").hits


def test_a_model_without_index_is_searched_by_its_names() -> None:
    person = world.make_person((world.make_organisation("laboratory", "120101"), "member"))
    Person.objects.filter(pk=person.pk).update(name_zh="王海河")
    assert list(narrow(Person.objects.all(), "海河")) == [person]
    assert not narrow(Person.objects.all(), "河海").exists()
    assert narrow(Person.objects.all(), "  ").count() == Person.objects.count()


# --- nothing invisible --------------------------------------------------------------------------------------------


def test_what_may_not_be_seen_is_not_found_nor_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    load(TITLES)
    monkeypatch.setattr(Standard, "visible_to", PlatformOnly())
    found = search(NOBODY, "自行车安全")
    assert (
        not found.hits and not found.tallies and not suggest(NOBODY, "自行车安全") and not suggest(NOBODY, "GB/T 17761")
    )
    assert search(PLATFORM, "自行车安全").hits
    monkeypatch.setattr(Standard, "visible_to", Having("number", "GB/T 17761-2018"))
    found = search(NOBODY, "自行车安全")
    assert [hit.shown.code for hit in found.hits] == ["GB/T 17761-2018"]
    assert [(one.kind, one.count) for one in found.tallies] == [("standard", 1)]


def test_a_page_costs_few_queries() -> None:
    make_lines(6)
    client = Client()
    client.get("/search/?q=电动")
    for path, most in (("/search/?q=电动", 15), ("/search/?q=电动&kind=scope", 15), ("/api/v1/search?q=电动", 14),
                       ("/api/v1/search/suggest?q=电动", 6), ("/search/suggest/?q=电动", 6)):  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        assert len(asked) <= most, (path, [one["sql"][:90] for one in asked])


def test_pages_lead_somewhere() -> None:
    for shown, texts in every_page():
        assert resolve(shown.url), shown.url
        assert shown.title_en and fold(shown.title_zh) and len(texts) > 3
    assert [hit.shown.url for hit in search(NOBODY, "二维码").hits] == ["/verify/"]


def test_words_are_marked_and_everything_else_is_escaped() -> None:
    load({"GB/T 17761-2018": "<script>电动自行车</script>"})
    body = Client().get("/search/?q=自行车").content.decode()
    assert "电动<mark>自行车</mark>" in body and "<script>电动" not in body
