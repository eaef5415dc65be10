"""Names of organisations and people that do not exist, in both languages."""

from __future__ import annotations

from random import Random

from quanheng.science.identifiers.credit_code import make_credit_code

# Given as (Chinese, English) so that both names of an organisation say the same.
_WORDS = [
    ("海河", "Haihe"), ("津门", "Jinmen"), ("渤湾", "Bowan"), ("启航", "Qihang"), ("明衡", "Mingheng"),
    ("精准", "Jingzhun"), ("方圆", "Fangyuan"), ("恒信", "Hengxin"), ("博测", "Boce"), ("卓越", "Zhuoyue"),
    ("北辰星", "Beichenxing"), ("云帆", "Yunfan"), ("正度", "Zhengdu"), ("天衡", "Tianheng"), ("立信", "Lixin"),
    ("瑞测", "Ruice"), ("华标", "Huabiao"), ("中量", "Zhongliang"), ("源溯", "Yuansu"), ("知微", "Zhiwei"),
    ("锦程", "Jincheng"), ("泰和", "Taihe"), ("宏图", "Hongtu"), ("新港", "Xingang"), ("长芦", "Changlu"),
]  # fmt: skip
_SURNAMES = [
    ("王", "Wang"), ("李", "Li"), ("张", "Zhang"), ("刘", "Liu"), ("陈", "Chen"), ("杨", "Yang"), ("赵", "Zhao"),
    ("黄", "Huang"), ("周", "Zhou"), ("吴", "Wu"), ("徐", "Xu"), ("孙", "Sun"), ("马", "Ma"), ("朱", "Zhu"),
    ("胡", "Hu"), ("郭", "Guo"), ("何", "He"), ("高", "Gao"), ("林", "Lin"), ("罗", "Luo"),
]  # fmt: skip
_GIVEN = [
    ("明远", "Mingyuan"), ("静怡", "Jingyi"), ("建国", "Jianguo"), ("晓彤", "Xiaotong"), ("志强", "Zhiqiang"),
    ("雨桐", "Yutong"), ("思源", "Siyuan"), ("海燕", "Haiyan"), ("国栋", "Guodong"), ("佳宁", "Jianing"),
    ("文博", "Wenbo"), ("丽华", "Lihua"), ("子涵", "Zihan"), ("振宇", "Zhenyu"), ("秀兰", "Xiulan"),
]  # fmt: skip
_STREETS = [("质量路", "Zhiliang Road"), ("标准道", "Biaozhun Avenue"), ("计量街", "Jiliang Street")]

PAIRS_TRIED = 20

# Authority Y ("other") with kind 1 and a body that begins with QH: valid in form, given to nobody.
_AUTHORITY, _KIND, _BODY = "Y", "1", "QH"


class Namer:
    """Draws names; the same seed draws the same city. ``first`` is the place in the range of codes before its first."""

    def __init__(self, random: Random, first: int = 0) -> None:
        self._random = random
        self._serial = first
        self._taken: set[str] = set()

    def credit_code(self, region: str) -> str:
        """The next code of the reserved range."""
        self._serial += 1
        return make_credit_code(f"{_BODY}{self._serial:06d}", region, _AUTHORITY, _KIND)

    def organisation(self, tail_zh: str, tail_en: str) -> tuple[str, str]:
        """A name that no other organisation of this city has."""
        tries = 0
        while True:
            # Where pairs run short, as in a city of thousands, three words make a name.
            words = self._random.sample(_WORDS, 2 if tries < PAIRS_TRIED else 3)
            name = "".join(zh for zh, _en in words) + tail_zh
            if name not in self._taken:
                self._taken.add(name)
                return name, " ".join([*(en for _zh, en in words), tail_en])
            tries += 1

    def person(self) -> tuple[str, str]:
        """A person's name; people may share one."""
        (surname, surname_en), (given, given_en) = self._random.choice(_SURNAMES), self._random.choice(_GIVEN)
        return f"{surname}{given}", f"{given_en} {surname_en}"

    def address(self, district_zh: str) -> str:
        street, _street_en = self._random.choice(_STREETS)
        return f"{district_zh}{street}{self._random.randint(1, 199)}号（合成地址）"
