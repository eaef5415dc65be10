"""Numbers of standards: every common way of writing leads to one canonical text and one key."""

import csv
import doctest
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanheng.science.identifiers import standard_number as module
from quanheng.science.identifiers.standard_number import (
    StandardNumber,
    StandardNumberRefused,
    parse_standard_number,
)

DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
REGISTER, DELIVERABLES = DATA / "standards-cn", DATA / "standards-iso"


def test_documented_examples_run() -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("GBT 17761", "GB/T 17761"),
        ("gb/t17761-2018", "GB/T 17761-2018"),
        ("GB／T 17761—2018", "GB/T 17761-2018"),
        ("GB T 17761–2018", "GB/T 17761-2018"),
        ("GB_T 17761-2018", "GB/T 17761-2018"),
        ("GB / T  17761 - 2018", "GB/T 17761-2018"),
        ("《GB/T 17761-2018》", "GB/T 17761-2018"),
        ("GB/T 17761—2018《电动自行车》", "GB/T 17761-2018"),
        ("GB2760-2024", "GB 2760-2024"),
        ("GB/Z 18462-2001", "GB/Z 18462-2001"),
        ("GBZ 2.1-2019", "GBZ 2.1-2019"),
        ("GBZ/T 300.1-2017", "GBZ/T 300.1-2017"),
        ("GB 50016-2014(2018年版)", "GB 50016-2014(2018年版)"),
        ("GB7718-2011第1号修改单", "GB 7718-2011(第1号修改单)"),
        ("GB/T 19001-2016/ISO 9001:2015", "GB/T 19001-2016"),
        ("JB/T 1234-92", "JB/T 1234-1992"),
        ("JBT 1234-2008", "JB/T 1234-2008"),
        ("JJG52-2013", "JJG 52-2013"),
        ("jjf(津)12-2015", "JJF(津) 12-2015"),
        ("JJF（辽）5—2019", "JJF(辽) 5-2019"),
        ("JJF (电子) 0072-2021", "JJF(电子) 0072-2021"),
        ("JJG(铁道)131.2-2005", "JJG(铁道) 131.2-2005"),
        ("DB12/T 1234-2020", "DB12/T 1234-2020"),
        ("DB 12/T 1234-2020", "DB12/T 1234-2020"),
        ("DB12T 1234-2020", "DB12/T 1234-2020"),
        ("DB12 356-2018", "DB12 356-2018"),
        ("DB2101/T 0045-2022", "DB2101/T 0045-2022"),
        ("DB/T29-247-2017", "DB/T 29-247-2017"),
        ("T/CAS 115-2015", "T/CAS 115-2015"),
        ("T/CAS1.1-2017", "T/CAS 1.1-2017"),
        ("Q/ABC001-2020", "Q/ABC 001-2020"),
        ("Q/12XQ 4567-2021", "Q/12XQ 4567-2021"),
        ("TSG T7001-2023", "TSG T7001-2023"),
        ("TSGT7001-2023", "TSG T7001-2023"),
        ("TSG 08-2017", "TSG 08-2017"),
        ("GJB 9001C-2017", "GJB 9001C-2017"),
        ("CNAS-CL01：2018", "CNAS-CL01:2018"),
        ("CNAS-CL01-A001:2022", "CNAS-CL01-A001:2022"),
        ("RB/T 214-2017", "RB/T 214-2017"),
        ("ISO 9001-2015", "ISO 9001:2015"),
        ("iso/iec17025：2017", "ISO/IEC 17025:2017"),
        ("ISO/IEC TS 17021-2:2016", "ISO/IEC TS 17021-2:2016"),
        ("ISO/IEC Guide 98-3:2008", "ISO/IEC Guide 98-3:2008"),
        ("ISO/IEC Guide 98-3:2008/Suppl 1:2008", "ISO/IEC Guide 98-3:2008/Suppl 1:2008"),
        ("ISO 9001:2015/Amd 1:2024", "ISO 9001:2015/Amd 1:2024"),
        ("IEC 60335-2-29:2016+A1:2019", "IEC 60335-2-29:2016/A1:2019"),
        ("EN ISO 12100:2010", "EN ISO 12100:2010"),
        ("OIML R87:2016", "OIML R 87:2016"),
        ("ISO/TS 10303-1001:2001", "ISO/TS 10303-1001:2001"),
        ("ISO/IEEE 11073-00103:2015", "ISO/IEEE 11073-00103:2015"),
        ("ISO 105-E01:1994/Cor 1:2002", "ISO 105-E01:1994/Cor 1:2002"),
        ("ISO/IEC/IEEE 8802-1AE:2013", "ISO/IEC/IEEE 8802-1AE:2013"),
        ("ISO/HL7 27953-1:2011", "ISO/HL7 27953-1:2011"),
        ("iso/dis 10545-24.2", "ISO/DIS 10545-24.2"),
        ("ISO/AWI TS 10303-1911", "ISO/AWI TS 10303-1911"),
        ("CD IWA 45", "CD IWA 45"),
        ("ISO/IEC DIS 14496-12.2/AWI Amd 1", "ISO/IEC DIS 14496-12.2/AWI Amd 1"),
        ("ISO/IEC DIR 1 ISO SUP:2003", "ISO/IEC DIR 1 ISO SUP:2003"),
        ("ISO 3758:1991/Suppl:1993", "ISO 3758:1991/Suppl:1993"),
    ],
)
def test_common_ways_of_writing(text: str, canonical: str) -> None:
    found = parse_standard_number(text)
    assert found.text == str(found) == canonical
    assert parse_standard_number(canonical) == found
    assert parse_standard_number(found.undated).key == found.key


@pytest.mark.parametrize(
    "text",
    ["", "abc", "GB/T", "17761", "GB/T 17761-20188", "GB 17761 2018", "DB 12-2020", "DB12356-2018", "x" * 81,
     "GB/T 1-2018; DROP TABLE", "GB/T 17761-2018 rev", "ISO", "T/ 5-2020", "GB 1.2.3.4.5-2018"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(StandardNumberRefused) as caught:
        parse_standard_number(text)
    assert caught.value.zh
    assert caught.value.en


def test_an_unknown_prefix_is_kept_and_not_guessed_into_another() -> None:
    assert parse_standard_number("TCAS 115").prefix == "TCAS"


def test_parts_fields_and_years() -> None:
    assert parse_standard_number("GB 4706.1-2005") == StandardNumber("GB", "4706", "1", 2005)
    assert parse_standard_number("IEC 60335-2-29:2016") == StandardNumber("IEC", "60335", "2-29", 2016)
    assert parse_standard_number("JJG(津) 12").year is None
    assert parse_standard_number("ISO 9001:2015").international
    assert not parse_standard_number("GB/T 19001-2016").international


@pytest.mark.parametrize(
    ("text", "key", "series"),
    [
        ("ISO/FDIS 10545-24", "ISO 0010545.024", "ISO 0010545"),
        ("ISO/IEC TS 17021-2:2012", "ISO/IEC 0017021.002", "ISO/IEC 0017021"),
        ("ISO/R 73:1958", "ISO 0000073", "ISO 0000073"),
        ("ISO Guide 30:2015", "ISO Guide 0000030", "ISO Guide 0000030"),
        ("ISO/IEC DGuide 99", "ISO/IEC Guide 0000099", "ISO/IEC Guide 0000099"),
        ("CD IWA 45", "IWA 0000045", "IWA 0000045"),
        ("GB/T 31422.1-2025", "GB/T 0031422.001", "GB 0031422"),
        ("DB12/T 1234-2020", "DB12/T 0001234", "DB12 0001234"),
        ("T/CAS 115-2015", "T/CAS 0000115", "T/CAS 0000115"),
        ("JJG(铁道) 174.8-1999", "JJG(铁道) 0000174.008", "JJG(铁道) 0000174"),
    ],
)
def test_what_belongs_together(text: str, key: str, series: str) -> None:
    found = parse_standard_number(text)
    assert (found.key, found.series) == (key, series)


def test_an_amendment_has_a_year_and_an_edition_of_its_own() -> None:
    found = parse_standard_number("ISO 9001:2015/Amd 1:2024")
    assert (found.year, found.issued, found.base.text) == (2015, 2024, "ISO 9001:2015")
    assert parse_standard_number("GB 50016-2014(2018年版)").base.text == "GB 50016-2014(2018年版)"


def test_keys_sort_by_number_and_join_editions() -> None:
    texts = ["GB/T 1.1-2020", "GB/T 1.2-2020", "GB/T 1.10-2005", "GB/T 2-1999", "GB/T 10-1988", "GB/T 17761-2018"]
    assert sorted(texts, key=lambda text: parse_standard_number(text).key) == texts
    assert parse_standard_number("GB/T 1.1-2009").key == parse_standard_number("GB/T 1.1-2020").key
    assert parse_standard_number("GB 17761-2018").key != parse_standard_number("GB/T 17761-1999").key
    assert parse_standard_number("JJF(津) 12-2015").key != parse_standard_number("JJF(辽) 12-2015").key


prefixes = st.sampled_from(
    ["GB", "GB/T", "GB/Z", "JJG", "JJF", "JJG(津)", "JJF(机械)", "DB12/T", "DB2101/T", "T/CAS", "Q/ABC", "JB/T", "HJ"]
)


@given(prefixes, st.integers(1, 999999), st.integers(0, 99), st.integers(1950, 2049))
def test_canonical_texts_round_trip(prefix: str, number: int, part: int, year: int) -> None:
    made = StandardNumber(prefix, str(number), str(part) if part else "", year)
    assert parse_standard_number(made.text) == made
    sloppy = made.text.replace("/", "／").replace("-", "—").replace("(", "（").replace(")", "）").lower()
    assert parse_standard_number(sloppy) == made


@given(st.text(max_size=40) | st.text(alphabet="GBTZDJFIEQISO/- .:0123456789()津", max_size=24))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        found = parse_standard_number(text)
    except StandardNumberRefused:
        return
    assert parse_standard_number(found.text).key == found.key


@pytest.mark.skipif(
    not REGISTER.is_dir(), reason="the register of Chinese standards (reference data) is not beside the clone"
)
@pytest.mark.parametrize(
    ("name", "rows"),
    [("cn_national_standards", 1121), ("cn_metrology_regulations", 498), ("cn_construction_standards", 83)],
)
def test_every_number_of_the_registers_is_read(name: str, rows: int) -> None:
    with (REGISTER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        numbers = [row["number"] for row in csv.DictReader(file)]
    assert len(numbers) == rows
    keys = set()
    for number in numbers:
        found = parse_standard_number(number)
        assert found.year is not None
        assert 1950 < found.year < 2030
        assert parse_standard_number(found.text) == found
        squeezed = "".join(number.replace("（", "(").replace("）", ")").split())
        assert "".join(found.text.split()) == squeezed
        keys.add(found.key)
    assert len(keys) > 0.95 * rows


@pytest.mark.skipif(
    not DELIVERABLES.is_dir(), reason="the register of ISO deliverables (reference data) is not beside the clone"
)
def test_every_identifier_of_the_deliverables_is_read_and_written_as_it_is() -> None:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT id FROM read_parquet(?) UNION SELECT related_id FROM read_parquet(?)",
            [str(DELIVERABLES / "iso_deliverables.parquet"), str(DELIVERABLES / "iso_relations.parquet")],
        ).fetchall()
    assert len(rows) == 63068
    respelled = [text for (text,) in rows if parse_standard_number(text).text != text]
    assert respelled == ["ISO/IEC 18014-2:2021/DCOR 1"]
    for (text,) in rows:
        found = parse_standard_number(text)
        assert found.international
        assert parse_standard_number(found.undated).key == found.key
