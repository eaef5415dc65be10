"""The commands of ./qh that need no running platform: set-up, imports, tours and benchmarks as frames."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.frame import Figure
from quanheng.cli import bench, chromium, imports, need, prepared, serve, tour
from quanheng.cli.environment import Environment, SetupFailed, Step
from quanheng.cli.launch import ROOT
from quanheng.domains.services import understood
from quanheng.kernel.base.cells import read_csv

RULES = ROOT / "quanheng" / "kernel" / "cases" / "data" / "rules.csv"


# --- set-up ---------------------------------------------------------------------------------------------------


class Counting(Environment):
    """An environment of two steps that only count; the second one's digest follows what the first made."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.done: list[str] = []
        self.wanted = "one"
        self.fails = False

    def _pending(self, developer: bool, pages: bool):  # type: ignore[no-untyped-def]
        made = self.root / "made"

        def first() -> None:
            self.done.append("first")
            if self.fails:
                raise SetupFailed("no connection")
            made.write_text(self.wanted)

        yield from self._unless_done(Step("first", "first", self.wanted, (made,), first))
        second = lambda: self.done.append("second")  # noqa: E731
        yield from self._unless_done(Step("second", "second", made.read_text(), (), second))


def test_a_step_is_done_once_and_again_when_its_source_changes(tmp_path: Path) -> None:
    environment = Counting(tmp_path)
    environment.prepare(developer=False, pages=True)
    environment.prepare(developer=False, pages=True)
    assert environment.done == ["first", "second"]
    environment.wanted = "two"
    environment.prepare(developer=False, pages=True)
    assert environment.done == ["first", "second", "first", "second"]
    (tmp_path / "made").unlink()
    environment.prepare(developer=False, pages=True)
    assert environment.done[4:] == ["first"]


def test_a_step_that_failed_is_done_again(tmp_path: Path) -> None:
    environment = Counting(tmp_path)
    environment.fails = True
    with pytest.raises(SetupFailed, match="no connection"):
        environment.prepare(developer=False, pages=True)
    environment.fails = False
    environment.prepare(developer=False, pages=True)
    assert environment.done == ["first", "first", "second"]


def test_a_home_is_prepared_again_when_the_code_the_city_or_the_database_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, home = tmp_path / "code", tmp_path / "home"
    (code / "app").mkdir(parents=True)
    (code / "app" / "models.py").write_text("a")
    (home / "static").mkdir(parents=True)
    monkeypatch.setattr(prepared, "_DECIDING", (code, tmp_path / "lock"))
    prepared.keep_prepared(home, None)
    assert not prepared.is_prepared(home, None) and not (home / "quanheng.sqlite3").exists()
    database, served = home / "quanheng.sqlite3", home / "static" / "staticfiles.json"
    sqlite3.connect(database).executescript("CREATE TABLE one (id)")
    served.write_text("{}")
    yesterday = database.read_bytes()
    prepared.keep_prepared(home, "demo")
    assert prepared.is_prepared(home, "demo") and not prepared.is_prepared(home, None)
    (code / "app" / "models.py").write_text("ab")
    assert not prepared.is_prepared(home, "demo"), "the code is another"
    prepared.keep_prepared(home, "demo")
    (tmp_path / "lock").write_text("a library more")
    assert not prepared.is_prepared(home, "demo"), "a library is another"
    prepared.keep_prepared(home, "demo")
    served.unlink()
    assert not prepared.is_prepared(home, "demo"), "nothing is served"
    served.write_text("{}")
    assert prepared.is_prepared(home, "demo")
    for restored in (yesterday, b"no database"):
        database.write_bytes(restored)
        assert not prepared.is_prepared(home, "demo"), "the database is another"


def test_what_failed_is_shown_with_its_mend(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    environment.tools.mkdir()
    command = [sys.executable, "-c", "print('no route to the index'); raise SystemExit(3)"]
    with pytest.raises(SetupFailed, match=r"exit 3(.|\n)*no route to the index(.|\n)*check the cable"):
        environment._run(command, mend="check the cable")


def test_an_incomplete_clone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match="clone is incomplete"):
        Environment(tmp_path)._front_end()


def test_an_unknown_command_is_answered_with_those_there_are() -> None:
    answer = subprocess.run([sys.executable, ROOT / "qh", "serv"], capture_output=True, text=True)
    assert answer.returncode == 2
    assert "no command 'serv'" in answer.stderr
    assert "./qh serve" in answer.stderr


# --- browser ----------------------------------------------------------------------------------------------------


def test_a_browser_that_cannot_be_had_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(chromium.NoBrowser, match="Install Chromium and a Chinese font"):
        chromium.find_or_install()


@pytest.mark.parametrize("works", [True, False])
def test_root_installs_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool) -> None:
    installer, browser = tmp_path / "apt-get", tmp_path / "chromium"
    deed = f": > {browser}; /bin/chmod +x {browser}" if works else "echo no such package; exit 100"
    installer.write_text(f"#!/bin/sh\nif [ $1 = install ]; then {deed}; fi\n")
    installer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    if works:
        assert chromium.find_or_install() == str(browser)
    else:
        with pytest.raises(chromium.NoBrowser, match="no such package"):
            chromium.find_or_install()


# --- serve ----------------------------------------------------------------------------------------------------


def test_accounts_stand_in_columns() -> None:
    account = {"role_zh": "质量负责人", "role_en": "quality manager", "username": "q", "password": "p"}
    lines = serve.table([{**account, "organisation": "甲"}, {**account, "role_zh": "成员", "organisation": "乙"}])
    starts = [sum(2 if ord(c) > 0x2E80 else 1 for c in line[: line.rindex(" ")]) for line in lines.splitlines()]
    assert len(set(starts)) == 1


# --- import ---------------------------------------------------------------------------------------------------


HEAD = b"key,process,step_zh,step_en,direction,source,confidence\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "The file is empty"),
        (HEAD, "no rows of data"),
        (b"MZ\x90\x00\x03", "not a table"),
        (HEAD + b"a,b\n", "row 2: 5 cells fewer"),
        (HEAD + b"a,b,c,d,e,f,g,h\n", "row 2: 1 cells more"),
        (HEAD + b'a,"b,c\n', "quotation marks of row 2"),
        (HEAD + "钥,".encode() + "匙\n".encode("gb18030"), "Line 2"),
        ("名称\n天平\n".encode("gb18030"), "must be there"),
    ],
)
@pytest.mark.django_db
def test_a_file_that_is_no_such_table_is_refused(
    tmp_path: Path, content: bytes, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert imports.main(["rules", str(path)]) == 1
    assert complaint in capsys.readouterr().err


def test_a_missing_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert imports.main(["rules", "nowhere.csv"]) == 1
    assert "no file nowhere.csv" in capsys.readouterr().err


@pytest.mark.django_db
def test_rules_are_read_once_however_often(capsys: pytest.CaptureFixture[str]) -> None:
    from quanheng.kernel.cases.models import Rule

    assert imports.main(["rules", str(RULES)]) == 0
    count = Rule.objects.count()
    assert count > 50
    assert imports.main(["rules", str(RULES)]) == 0
    assert Rule.objects.count() == count
    assert capsys.readouterr().out.splitlines()[0].endswith("rows read.")


@pytest.mark.django_db
def test_one_wrong_row_is_named_and_nothing_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import csv

    from quanheng.kernel.cases.models import Rule

    rows = read_csv(RULES)
    rows[4]["unit"] = "fortnight"
    path = tmp_path / "rules.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    before = Rule.objects.count()
    assert imports.main(["rules", str(path)]) == 1
    # As a spreadsheet numbers it, the head being row 1.
    assert "row 6 value" in capsys.readouterr().err
    assert Rule.objects.count() == before


@pytest.mark.django_db
def test_a_workbook_and_another_encoding_are_read_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import xlsxwriter

    from quanheng.kernel.cases.models import Rule

    rows = read_csv(RULES)[:20]
    book = xlsxwriter.Workbook(str(tmp_path / "rules.xlsx"))
    sheet = book.add_worksheet()
    for line, row in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
        sheet.write_row(line, 0, row)
    book.close()
    lines = [",".join(rows[0]), *(",".join(f'"{cell}"' for cell in row.values()) for row in rows)]
    (tmp_path / "rules.csv").write_bytes("\n".join(lines).encode("gb18030"))
    assert imports.main(["rules", str(tmp_path / "rules.xlsx")]) == 0
    known = list(Rule.objects.order_by("key").values("key", "step_zh", "value", "valid_from"))
    assert len(known) == 20
    assert imports.main(["rules", str(tmp_path / "rules.csv")]) == 0
    assert list(Rule.objects.order_by("key").values("key", "step_zh", "value", "valid_from")) == known
    assert capsys.readouterr().out == "20 rows read.\n" * 2


@pytest.mark.django_db
def test_rows_of_an_organisation_are_brought_in_for_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from quanheng.kernel.objects.models import Instrument
    from tests import world

    world.make_region()
    lab = world.make_organisation("laboratory")
    path = tmp_path / "instruments.csv"
    path.write_text("设备名称,出厂编号\n天平,1\n砝码,2\n", encoding="utf-8")
    assert imports.main(["instruments", str(path)]) == 1
    assert "--organisation" in capsys.readouterr().err
    assert imports.main(["instruments", str(path), "--organisation", "91120000000000000X"]) == 1
    assert imports.main(["instruments", str(path), "--organisation", lab.uscc]) == 0
    assert sorted(Instrument.objects.filter(owner=lab).values_list("serial", flat=True)) == ["1", "2"]
    assert imports.main(["instruments", str(path), "--organisation", lab.uscc]) == 1
    assert "row 2 serial" in capsys.readouterr().err


# --- tour -----------------------------------------------------------------------------------------------------


@pytest.fixture
def tours(monkeypatch: pytest.MonkeyPatch) -> None:
    """One tour that succeeds and one that fails in its second step."""
    monkeypatch.setattr(tour, "TOURS", {})
    monkeypatch.setattr(tour, "discover", lambda: tour.TOURS)

    @tour.tour("good", zh="好", en="good")
    def good(guide: tour.Guide) -> None:
        with guide.step(zh="第一步", en="step one") as facts:
            facts["place"] = guide.url

    @tour.tour("bad", zh="坏", en="bad")
    def bad(guide: tour.Guide) -> None:
        with guide.step(zh="第一步", en="step one"):
            pass
        with guide.step(zh="第二步", en="step two"):
            raise RuntimeError("refused")
        raise AssertionError("a tour ends with its first failing step")


@pytest.mark.usefixtures("tours")
def test_a_tour_tells_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert tour.main(["good", "--url", "http://127.0.0.1:1/"]) == 0
    out = capsys.readouterr().out
    assert "✓  1  第一步\n        place: http://127.0.0.1:1\n" in out
    assert "all steps passed: 1" in out
    assert tour.main(["good", "--url", "http://127.0.0.1:1/", "--lang", "en"]) == 0
    assert "✓  1  step one\n" in capsys.readouterr().out


@pytest.mark.usefixtures("tours")
def test_a_failing_step_ends_the_tour(capsys: pytest.CaptureFixture[str]) -> None:
    assert tour.main(["bad", "--url", "http://127.0.0.1:1", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("ok") for line in lines] == [True, False, False]
    assert lines[1]["reason"] == "RuntimeError: refused"
    assert lines[2] == {"tour": "bad", "ok": False, "steps": 2, "seconds": lines[2]["seconds"]}


def test_verification_knows_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QH_DATABASE", "sqlite:////nowhere/db")
    monkeypatch.setenv("QH_HOME", "/nowhere")
    (tmp_path / "report.json").write_text("{}")
    answer = tour.Guide("http://127.0.0.1:1", [], tmp_path).verify("report.json")
    assert answer.returncode not in (0, None)
    assert "Traceback" not in answer.stderr


# --- bench ----------------------------------------------------------------------------------------------------


def test_a_need_is_told_with_what_follows_and_what_would_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert need.main(["充电桩IP54和量子纠缠，两万元以内", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {chip["kind"]: chip["words"] for chip in told["chips"]} == {
        "product": "充电桩", "item": "IP54", "budget": "两万元以内",
    }  # fmt: skip
    assert [one["words"] for one in told["ask"]] == ["量子纠缠"]
    assert [one["code"] for one in told["items"]] == ["ip_code"]
    assert need.main(["pv modules hail test", "--lang", "en"]) == 0
    assert "Hail test" in capsys.readouterr().out


def test_every_kind_of_chip_has_its_word_on_the_command_line_too() -> None:
    assert set(need.KINDS) == set(understood.KINDS) - {"requirement"}  # that one is chosen by hand, never read


def test_a_need_that_says_nothing_is_asked_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert need.main(["装甲车零件"]) == 1
    out = capsys.readouterr().out
    assert "“装甲车零件”" in out and "要检测什么产品" in out


def test_a_need_runs_without_a_database(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "quanheng.cli.need", "rebar weight deviation"],
        cwd=ROOT, capture_output=True, text=True, env={"QH_HOME": str(tmp_path / "none"), "PATH": ""}, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert not (tmp_path / "none").exists()


def test_a_ratio_above_one_is_good_either_way() -> None:
    assert Figure("rate", 300, "/s", 200).ratio == pytest.approx(1.5)
    assert Figure("time", 5, "s", 10, higher_is_better=False).ratio == pytest.approx(2)
    assert Figure("time", 20, "s", 10, higher_is_better=False).ratio == pytest.approx(0.5)


def test_a_benchmark_says_what_it_needs_without_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "FOLDER", tmp_path)
    (tmp_path / "bench_a.py").write_text('import nowhere\nCITY = "test"\n')
    (tmp_path / "bench_b.py").write_text("import nowhere\nCITY = None\n")
    (tmp_path / "bench_c.py").write_text("import nowhere\n")
    assert bench.names() == ["a", "b", "c"]
    assert [bench.city(name) for name in bench.names()] == [(True, "test"), (True, None), (False, None)]
