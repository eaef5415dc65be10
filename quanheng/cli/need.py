"""``./qh need TEXT``: what a need in somebody's own words means and what follows from it. No database, no network."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from quanheng.domains.services.following import shipped_facts, what_follows
from quanheng.domains.services.knowledge import shipped_knowledge
from quanheng.domains.services.recognise import Understanding, recognise

UNDERSTOOD, NOTHING_UNDERSTOOD = 0, 1
SHOWN = 40
PACKS = Path(__file__).parents[1] / "packs"
KINDS = {
    "product": ("产品", "product"),
    "item": ("项目", "item"),
    "instrument": ("器具", "instrument"),
    "activity": ("办什么", "activity"),
    "standard": ("标准", "standard"),
    "scheme": ("认证与许可", "scheme"),
    "purpose": ("用途", "purpose"),
    "recognition": ("资质要求", "recognition"),
    "service": ("其他要求", "other wish"),
    "declined": ("不需要", "not wanted"),
    "quantity": ("数量", "quantity"),
    "size": ("规格", "size"),
    "budget": ("预算", "budget"),
    "deadline": ("期限", "deadline"),
    "place": ("地区", "place"),
    "distance": ("最远距离", "greatest distance"),
    "area": ("地域范围", "area"),
}
STATUS = {
    "in_force": ("现行", "in force"),
    "upcoming": ("尚未实施", "not yet in force"),
    "superseded": ("已被代替", "superseded"),
    "withdrawn": ("已废止", "withdrawn"),
    "unknown": ("未登记", "not in the register"),
}


def main(arguments: Sequence[str]) -> int:
    """Print what was understood, what would be asked back, and what follows; 1 where nothing was understood."""
    options = _parser().parse_args(arguments)
    pack = tomllib.loads((PACKS / os.environ.get("QH_PACK", "tianjin") / "pack.toml").read_text(encoding="utf-8"))
    day = date.today()
    read = recognise(options.text, shipped_knowledge(pack["deployment"]["region"].rstrip("0")), day)
    follows = what_follows(read, shipped_facts(), day)
    if options.json:
        told = {
            "text": options.text,
            "chips": [asdict(chip) for chip in read.chips],
            "ask": asked_back(read, day),
            **follows,
        }
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(read, follows, day, options.lang == "en")))
    return UNDERSTOOD if read.chips else NOTHING_UNDERSTOOD


def asked_back(read: Understanding, day: date) -> list[dict[str, Any]]:
    """What would be asked: words that nobody understood, and what a plan cannot do without."""
    asked: list[dict[str, Any]] = [
        {
            "words": span.words,
            "start": span.start,
            "end": span.end,
            "zh": f"“{span.words}”指什么？请换一种说法，或从列表中选择。",
            "en": f"What is “{span.words}”? Say it in other words or choose from the list.",
        }
        for span in read.unknown
    ]
    asked += [
        {
            "words": chip.words,
            "start": chip.start,
            "end": chip.end,
            "zh": f"期限 {chip.code} 已经过去，想要哪一天之前？",
            "en": f"The deadline {chip.code} is over. By which day is it wanted?",
        }
        for chip in read.chips
        if chip.kind == "deadline" and chip.code < day.isoformat()
    ]
    if not any(chip.kind in {"product", "item", "instrument"} for chip in read.chips):
        asked.append(
            {
                "words": "",
                "zh": "要检测什么产品，或校准什么器具？",
                "en": "Which product is to be tested, or which instrument calibrated?",
            }
        )
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./qh need", description="What a need means and what follows from it, by the packaged facts alone."
    )
    parser.add_argument("text", metavar="TEXT", help="the need in Chinese or English, in quotes")
    parser.add_argument(
        "--json", action="store_true", help="for machines: chips, questions, products, standards, items"
    )
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of what is printed (zh)")
    return parser


def _lines(read: Understanding, follows: dict[str, Any], day: date, english: bool) -> Iterator[str]:
    at = 1 if english else 0

    def words(pair: tuple[str, str]) -> str:
        return pair[at]

    def name(row: dict[str, Any], what: str = "name") -> str:
        return str(row[f"{what}_en" if english else f"{what}_zh"])

    yield words(("听懂了", "Understood"))
    for chip in read.chips:
        label = chip.label_en if english and chip.label_en else chip.label
        yield f"  {words(KINDS[chip.kind])}: {label}  ← “{chip.words}”"
    if asked := asked_back(read, day):
        yield words(("想再问一句", "Would ask back"))
        yield from (f"  {one['en' if english else 'zh']}" for one in asked)
    for product in follows["products"]:
        schemes = "; ".join(product["schemes_en"]) if english else "；".join(product["schemes"])
        yield f"{words(('产品', 'Product'))}: {name(product)}" + (f"（{schemes}）" if schemes else "")
    if follows["standards"]:
        yield words(("标准", "Standards"))
    for standard in follows["standards"]:
        newer = ", ".join(standard["replaced_by"])
        yield f"  {standard['number']} {name(standard, 'title')}  [{words(STATUS[standard['status']])}]" + (
            f" → {newer}" if newer else ""
        )
    if follows["items"]:
        yield words(("项目", "Items"))
    for item in follows["items"][:SHOWN]:
        limit = name(item, "limit") if item["standard"] else words(("没有适用的限值", "no limit applies"))
        yield f"  {name(item)}: {limit}" + (f"  [{item['method']}]" if item["method"] else "")
    if (more := len(follows["items"]) - SHOWN) > 0:
        yield words((f"  另有 {more} 项", f"  and {more} more"))
    for instrument in follows["instruments"]:
        yield f"{words(('器具', 'Instrument'))}: {name(instrument)}  [{instrument['procedure']}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
