"""The named units from which all other units are composed, and the SI prefixes.

Sources: BIPM SI Brochure (9th edition), tables 2 to 8; GB 3100-1993 (SI and its use in China), tables 1 to 6;
GB/T 3101-1993; NIST SP 811 appendix B for the customary units. Factors are exact unless marked ``~``.
"""

from fractions import Fraction
from typing import NamedTuple

#: prefix symbol -> (power of ten, Chinese, English); SI Brochure table 7, GB 3100-1993 table 5.
PREFIXES: dict[str, tuple[int, str, str]] = {
    "Y": (24, "尧", "yotta"), "Z": (21, "泽", "zetta"), "E": (18, "艾", "exa"), "P": (15, "拍", "peta"),
    "T": (12, "太", "tera"), "G": (9, "吉", "giga"), "M": (6, "兆", "mega"), "k": (3, "千", "kilo"),
    "h": (2, "百", "hecto"), "da": (1, "十", "deca"), "d": (-1, "分", "deci"), "c": (-2, "厘", "centi"),
    "m": (-3, "毫", "milli"), "μ": (-6, "微", "micro"), "n": (-9, "纳", "nano"), "p": (-12, "皮", "pico"),
    "f": (-15, "飞", "femto"), "a": (-18, "阿", "atto"),
}  # fmt: skip
#: Written instead of the right symbol: u for μ, and the capital K that many Chinese reports use for kilo.
PREFIX_SPELLINGS = {"u": "μ", "K": "k"}


class Atom(NamedTuple):
    """One named unit: its factor to the coherent SI unit, dimension as exponents of base symbols, names."""

    symbol: str
    prefixes: frozenset[str]
    factor: Fraction
    exact: bool
    dimension: tuple[tuple[str, int], ...]
    zh: str
    en: str
    spellings: tuple[str, ...]
    offset: Fraction = Fraction(0)


_MECHANICAL = {
    "N": "kg m s-2", "Pa": "kg m-1 s-2", "J": "kg m2 s-2", "W": "kg m2 s-3", "V": "kg m2 s-3 A-1",
    "Ω": "kg m2 s-3 A-2", "one": "",
}  # fmt: skip

# symbol | prefixes (* = all) | factor | dimension | Chinese | English | other spellings
_ROWS = """
m | * | 1 | m | 米 | metre | 公尺
g | * | 1e-3 | kg | 克 | gram |
s | m μ n p f | 1 | s | 秒 | second | sec
A | * | 1 | A | 安 | ampere | 安培
K | * | 1 | K | 开 | kelvin | 开尔文
mol | * | 1 | mol | 摩 | mole | 摩尔
cd | * | 1 | cd | 坎 | candela | 坎德拉
rad | * | 1 | rad | 弧度 | radian |
N | * | 1 | N | 牛 | newton | 牛顿
Pa | * | 1 | Pa | 帕 | pascal | 帕斯卡
J | * | 1 | J | 焦 | joule | 焦耳
W | * | 1 | W | 瓦 | watt | 瓦特
V | * | 1 | V | 伏 | volt | 伏特
Ω | * | 1 | Ω | 欧 | ohm | 欧姆 ohm Ohm ohms
C | * | 1 | A s | 库 | coulomb | 库仑
F | * | 1 | kg-1 m-2 s4 A2 | 法 | farad | 法拉
S | * | 1 | kg-1 m-2 s3 A2 | 西 | siemens | 西门子
Wb | * | 1 | kg m2 s-2 A-1 | 韦 | weber | 韦伯
T | * | 1 | kg s-2 A-1 | 特 | tesla | 特斯拉
H | * | 1 | kg m2 s-2 A-2 | 亨 | henry | 亨利
Hz | * | 1 | s-1 | 赫 | hertz | 赫兹
lm | * | 1 | cd | 流 | lumen | 流明
lx | * | 1 | cd m-2 | 勒 | lux | 勒克斯 Lx LX lux
Bq | * | 1 | s-1 | 贝可 | becquerel | 贝可勒尔
Gy | * | 1 | m2 s-2 | 戈 | gray | 戈瑞
Sv | * | 1 | m2 s-2 | 希 | sievert | 希沃特
kat | * | 1 | mol s-1 | 开特 | katal |
W·h | * | 3600 | J | 瓦时 | watt hour | Wh 瓦小时
A·h | * | 3600 | A s | 安时 | ampere hour | Ah 安小时
V·A | * | 1 | W | 伏安 | volt ampere | VA
var | * | 1 | W | 乏 | var | Var
eV | * | 1.602176634e-19 | J | 电子伏 | electronvolt | 电子伏特
L | * | 1e-3 | m3 | 升 | litre | l ℓ 公升
t | k M | 1000 | kg | 吨 | tonne | 公吨
tex | k d m | 1e-6 | kg m-1 | 特克斯 | tex |
min | | 60 | s | 分 | minute | 分钟 mins
h | | 3600 | s | 小时 | hour | 时 hr hrs
d | | 86400 | s | 天 | day | 日 day days
a | | 31557600 | s | 年 | year | yr
° | | ~0.0174532925199432957692369076848861271344 | rad | 度（角） | degree | deg
′ | | ~0.000290888208665721596153948461414768785573 | rad | 角分 | arcminute | arcmin
″ | | ~0.00000484813681109535993589914102357947975956 | rad | 角秒 | arcsecond | arcsec ′′
r | | 1 | one | 转 | revolution | rev
bar | m k | 100000 | Pa | 巴 | bar |
atm | | 101325 | Pa | 标准大气压 | standard atmosphere |
at | | 98066.5 | Pa | 工程大气压 | technical atmosphere |
mmHg | | 133.322387415 | Pa | 毫米汞柱 | millimetre of mercury | 毫米汞
mmH₂O | | 9.80665 | Pa | 毫米水柱 | millimetre of water | mmH2O
mH₂O | | 9806.65 | Pa | 米水柱 | metre of water | mH2O
psi | k | 6894.757293168361336722673445346890694 | Pa | 磅力每平方英寸 | pound-force per square inch | PSI
kgf | | 9.80665 | N | 千克力 | kilogram-force | 公斤力
gf | | 0.00980665 | N | 克力 | gram-force |
lbf | | 4.4482216152605 | N | 磅力 | pound-force |
dyn | | 1e-5 | N | 达因 | dyne |
cal | k | 4.1868 | J | 卡 | calorie (IT) | 卡路里
in | | 0.0254 | m | 英寸 | inch | inch 吋
ft | | 0.3048 | m | 英尺 | foot | feet
mile | | 1609.344 | m | 英里 | mile |
n mile | | 1852 | m | 海里 | nautical mile | nmi
kn | | 1852/3600 | m s-1 | 节 | knot |
lb | | 0.45359237 | kg | 磅 | pound | lbs
oz | | 0.028349523125 | kg | 盎司 | ounce |
ct | | 0.0002 | kg | 克拉 | metric carat | 米制克拉
ha | | 10000 | m2 | 公顷 | hectare |
亩 | | 10000/15 | m2 | 亩 | mu |
Gal | m μ | 0.01 | m s-2 | 伽 | gal |
P | c | 0.1 | Pa s | 泊 | poise |
St | c | 1e-4 | m2 s-1 | 斯 | stokes |
Gs | m k | 1e-4 | kg s-2 A-1 | 高斯 | gauss |
Oe | k | ~79.5774715459476678844418816862571810172 | A m-1 | 奥 | oersted | 奥斯特
Ci | k m μ n p | 3.7e10 | s-1 | 居里 | curie |
% | | 1e-2 | one | 百分之一 | percent | pct
‰ | | 1e-3 | one | 千分之一 | per mille | permil
ppm | | 1e-6 | one | 百万分之一 | part per million |
ppb | | 1e-9 | one | 十亿分之一 | part per billion |
%RH | | 1e-2 | one | 相对湿度百分之一 | percent relative humidity | RH%
%vol | | 1e-2 | one | 体积分数百分之一 | percent by volume | %VOL %Vol
个 | | 1 | one | 个 | piece | 件 只 台 支 枚 粒 pcs pc ea
次 | | 1 | one | 次 | event | 周次 cycle cycles times
CFU | | 1 | CFU | 菌落形成单位 | colony-forming unit | cfu Cfu
MPN | | 1 | MPN | 最大可能数 | most probable number | mpn
dB | | 1 | dB | 分贝 | decibel | db DB
dB(A) | | 1 | dB(A) | 分贝（A 计权） | A-weighted decibel | dBA
dB(C) | | 1 | dB(C) | 分贝（C 计权） | C-weighted decibel | dBC
dB(Z) | | 1 | dB(Z) | 分贝（Z 计权） | Z-weighted decibel | dBZ
dBm | | 1 | dBm | 分贝毫瓦 | decibel-milliwatt |
dB(μV) | | 1 | dB(μV) | 分贝微伏 | decibel-microvolt | dBμV dBuV dB(uV)
dB(μV/m) | | 1 | dB(μV/m) | 分贝微伏每米 | decibel-microvolt per metre | dBμV/m dBuV/m dB(uV/m)
pH | | 1 | pH | 酸碱度 | pH | PH ph
NTU | | 1 | NTU | 散射浊度单位 | nephelometric turbidity unit |
HRA | | 1 | HRA | 洛氏硬度 A 标尺 | Rockwell hardness, scale A |
HRB | | 1 | HRB | 洛氏硬度 B 标尺 | Rockwell hardness, scale B | HRBW
HRC | | 1 | HRC | 洛氏硬度 C 标尺 | Rockwell hardness, scale C |
HBW | | 1 | HBW | 布氏硬度 | Brinell hardness | HB
HV | | 1 | HV | 维氏硬度 | Vickers hardness |
HLD | | 1 | HLD | 里氏硬度 D 型 | Leeb hardness, type D |
HA | | 1 | HA | 邵氏硬度 A | Shore A hardness | ShoreA
HD | | 1 | HD | 邵氏硬度 D | Shore D hardness | ShoreD
"""

_BASE = ("m", "kg", "s", "A", "K", "mol", "cd", "rad", "CFU", "MPN")


def _dimension(text: str) -> tuple[tuple[str, int], ...]:
    """Exponents of base symbols from a text such as ``kg m-1 s-2``, where derived names are opened up."""
    powers: dict[str, int] = {}
    for token in text.split():
        if token in _MECHANICAL:
            for base, power in _dimension(_MECHANICAL[token]):
                powers[base] = powers.get(base, 0) + power
            continue
        base = token.rstrip("-0123456789")
        if base not in _BASE:
            base, power = token, 1  # a scale of its own: hardness, level, pH
        else:
            power = int(token[len(base) :] or 1)
        powers[base] = powers.get(base, 0) + power
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def _rows() -> dict[str, Atom]:
    atoms = {}
    for line in _ROWS.strip().splitlines():
        symbol, prefixes, factor, dimension, zh, en, spellings = (cell.strip() for cell in line.split("|"))
        numerator, _, denominator = factor.lstrip("~").partition("/")
        atoms[symbol] = Atom(
            symbol,
            frozenset(PREFIXES) if prefixes == "*" else frozenset(prefixes.split()),
            Fraction(numerator) / Fraction(denominator or 1),
            not factor.startswith("~"),
            _dimension(dimension),
            zh,
            en,
            tuple(spellings.split()),
        )
    return atoms


ATOMS: dict[str, Atom] = _rows()
# The two units with an offset (SI Brochure 2.3.1: t/℃ = T/K − 273.15; NIST SP 811 B.8 for ℉).
ATOMS["℃"] = Atom(
    "℃", frozenset(), Fraction(1), True, (("K", 1),), "摄氏度", "degree Celsius", ("°C", "degC", "oC", "°c"),
    Fraction("273.15"),
)  # fmt: skip
ATOMS["℉"] = Atom(
    "℉", frozenset(), Fraction(5, 9), True, (("K", 1),), "华氏度", "degree Fahrenheit", ("°F", "degF"),
    Fraction("459.67") * 5 / 9,
)  # fmt: skip

#: Whole words found in reports whose meaning is certain although the capitals are wrong. "mpa" is not among
#: them: it could be mPa or MPa, which differ by nine orders of magnitude.
WORDS: dict[str, str] = {
    "Mpa": "MPa", "MPA": "MPa", "kpa": "kPa", "Kpa": "kPa", "KPA": "kPa", "kPA": "kPa", "Gpa": "GPa",
    "KG": "kg", "KHZ": "kHz", "Khz": "kHz", "khz": "kHz", "MHZ": "MHz", "GHZ": "GHz", "hz": "Hz", "HZ": "Hz",
    "KM": "km", "KWH": "kW·h", "kwh": "kW·h", "Kwh": "kW·h", "MM": "mm", "CM": "cm", "kv": "kV",
    "kw": "kW", "rpm": "r/min", "RPM": "r/min", "kph": "km/h", "公斤": "kg", "公里": "km", "毫安时": "mA·h",
}  # fmt: skip
