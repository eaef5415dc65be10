"""Needs as people write them, in both languages, with slips, colloquial names and words nobody knows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from quanheng.domains.services.amounts import number_of
from quanheng.domains.services.knowledge import Knowledge, fold, shipped_knowledge
from quanheng.domains.services.recognise import Understanding, recognise

TODAY = date(2026, 11, 21)  # a Saturday
TIANJIN = shipped_knowledge("12")

# Each need, and below it, indented, its chips as kind:code; "?" begins words that stay unknown.
NEEDS = """
不做CCC，只要电线的绝缘厚度测试报告
    declined:CCC | product:cable | item:insulation_thickness_1_5 | item:insulation_thickness_2_5 | activity:testing
锂电池包过不过得了新国标 电动自行车用的 GB43854
    product:ebike_battery | standard:GB 43854-2024
大米测镉和铅，不测农残，CMA就不要了
    product:rice | item:cadmium | item:lead | declined:pesticide_residues | declined:CMA
压力表 检测不用，校准要
    declined:testing | instrument:general_pressure_gauge | activity:calibration
我们厂新做的电瓶车要出口，想做检测，预算三万，三月前拿报告
    product:ebike | purpose:export | activity:testing | budget:30000 | deadline:2027-02-28
我厂生产电动自行车，想上市销售，需要做哪些检测？预算两万元
    product:ebike | activity:testing | budget:20000
电动自行车 3C认证 多少钱 多久
    product:ebike | scheme:CCC
小电驴刹车距离检测要CMA章
    product:ebike | item:braking_dry | item:braking_wet | activity:testing | recognition:CMA
电动字行车做型式试验，依据GB17761-2024
    product:ebike | purpose:type_test | standard:GB 17761-2024
电瓶车电池针刺和过充测试
    product:ebike_battery | item:battery_cell_nail | item:battery_cell_overcharge | activity:testing
两台压力表要校准，加急
    quantity:2 | instrument:general_pressure_gauge | activity:calibration | service:urgent
压力表新产品要出检测报告
    product:pressure_gauge | purpose:research | activity:testing
十把卡尺和三个千分尺需要较准
    quantity:10 | instrument:caliper | quantity:3 | instrument:micrometer | activity:calibration
万用表、摇表各一台检定，不需要上门
    instrument:digital_multimeter | instrument:megohmmeter | quantity:1 | activity:verification |
    declined:on_site
充电装CCC认证，两周内
    product:ev_charger | scheme:CCC | deadline:2026-12-05
电动车充电桩绝缘电阻和IP等级，15个工作日内
    product:ev_charger | item:insulation_resistance | item:insulation_resistance_damp_1 |
    item:insulation_resistance_damp_2 | item:ip_code | deadline:2026-12-11
光幅组件湿漏电测试，CNAS认可，年底前
    product:pv_module | item:wet_leakage | activity:testing | recognition:CNAS | deadline:2026-12-31
太阳能板 2块 抗冰雹 预算2万到3万元
    product:pv_module | quantity:2 | item:hail | budget:30000
大米测重金属和农残，一批，静海区
    product:rice | item:cadmium | item:chromium | item:inorganic_arsenic | item:lead | item:total_mercury |
    item:pesticide_residues | quantity:1 | place:120118
小站稻 镉、黄曲霉毒素 检测，5000块以内
    product:rice | item:cadmium | item:aflatoxin_b1 | activity:testing | budget:5000
1.5平方电线导体电阻
    product:cable | item:conductor_resistance_1_5 | size:1.5
电线导体电阻
    product:cable | item:conductor_resistance_1_5 | item:conductor_resistance_2_5 |
    item:conductor_resistance_4 | item:conductor_resistance_6
塑料玩具增塑剂和铅含量检测 30000元
    product:toy | item:phthalates | item:migration_pb | activity:testing | budget:30000
水晶泥硼 3件 按GB 6675.4
    product:toy | item:migration_b | quantity:3 | standard:GB 6675.4-2025
ＧＢ／Ｔ　１３９２７—２０２２　阀门壳体试验５件
    standard:GB/T 13927-2022 | product:valve | item:shell_test | quantity:5
球阀气密性 招标用 明年三月底前
    product:valve | item:seat_test_gas | purpose:tender | deadline:2027-03-31
抗振支吊架盐雾试验，预算2万元以内
    product:seismic_bracing | item:salt_spray | budget:20000
滨海新区的饭盒 总迁移量 高锰酸钾消耗量 10个工作日内
    place:120116 | product:fcm_plastic | item:overall_migration | item:permanganate | deadline:2026-12-04
医用外课口罩BFE和PFE
    product:surgical_mask | item:bfe | item:pfe
焊条E4303熔敷金属抗拉强度，下周五
    product:welding_electrode | item:weld_tensile | deadline:2026-11-27 | ? E4303
国抽不合格，大米镉超标，要复检
    purpose:market_check | purpose:retest | product:rice | item:cadmium
蒸汽锅炉能效测试
    activity:testing | ? 蒸汽锅炉能效
防护口罩检侧
    activity:testing | ? 防护口罩
手机支架甲醛
    item:formaldehyde | ? 手机支架
查标准：GB/T 99999-2031 适用于什么
    service:standards_consulting | standard:GB/T 99999-2031
元旦前完成，经费约1.5万元，红桥
    deadline:2026-12-31 | budget:15000 | place:120106
春节前出玩具报告
    product:toy | ? 春节
We need two e-bikes tested before March, budget 30k
    quantity:2 | product:ebike | activity:testing | deadline:2027-02-28 | budget:30000
calibrate 5 pressure gauges and a multimeter within two weeks in Binhai
    activity:calibration | quantity:5 | instrument:general_pressure_gauge | quantity:1 |
    instrument:digital_multimeter | deadline:2026-12-05 | place:120116
Elctric bike braking test for export to Brazil by 2026-12-31
    product:ebike | item:braking_dry | item:braking_wet | activity:testing | purpose:export |
    deadline:2026-12-31 | ? Brazil
solar panels: wet leakage and hail, CNAS, under 20,000 yuan
    product:pv_module | item:wet_leakage | item:hail | recognition:CNAS | budget:20000
Rice: cadmium and aflatoxin test report by 15 January
    product:rice | item:cadmium | item:aflatoxin_b1 | activity:testing | deadline:2027-01-15
EV charger CCC certification, no need for CNAS
    product:ev_charger | scheme:CCC | declined:CNAS
electricbike anti-tampering to gb 17761
    product:ebike | item:anti_tamper | standard:GB 17761-2024
Toy phthalates and boron, 3 samples, ASAP
    product:toy | item:phthalates | item:migration_b | quantity:3 | service:urgent
shell test of ball valves per ISO 5208:2015 for a tender by Friday
    item:shell_test | product:valve | standard:ISO 5208:2015 | purpose:tender | deadline:2026-11-27
the price of wire rope inspection
    activity:inspection | ? wire rope
"""


def needs() -> list[tuple[str, set[str]]]:
    pairs: list[tuple[str, set[str]]] = []
    for line in NEEDS.strip().splitlines():
        if line.startswith(" "):
            pairs[-1][1].update(part.strip() for part in line.split("|") if part.strip())
        else:
            pairs.append((line, set()))
    return pairs


def summary(text: str, understood: Understanding) -> set[str]:
    for chip in understood.chips:
        assert text[chip.start : chip.end] == chip.words and chip.label and chip.label_en
    for span in understood.unknown:
        assert text[span.start : span.end] == span.words
    chips = {f"{chip.kind}:{chip.code}" for chip in understood.chips}
    return chips | {f"? {span.words}" for span in understood.unknown}


@pytest.mark.parametrize(("text", "wanted"), needs())
def test_a_need_is_understood(text: str, wanted: set[str]) -> None:
    assert summary(text, recognise(text, TIANJIN, TODAY)) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("电动自行车检测，昨天前要报告", {"deadline:2026-11-20"}),
        ("电动自行车检测，最迟前天", {"deadline:2026-11-19"}),
        ("e-bike test by yesterday", {"deadline:2026-11-20"}),
        ("电动自行车昨天抽查不合格，要检测", {"? 昨天"}),
        ("e-bike failed yesterday, test it", {"? yesterday"}),
    ],
)
def test_a_day_that_is_over_is_kept_and_asked_back(text: str, wanted: set[str]) -> None:
    found = summary(text, recognise(text, TIANJIN, TODAY))
    assert {one for one in found if one.startswith(("deadline", "?"))} == wanted


def test_there_are_needs_enough_in_both_languages() -> None:
    english = [text for text, _ in needs() if text.isascii()]
    assert len(needs()) >= 40 and len(english) >= 10


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        ("2026年12月5日前", "2026-12-05"),
        ("1月5号", "2027-01-05"),
        ("十二月中旬", "2026-12-20"),
        ("月底前", "2026-11-30"),
        ("下个月底", "2026-12-31"),
        ("三个月内", "2027-02-21"),
        ("半个月内", "2026-12-06"),
        ("10天内", "2026-12-01"),
        ("本周日前", "2026-11-22"),
        ("下周三", "2026-11-25"),
        ("国庆前", "2027-09-30"),
        ("by the end of next month", "2026-12-31"),
        ("明天就要", "2026-11-22"),
        ("后天之前", "2026-11-23"),
        ("needed tomorrow", "2026-11-22"),
        ("by March", "2027-03-31"),
        ("before March 5, 2027", "2027-03-05"),
        ("in 3 working days", "2026-11-25"),
    ],
)
def test_deadlines(text: str, day: str) -> None:
    assert recognise(text, TIANJIN, TODAY).codes("deadline") == [day]


def test_working_days_skip_holidays_and_count_make_up_days() -> None:
    """From 30 September 2026: 1 to 7 October off, 10 October (a Saturday) worked."""
    assert recognise("3个工作日内", TIANJIN, date(2026, 9, 30)).codes("deadline") == ["2026-10-10"]
    assert recognise("春节前", TIANJIN, date(2026, 1, 5)).codes("deadline") == ["2026-02-14"]


def test_nothing_is_no_budget() -> None:
    assert recognise("预算0元，0块钱，¥0", TIANJIN, TODAY).codes("budget") == []
    assert recognise("预算0.01元", TIANJIN, TODAY).codes("budget") == ["0.01"]


def test_an_impossible_date_is_no_deadline() -> None:
    assert recognise("2026-02-31", TIANJIN, TODAY).codes("deadline") == []


@pytest.mark.parametrize(
    ("written", "scale", "value"),
    [("三", "万", "30000"), ("1,500", "", "1500"), ("两百五", "", "250"), ("十二", "", "12"), ("一千零五", "", "1005"),
     ("一万二", "", "12000"), ("30", "k", "30000"), ("1.5", "万", "15000"), ("dozen", "", "12"), ("半", "", "0.5")],
)  # fmt: skip
def test_numbers(written: str, scale: str, value: str) -> None:
    assert number_of(written, scale) == Decimal(value)


def test_a_standard_without_year_is_the_edition_in_force_on_the_day() -> None:
    before, after = date(2026, 10, 31), date(2026, 11, 1)
    assert recognise("GB 6675.4", TIANJIN, before).codes("standard") == ["GB 6675.4-2014"]
    assert recognise("GB 6675.4", TIANJIN, after).codes("standard") == ["GB 6675.4-2025"]


@pytest.mark.parametrize("text", ["GB/T 5023.3-2008", "GBT5023.3-2008", "gb／t5023.3—2008", "GB/T  5023.3 – 2008"])
def test_a_standard_is_known_in_any_spelling(text: str) -> None:
    assert recognise(f"按{text}做", TIANJIN, TODAY).codes("standard") == ["GB/T 5023.3-2008"]


def test_a_place_of_several_is_the_one_named_with_its_city() -> None:
    liaoning = shipped_knowledge("21")
    assert recognise("鞍山铁西区", liaoning, TODAY).codes("place") == ["210300", "210303"]
    assert recognise("沈阳市铁西", liaoning, TODAY).codes("place") == ["210100", "210106"]


def test_words_keep_their_place_when_folded() -> None:
    text = "ＧＢ—１　İ￥"
    assert len(fold(text)) == len(text)


def test_knowledge_may_come_from_rows_with_lists() -> None:
    known = Knowledge.of(families=[{"code": "x", "name_zh": "酱油", "name_en": "soy sauce", "aliases": ["生抽"]}])
    assert recognise("生抽 Soy Sauce", known, TODAY).codes("product") == ["x"]
    assert recognise("", known, TODAY) == Understanding((), ())


HOSTILE = ["预算 " * 3000, "一万" * 5000, "9" * 10000, "电动" * 5000, "gb " * 4000, "within " * 2000, "<b>'\";--" * 800]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_read_in_time(text: str) -> None:
    """Far longer than a form takes; reading that grew with the square of the text would meet the time-out."""
    found = recognise(text, TIANJIN, TODAY)
    # And nothing is made up: whatever is understood stands in the text.
    assert all(chip.words == text[chip.start : chip.end] for chip in found.chips)


@pytest.mark.parametrize(
    ("text", "declined"),
    [
        ("电动自行车做不做CCC", False),
        ("电动自行车需不需要CCC", False),
        ("电动自行车CCC不做行吗", False),
        ("电动自行车CCC不要超过两周", False),
        ("电动自行车不办CCC", True),
        ("电动自行车先不考虑CCC", True),
        ("电动自行车CCC认证先不做", True),
        ("e-bike test, not CCC", True),
        ("e-bike test without CCC", True),
    ],
)
def test_what_is_not_wanted_is_told_from_what_is_asked(text: str, declined: bool) -> None:
    read = recognise(text, TIANJIN, TODAY)
    assert ("CCC" in read.codes("declined")) is declined
    assert ("CCC" in read.codes("scheme")) is not declined


def test_copies_of_a_report_are_no_samples_and_a_charger_is_no_charging_station() -> None:
    assert recognise("要一份大米的检测报告", TIANJIN, TODAY).codes("quantity") == []
    assert recognise("大米三份，出检测报告", TIANJIN, TODAY).codes("quantity") == ["3"]
    assert "ev_charger" not in recognise("电动车充电器老是被投诉", TIANJIN, TODAY).codes("product")
