"""J1 in a real browser: the enterprise on a phone, the laboratory at a desk, a stranger who verifies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from quanheng.cli.client import Client
from quanheng.cli.instance import Instance
from tests.journeys.following import follow

Visit = Callable[..., Page]
Axe = Callable[[Page], None]
Keep = Callable[..., None]
As = Callable[[str | None], Client]

NEED = "电动自行车检测最高车速、整车质量、北斗定位功能，要 CMA 报告，送个杯架"
# One row of the spreadsheet for each item: value, unit, U, k.
SHEET = {"最高车速": "24.6\tkm/h\t0.3\t2", "整车质量": "54.20\tkg\t\t2", "北斗定位功能": "符合\t\t\t"}


class Walker:
    """The people of the story with their pages; looks at every page it comes to."""

    def __init__(self, visit: Visit, axe: Axe, screenshot: Keep) -> None:
        self.visit, self.axe, self.keep = visit, axe, screenshot

    def look(self, page: Page, name: str = "", *, full: bool = False) -> None:
        """Axe finds nothing serious, nothing sticks out sideways; kept as a picture under ``name``."""
        self.axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is too wide"
        if name:
            self.keep(page, name, full=full)


@pytest.fixture
def walker(visit: Visit, axe: Axe, screenshot: Keep) -> Walker:
    return Walker(visit, axe, screenshot)


def paste(page: Page, cell: str, text: str) -> None:
    """Paste a block of a spreadsheet into the grid, from a cell on."""
    page.locator(cell).focus()
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData('text/plain', text);
            const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def told(page: Page, text: str) -> None:
    expect(page.locator(".messages")).to_contain_text(text)


def commissioned(walker: Walker, phone: Page, laboratory: str) -> str:
    """From words to a commission, on the phone; returns the address of the order."""
    phone.goto("/needs/new/")
    walker.look(phone)
    phone.fill("#say", NEED)
    phone.click("text=看看怎么办")
    expect(phone.locator(".heard mark").first).to_have_text("电动自行车")
    expect(phone.locator(".heard .unknown")).to_contain_text("杯架")
    walker.look(phone, "need-phone", full=True)
    # The word that means nothing here is left out, a chip is taken away, another added.
    phone.click("text=就是它")
    expect(phone.locator(".heard .unknown")).to_have_count(0)
    phone.get_by_role("link", name="去掉 CMA").click()
    expect(phone.locator(".understood")).not_to_contain_text("CMA")
    phone.fill("#add-budget", "20000")
    phone.click("text=加上")
    expect(phone.locator(".understood")).to_contain_text("20,000")
    phone.click("text=生成方案")
    phone.wait_for_url("**/proposals/**")
    lines = phone.locator(".plan-line")
    expect(lines).to_have_count(3)
    walker.look(phone, "plan-phone")
    # Every item to the laboratory of this story: the others are told with their reasons beside it.
    for position in range(1, 4):
        why = phone.locator(f"#line-{position} + .why")
        why.locator("summary").click()
        swap = why.locator("li", has_text=laboratory).locator("button")
        if swap.count():
            swap.first.click()
            told(phone, laboratory)
    expect(phone.locator(".bundle")).to_have_count(1)
    expect(phone.locator(".bundle")).to_contain_text(laboratory)
    phone.click("text=确认方案并委托")
    expect(phone.locator(".note-error")).to_contain_text("联系人")
    walker.look(phone)
    phone.fill("#id_contact", "赵敏 13800000000")
    phone.fill("#id_product_model", "TDT-01Z")
    phone.click("text=确认方案并委托")
    phone.wait_for_url("**/commissions/**")
    told(phone, "委托已成立")
    walker.look(phone, "commission-phone")
    return str(phone.locator("tbody a.row-link").first.get_attribute("href"))


def determined(walker: Walker, desk: Page, order: str) -> None:
    """From acceptance to submitted results, at a desk."""
    desk.goto(order)
    walker.look(desk)
    follow(desk.locator(".case-acts").get_by_role("link", name="接受委托"))
    walker.look(desk)
    desk.locator("form.form").get_by_role("button", name="接受委托").click()
    told(desk, "已接受委托")
    desk.goto(f"{order}labels/")
    walker.look(desk, "sample-label")
    desk.goto(f"{order}receive/")
    desk.fill("#id_quantity", "1 辆")
    desk.fill("#id_condition", "包装完好，无损伤")
    desk.locator("form.form").get_by_role("button", name="登记收样").click()
    told(desk, "已登记收样")
    desk.locator(".case-acts").get_by_role("link", name="录入结果").click()
    desk.wait_for_url("**/enter/")
    instrument = desk.locator("select[name='1.instrument'] option").nth(1).inner_text()
    names = [text.split("\n")[0] for text in desk.locator(".grid tbody th").all_inner_texts()]
    block = [
        f"{SHEET[name]}\t{instrument if SHEET[name].endswith('2') else '—'}\t{date.today():%Y/%m/%d}" for name in names
    ]
    paste(desk, "input[name='1.value']", "\n".join(block))
    expect(desk.locator(".grid-status")).to_contain_text("18")
    # The second row lacks its uncertainty: nothing is saved, the cell says what is missing.
    desk.click("[data-grid-save]")
    cell = desk.locator("td:has(> input[name='2.uncertainty'])")
    expect(cell.locator(".cell-error")).to_contain_text("不确定度")
    walker.look(desk, "results-grid")
    desk.fill("input[name='2.uncertainty']", "0.60")
    desk.press("input[name='2.uncertainty']", "Control+s")
    expect(desk.locator(".grid-status")).to_have_text("已保存")
    desk.get_by_role("button", name="提交审核").click()
    told(desk, "已提交审核")
    walker.look(desk, "order")


def decided(walker: Walker, order: str) -> str:
    """A second person reviews, the signatory issues; returns the address of the report."""
    reviewer = walker.visit("reviewer")
    reviewer.goto(order)
    reviewer.locator(".case-acts").get_by_role("link", name="审核通过").click()
    expect(reviewer.locator("svg.scale")).to_have_count(2)
    walker.look(reviewer, "review")
    reviewer.get_by_role("button", name="审核通过").click()
    told(reviewer, "已审核通过")
    signatory = walker.visit("signatory")
    signatory.goto(f"{order}issue/")
    expect(signatory.locator(".decision")).to_contain_text("符合 GB 17761-2024 的要求")
    walker.look(signatory, "issue")
    signatory.get_by_role("button", name="签发报告").click()
    told(signatory, "已签发报告")
    report = str(signatory.locator("a[href^='/r/']").first.get_attribute("href"))
    operator = walker.visit("operator")
    operator.goto(f"{order}deliver/")
    walker.look(operator)
    operator.get_by_role("button", name="交付报告").click()
    told(operator, "已交付报告")
    return report


def verified(walker: Walker, server: Instance, report: str, folder: Path) -> None:
    """Anybody: by the address in the code, by the number, by the file, and by a file with one byte changed."""
    stranger = walker.visit(None, phone=True)
    stranger.goto(report)
    expect(stranger.locator(".verdict")).to_have_class(re.compile("verdict-ok"))
    walker.look(stranger, "verification-phone")
    number = stranger.locator(".copyable .code").first.inner_text()
    original = stranger.request.get(f"/api/v1/attestations/{report.removeprefix('/r/')}/document").body()
    stranger.goto("/verify/")
    walker.look(stranger)
    stranger.fill("#number", number)
    stranger.press("#number", "Enter")
    expect(stranger.locator("#found-title")).to_have_text(number)
    for name, data, genuine in (
        ("report.json", original, True),
        ("changed.json", original.replace(b"24.6", b"24.5", 1), False),
    ):
        path = folder / name
        path.write_bytes(data)
        stranger.goto("/verify/")
        stranger.set_input_files("#file", path)
        stranger.get_by_role("button", name="上传查验").click()
        expect(stranger.locator(".verdict")).to_be_visible()
        assert ("verdict-ok" in str(stranger.locator(".verdict").get_attribute("class"))) is genuine
        walker.look(stranger)


def amended(walker: Walker, order: str, report: str) -> None:
    """The model turns out to be wrong: a further report replaces the first, and a stranger with the first sees so."""
    signatory = walker.visit("signatory")
    signatory.goto(order)
    follow(signatory.locator(".case-acts").get_by_role("link", name="更正报告"))
    walker.look(signatory, "amend")
    signatory.get_by_role("button", name="更正报告").click()
    expect(signatory.locator(".note-error")).to_contain_text("更正理由")
    signatory.fill("#id_reason", "规格型号与样品铭牌不符")
    signatory.fill("#id_object_model", "TDT-02Z")
    signatory.get_by_label("更正期间暂停原报告", exact=False).check()
    signatory.get_by_role("button", name="更正报告").click()
    told(signatory, "已开始更正")
    expect(signatory.locator(".note-warning")).to_contain_text("规格型号与样品铭牌不符")
    walker.look(signatory)
    stranger = walker.visit(None, phone=True)
    stranger.goto(report)
    expect(stranger.locator("h1")).to_have_text("真实，但已暂停")
    operator = walker.visit("operator")
    operator.goto(order)
    operator.locator(".case-acts").get_by_role("button", name="提交审核").click()
    told(operator, "已提交审核")
    reviewer = walker.visit("reviewer")
    reviewer.goto(f"{order}review/")
    reviewer.get_by_role("button", name="审核通过").click()
    signatory.goto(f"{order}issue/")
    expect(signatory.locator(".facts").first).to_contain_text("型号规格由“TDT-01Z”改为“TDT-02Z”")
    walker.look(signatory)
    signatory.get_by_role("button", name="签发报告").click()
    told(signatory, "已签发报告")
    expect(signatory.locator(".reports li")).to_have_count(2)
    walker.look(signatory, "order-amended")
    operator.goto(f"{order}deliver/")
    operator.get_by_role("button", name="交付报告").click()
    told(operator, "已交付报告")
    stranger.goto(report)
    expect(stranger.locator("h1")).to_have_text("真实，但已被代替")
    walker.look(stranger, "superseded-phone")
    stranger.locator(".verdict-head a.code").click()
    expect(stranger.locator(".verify-found .badge")).to_have_text("有效")
    walker.look(stranger)


def test_from_a_need_to_a_verified_report(
    walker: Walker, server: Instance, tmp_path: Path, allow_problems: list[str]
) -> None:
    # A file whose bytes are not those of a report on record: the browser tells each answer of 404.
    allow_problems += ["status of 422", r"status of 404 .*by-digest"]
    laboratory = next(one["organisation"] for one in server.accounts if one["username"] == "operator")
    phone = walker.visit("enterprise", phone=True)
    order = commissioned(walker, phone, laboratory)
    commission = phone.url
    determined(walker, walker.visit("operator"), order)
    report = decided(walker, order)
    verified(walker, server, report, tmp_path)
    amended(walker, order, report)
    phone.goto(commission)
    expect(phone.locator(".case .badge").first).to_have_text("已办结")
    follow(phone.locator(".case-acts").get_by_role("link", name="评价服务"))
    walker.look(phone, "rating-phone")
    phone.click("text=提交评价")
    expect(phone.locator(".note-error")).to_be_visible()
    phone.get_by_label("很满意", exact=False).first.check()
    phone.fill("#id_comment", "按时，沟通清楚")
    phone.click("text=提交评价")
    told(phone, "谢谢")
    expect(phone.locator(".stars")).to_have_attribute("aria-label", "5 星")
    walker.look(phone)
    wide = walker.visit("enterprise")
    wide.goto(commission)
    walker.look(wide, "commission")


def test_a_visitor_reads_before_signing_in(walker: Walker, server: Instance) -> None:
    page = walker.visit(None)
    page.goto(f"/needs/new/?text={NEED}")
    walker.look(page, "need")
    page.click("text=登录后生成方案")
    page.wait_for_url("**/account/login/**")
    page.fill("input[name=login]", "enterprise")
    password = next(one["password"] for one in server.accounts if one["username"] == "enterprise")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/needs/new/**")
    expect(page.locator("#say")).to_have_value(NEED)
    page.click("text=生成方案")
    page.wait_for_url("**/proposals/**")
    page.locator(".why summary").first.click()
    walker.look(page, "plan")
    page.goto("/needs/")
    walker.look(page)
    page.locator("a.row-link").first.click()
    page.wait_for_url(re.compile("/needs/[0-9a-z]{13}/"))
    walker.look(page)


def test_choosing_step_by_step_comes_to_the_same(walker: Walker) -> None:
    page = walker.visit("enterprise", language="en", phone=True)
    page.goto("/needs/guided/?family=product:ebike")
    walker.look(page)
    page.get_by_label("Maximum design speed").check()
    page.fill("#id_budget", "5000")
    page.get_by_role("button", name="See how it is done").click()
    expect(page.locator(".understood")).to_contain_text("Maximum design speed")
    expect(page.locator(".understood")).to_contain_text("5,000")
    walker.look(page)
    page.get_by_role("button", name="Propose a plan").click()
    page.wait_for_url("**/proposals/**")
    expect(page.locator(".plan-line")).to_have_count(1)
    walker.look(page)


def test_an_order_declined_is_given_to_another(walker: Walker, server: Instance) -> None:
    laboratory = next(one["organisation"] for one in server.accounts if one["username"] == "operator")
    phone = walker.visit("enterprise", phone=True)
    order = commissioned(walker, phone, laboratory)
    commission = phone.url
    desk = walker.visit("operator")
    desk.goto(f"{order}decline/")
    desk.fill("#id_reason", "设备检修到下月")
    walker.look(desk)
    desk.locator("form.form").get_by_role("button", name="谢绝委托").click()
    told(desk, "已谢绝委托")
    phone.goto(commission)
    follow(phone.locator(".case-acts").get_by_role("link", name="改派机构"))
    walker.look(phone, "replace-phone")
    phone.locator("input[type=radio]").first.check()
    phone.get_by_role("button", name="改派机构").click()
    told(phone, "已改派给")
    orders = phone.locator("section[aria-labelledby=orders-head] tbody tr")
    expect(orders).to_have_count(2)
    walker.look(phone)


def test_what_goes_wrong_is_told_with_what_it_changes(walker: Walker, server: Instance) -> None:
    """The laboratory quotes, the owner accepts on the phone; then it cannot finish, and the work is planned again."""
    laboratory = next(one["organisation"] for one in server.accounts if one["username"] == "operator")
    phone = walker.visit("enterprise", phone=True)
    order = commissioned(walker, phone, laboratory)
    commission = phone.url
    desk = walker.visit("operator")
    desk.goto(f"{order}quote/")
    desk.fill("#id_price_cents", "12345.60")
    desk.fill("#id_days", "30")
    desk.fill("#id_reason", "样品尺寸超出常规工装，需另制夹具")
    walker.look(desk)
    desk.locator("form.form").get_by_role("button", name="另行报价").click()
    told(desk, "报价已发给委托方")
    phone.goto(order)
    phone.locator(".case-acts").get_by_role("link", name="接受报价", exact=True).click()
    expect(phone.locator("main")).to_contain_text("12,345.60")
    walker.look(phone, "quote-phone")
    phone.locator("form.form").get_by_role("button", name="接受报价", exact=True).click()
    told(phone, "已接受报价")
    desk.goto(f"{order}give_up/")
    desk.fill("#id_reason", "试验台损坏，修复需两个月")
    desk.locator("form.form").get_by_role("button", name="无法完成").click()
    told(desk, "已告知委托方")
    phone.goto("/work/")
    expect(phone.locator("main")).to_contain_text("有任务单待处理")
    phone.goto(commission)
    expect(phone.locator("section[aria-labelledby=outlook-head]")).to_contain_text("待您改派")
    phone.locator(".case-acts").get_by_role("link", name="改派机构").click()
    phone.get_by_role("button", name="按建议重新安排").click()
    told(phone, "已重新安排")
    changed = phone.locator("section[aria-labelledby=outlook-head]")
    expect(changed).to_contain_text("另行报价并获接受")
    expect(changed).to_contain_text("改派给")
    walker.look(phone, "outlook-phone")


def test_a_regulator_suspends_and_reinstates_a_report_on_its_page(walker: Walker, client: As) -> None:
    reports = client("officer").get("/attestations/")["items"]
    report = next(one for one in reports if one["state"] == "issued")
    phone = walker.visit("officer", phone=True)
    phone.goto(f"/r/{report['uid']}")
    walker.look(phone)
    follow(phone.locator(".verify-keep").get_by_role("link", name="暂停证明文件"))
    walker.look(phone, "suspend-phone")
    phone.fill("#id_reason", "抽查发现设备记录不全")
    phone.get_by_role("button", name="暂停证明文件").click()
    told(phone, "已暂停证明文件")
    expect(phone.locator(".verdict-head")).to_contain_text("抽查发现设备记录不全")
    desk = walker.visit("officer", language="en")
    desk.goto(f"/r/{report['uid']}")
    walker.look(desk, "report-keeper")
    follow(desk.locator(".verify-keep").get_by_role("link", name="Reinstate"))
    walker.look(desk)
    desk.fill("#id_reason", "records completed")
    desk.locator("form.form .btn-primary").click()
    expect(desk.locator("h1")).to_contain_text("Genuine and valid")
    assert client(None).get(f"/attestations/by-number/{report['number']}")["state"] == "issued"
