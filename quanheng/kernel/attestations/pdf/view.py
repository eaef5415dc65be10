"""The view of an attestation that the Typst template lays out: every printed word, in its place.

The view is derived from the signed document alone, so that a page can be rendered again at any time, by
anyone, and compared.
"""

from datetime import datetime
from typing import Any

from quanheng.kernel.attestations.credentials.gated import gate_summary
from quanheng.kernel.attestations.credentials.rawdata import raw_entries

# An edition of the page: another one whenever what is printed changes for the same data. Older ones can still be laid
# out, so that the text of a file handed out years ago is compared with what it ought to say.
REPEATING = "quanheng-attestation-2"  # each row of results repeats the sample, the equipment and the operator
EDITION = "quanheng-attestation-3"  # what is the same for all rows stands once
EDITIONS = (REPEATING, EDITION)

# A report names so many raw files on its page; more are counted there and stand in the attached data.
RAW_LISTED = 3

Pair = dict[str, str]
Cell = dict[str, Any]

TITLES: dict[str, tuple[str, str]] = {
    "test-report": ("检测报告", "TEST REPORT"),
    "calibration-certificate": ("校准证书", "CALIBRATION CERTIFICATE"),
    "verification-certificate": ("检定证书", "VERIFICATION CERTIFICATE"),
    "inspection-report": ("检验报告", "INSPECTION REPORT"),
    "certificate": ("认证证书", "CERTIFICATE OF CONFORMITY"),
    "qualification": ("资质认定证书", "QUALIFICATION CERTIFICATE"),
    "declaration": ("符合性声明", "DECLARATION OF CONFORMITY"),
}
DECISIONS: dict[str, tuple[str, str]] = {
    "conforms": ("符合", "conforms"),
    "does-not-conform": ("不符合", "does not conform"),
    "not-judged": ("不作符合性判定", "no statement of conformity"),
}
VERDICTS: dict[str, tuple[str, str]] = {
    "pass": ("合格", "pass"),
    "fail": ("不合格", "fail"),
    "conditional-pass": ("有条件合格", "conditional pass"),
    "conditional-fail": ("有条件不合格", "conditional fail"),
    "not-judged": ("—", ""),
}
METHOD, METHOD_AND_EQUIPMENT = ("方法", "Method"), ("方法与设备", "Method and equipment")
BANNER = {"zh": "演示数据，不具有证明作用", "en": "SYNTHETIC DATA, PROVES NOTHING"}
NOTES = (
    "本文件的原件是附于本 PDF 的已签名数据（credential.json）；版面由该数据生成，二者不一致时以数据为准。"
    "The original is the signed data attached to this PDF; the page is derived from it.",
    "扫描二维码或访问页脚网址可查验真伪与当前状态。"
    "Scan the code or open the address below to verify authenticity and present status.",
    "扩展不确定度 U 按 JCGM 100 评定，k 为包含因子。"
    "U is the expanded uncertainty evaluated according to JCGM 100, k its coverage factor.",
)


def view_of(document: dict[str, Any], qr_svg: str, edition: str = EDITION, code: str = "") -> dict[str, Any]:
    """Return the template's input for a signed or unsigned attestation that keeps the schema, in one of EDITIONS.

    ``code`` is what the drawn code says, where that is more than the address.
    """
    subject, issuer = document["credentialSubject"], document["issuer"]
    once = frozenset() if edition == REPEATING else _same_in_all(subject)
    issued = datetime.fromisoformat(subject["issued"])
    zh, en = TITLES[subject["kind"]]
    verdict_zh, verdict_en = DECISIONS[subject["decision"]]
    notes = [*subject.get("notesZh", ()), *NOTES[: 3 if _has(subject, "uncertainty") else 2]]
    return {
        "edition": edition,
        "title": {"zh": zh, "en": en},
        "issuer": {"zh": issuer["nameZh"], "en": issuer.get("nameEn", "")},
        "recognitions": [f"{entry['scheme']} {entry['number']}" for entry in subject.get("recognitions", ())],
        "number": subject["number"],
        "number-label": _pair("编号 No.", ""),
        "banner": BANNER if subject["synthetic"] else None,
        "date": [issued.year, issued.month, issued.day],
        "url": document["id"],
        "qr": qr_svg,
        "code": code,
        "scan": _pair("扫码查验", "Scan to verify"),
        "foot": _pair("查验 Verify", ""),
        "facts": _facts(document, once),
        "tables": _tables(subject, once),
        "decision": {
            "title": _pair("结论", "Decision"),
            "verdict": _pair(verdict_zh, verdict_en),
            "zh": subject["decisionZh"],
            "en": subject.get("decisionEn", ""),
            "rule": subject.get("decisionRule", ""),
        },
        "signatures": [
            ["审核", "Reviewed by", subject["reviewedBy"]],
            ["授权签字人", "Authorised signatory", subject["signatory"]],
            ["签发日期", "Issued", issued.date().isoformat()],
        ],
        "notes": notes,
        "attachment": f"{zh} {subject['number']}",
    }


def value_text(item: dict[str, Any]) -> tuple[str, str]:
    """Return the result of an item as printed, and its uncertainty line (empty when there is none)."""
    if "value" not in item:
        return item["observationZh"], ""
    unit = "" if item["unit"] == "1" else f" {item['unit']}"
    value = f"{minus(item['value'])}{unit}"
    if "uncertainty" not in item:
        return value, ""
    return value, f"± {minus(item['uncertainty'])}{unit}, k = {item['coverageFactor']}"


def minus(number: str) -> str:
    """Return a decimal string with the typographic minus sign."""
    return number.replace("-", "−")


def _same_in_all(subject: dict[str, Any]) -> frozenset[str]:
    """Return the members that need not stand in each row: all rows say the same, and the page says it elsewhere."""
    items = subject.get("items", ())
    samples = [sample["identifier"] for sample in subject["object"].get("samples", ())]
    equipment = [entry["identifier"] for entry in subject.get("equipment", ())]
    same = {
        "sample": all([item.get("sample")] == samples for item in items),
        "equipment": all(item.get("equipment") == equipment for item in items),
        "operator": len({item.get("operator") for item in items}) == 1,
    }
    return frozenset(name for name, holds in same.items() if holds)


def _facts(document: dict[str, Any], once: frozenset[str]) -> list[list[str]]:
    subject, issuer = document["credentialSubject"], document["issuer"]
    thing, client = subject["object"], subject["client"]
    rows = [
        ("委托方", "Client", _joined(client, "nameZh", "nameEn", "uscc", "addressZh")),
        ("对象", "Object", _joined(thing, "nameZh", "nameEn")),
        ("型号规格", "Type", thing.get("model", "")),
        ("出厂编号", "Serial number", thing.get("serialNumber", "")),
        ("批号", "Batch", thing.get("batch", "")),
        ("制造单位", "Manufacturer", thing.get("manufacturerZh", "")),
        ("样品", "Samples", "\n".join(_sample(sample) for sample in thing.get("samples", ()))),
        ("依据", "Specified requirements", "\n".join(_requirement(entry) for entry in subject["requirements"])),
        ("日期", "Period of determination", _period(subject)),
        ("检测人员", "Operator", subject["items"][0].get("operator", "") if "operator" in once else ""),
        ("地点", "Place", subject.get("placeZh", "")),
        ("原始记录", "Raw data", _raw_data(document)),
        ("签发前核查", "Checked before issue", gate_summary(document)),
        ("环境条件", "Environment", "；".join(_condition(entry) for entry in subject.get("environment", ()))),
        ("有效期", "Validity", _validity(document)),
        ("替代", "Supersedes", _supersedes(subject.get("supersedes"))),
        ("出具机构", "Issuer", _joined(issuer, "uscc", "addressZh")),
    ]
    return [[zh, en, value] for zh, en, value in rows if value]


def _tables(subject: dict[str, Any], once: frozenset[str]) -> list[dict[str, Any]]:
    tables = []
    if items := subject.get("items"):
        tables.append(_items_table(items, once))
    if equipment := subject.get("equipment"):
        rows = [
            [
                _cell(entry["identifier"]),
                _cell(entry["nameZh"]),
                _cell(entry.get("calibration", "—")),
                _cell(entry.get("calibratedUntil", "—")),
            ]
            for entry in equipment
        ]
        columns = [
            _column("设备编号", "Identifier", 2),
            _column("名称", "Equipment", 4),
            _column("校准证书", "Calibration", 3),
            _column("校准有效期至", "Calibrated until", 2),
        ]
        tables.append({"title": _pair("所用设备", "Equipment used"), "columns": columns, "rows": rows})
    return tables


def _items_table(items: list[dict[str, Any]], once: frozenset[str]) -> dict[str, Any]:
    """Return the results table; requirement and verdict columns stand only where some item has them."""
    each = {"sample", "equipment", "operator"} - once
    judged = any(item["verdict"] != "not-judged" for item in items)
    limited = any("limits" in item for item in items)
    method = METHOD_AND_EQUIPMENT if "equipment" in each else METHOD
    columns = [_column("项目", "Characteristic", 4), _column(*method, 3.6)]
    if limited:
        columns.append(_column("技术要求", "Requirement", 2.8))
    columns.append(_column("结果", "Result", 3.4, right=True))
    if judged:
        columns.append(_column("判定", "Verdict", 1.6))
    rows = []
    for index, item in enumerate(items, 1):
        sample, operator = (item.get(name) if name in each else None for name in ("sample", "operator"))
        equipment = item.get("equipment", ()) if "equipment" in each else ()
        row = [
            _cell(f"{index}. {item['nameZh']}", _listed(item.get("nameEn"), sample)),
            _cell(_requirement(item["method"]), _listed(*equipment, operator)),
        ]
        if limited:
            row.append(_cell(_limits(item), _requirement(item.get("requirement"))))
        row.append(_cell(*value_text(item)))
        if judged:
            row.append(_cell(*VERDICTS[item["verdict"]]))
        rows.append(row)
    return {"title": _pair("结果", "Results"), "columns": columns, "rows": rows}


def _pair(zh: str, en: str) -> Pair:
    return {"zh": zh, "en": en}


def _column(zh: str, en: str, width: float, *, right: bool = False) -> dict[str, Any]:
    return {"zh": zh, "en": en, "width": width, "right": right}


def _cell(main: str, second: str = "") -> Cell:
    return {"value": [main, second] if second else main}


def _joined(record: dict[str, Any], *names: str) -> str:
    return "　".join(record[name] for name in names if record.get(name))


def _listed(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _requirement(entry: dict[str, Any] | None) -> str:
    if entry is None:
        return ""
    title = f"《{entry['titleZh']}》" if entry.get("titleZh") else ""
    return " ".join(filter(None, (entry["standard"] + title, entry.get("clause"))))


def _limits(item: dict[str, Any]) -> str:
    limits = item.get("limits", {})
    unit = f" {item['unit']}" if item.get("unit", "1") != "1" else ""
    lower, upper = minus(limits.get("lower", "")), minus(limits.get("upper", ""))
    if lower and upper:
        numbers = f"{lower} ~ {upper}{unit}"
    elif lower or upper:
        numbers = f"≥ {lower}{unit}" if lower else f"≤ {upper}{unit}"
    else:
        numbers = ""
    return " ".join(filter(None, (numbers, limits.get("textZh")))) or "—"


def _sample(sample: dict[str, Any]) -> str:
    received = f"收样 {sample['received']}" if "received" in sample else ""
    parts = (sample["identifier"], sample.get("quantity"), sample.get("stateZh"), received)
    return "，".join(part for part in parts if part)


def _condition(entry: dict[str, Any]) -> str:
    return f"{entry['quantityZh']} {minus(entry['value'])} {entry['unit']}"


def _raw_data(document: dict[str, Any]) -> str:
    """How many files lie under the report; a few of them by name and the beginning of the digest."""
    files = raw_entries(document)
    if not files:
        return ""
    few = f"：{'，'.join(f'{one.name} {one.sha256[:8]}…' for one in files)}" if len(files) <= RAW_LISTED else ""
    return f"{len(files)} 个文件{few}（SHA-256 全文见所附数据）"


def _period(subject: dict[str, Any]) -> str:
    start, end = subject.get("determinedFrom", ""), subject.get("determinedUntil", "")
    return f"{start} 至 {end}" if start and end else start or end


def _validity(document: dict[str, Any]) -> str:
    if "validUntil" not in document:
        return ""
    return f"{document['validFrom'][:10]} 至 {document['validUntil'][:10]}"


def _supersedes(entry: dict[str, Any] | None) -> str:
    return f"{entry['number']}：{entry['reasonZh']}" if entry else ""


def _has(subject: dict[str, Any], member: str) -> bool:
    return any(member in item for item in subject.get("items", ()))
