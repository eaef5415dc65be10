"""One name in its many spellings, and names that only look alike."""

import doctest

import pytest

from quanheng.science.identifiers import firm_name
from quanheng.science.identifiers.firm_name import alike, places_agree, read_firm_name


def test_examples() -> None:
    assert doctest.testmod(firm_name).failed == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("天津市华信检测有限公司", "天津华信检测有限责任公司"),
        ("天津市華信檢測有限公司", "天津市华信检测有限公司"),
        ("华信检测（天津）有限公司", "天津市华信检测有限公司"),
        ("大连 ＡＢＣ 阀门 有限公司", "大连市abc阀门有限公司"),
        ("辽宁省沈阳市宏达机械股份有限公司", "沈阳宏达机械股份公司"),
        ("渤海（集团）有限公司", "渤海集团有限责任公司"),
        ("Tianjin Huaxin Testing Co., Ltd.", "TIANJIN HUAXIN TESTING COMPANY LIMITED"),
        ("Smith & Jones Inc.", "smith and jones, inc"),
        ("内蒙古自治区蒙牛乳业有限公司", "内蒙古蒙牛乳业有限公司"),
        ("华信有限责任公司天津分公司", "华信有限公司天津分公司"),
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    left, right = read_firm_name(one), read_firm_name(other)
    assert left.core == right.core
    assert left.core
    assert places_agree(left.place, right.place) or left.place in right.place or right.place in left.place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("天津华信检测有限公司", "天津华兴检测有限公司"),
        ("华信有限公司", "华信有限公司天津分公司"),
        ("天津市家乐超市有限公司", "天津市家乐有限公司"),
        ("天津市社区服务有限公司", "天津市服务有限公司"),
    ],
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert read_firm_name(one).core != read_firm_name(other).core


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("甲乙有限责任公司", "limited"),
        ("甲乙有限公司", "limited"),
        ("甲乙股份有限公司", "joint_stock"),
        ("甲乙股份公司", "joint_stock"),
        ("甲乙总公司", "company"),
        ("甲乙厂", ""),
        ("ABC Pte. Ltd.", "limited"),
        ("ABC PLC", "joint_stock"),
    ],
)
def test_the_form_of_organisation(text: str, form: str) -> None:
    assert read_firm_name(text).form == form


@pytest.mark.parametrize(
    "text", ["", " ", "（）", "天津", "有限公司", "𠮷野家", "<script>", "x" * 5000, "(((((", "Co., Ltd."]
)
def test_any_text_is_read(text: str) -> None:
    name = read_firm_name(text)
    assert len(name.core) <= firm_name.MAX_CHARACTERS
    assert read_firm_name(text) == name


def test_a_name_is_not_all_place_and_form() -> None:
    assert read_firm_name("天津有限公司").core == "天津"
    assert read_firm_name("有限公司").core == ""


def test_every_pair_of_the_table_is_one_to_one_character() -> None:
    pairs = firm_name._PAIRS.split()
    assert all(len(pair) == 2 and pair[0] != pair[1] for pair in pairs)
    assert len({pair[0] for pair in pairs}) == len(pairs) >= 300
    # What is simplified already is not changed again.
    simple = {pair[1] for pair in pairs}
    assert not simple & {pair[0] for pair in pairs}


def test_likeness_is_symmetric_and_within_bounds() -> None:
    for one, other in (("华信检测", "华信仪器"), ("", ""), ("甲", "乙"), ("甲", "甲")):
        assert alike(one, other) == alike(other, one)
        assert 0 <= alike(one, other) <= 1
