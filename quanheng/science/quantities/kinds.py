"""Kinds of quantity (VIM 1.2): what a value measures, and which units may carry it.

Units of equal dimension may still measure different things (torque N·m, energy J), so a kind may also name
the units it admits. Sources: GB/T 3102.1 to .13-1993, ISO 80000 parts 1 to 10, JCGM 200:2012.
"""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of quantity; ``units`` are those offered to people, the first being the coherent SI unit."""

    code: str
    zh: str
    en: str
    units: tuple[str, ...]
    #: named units that may occur in a unit of this kind; empty = the dimension alone decides
    admits: frozenset[str]

    @property
    def ordinal(self) -> bool:
        """Whether values are only ordered, as hardness numbers are (VIM 1.26), and never converted."""
        return self.code in ORDINAL


ORDINAL = frozenset({"hardness"})

# code | Chinese | English | units offered, the first one coherent | named units admitted
_ROWS = """
length | 长度 | length | m km cm mm μm nm in ft mile |
area | 面积 | area | m² km² cm² mm² ha 亩 | m ha 亩 in ft mile
fuel_consumption | 燃料消耗量（单位里程） | fuel consumption per distance | m² L/100km L/km | m L
volume | 体积 | volume | m³ dm³ cm³ L mL μL |
mass | 质量 | mass | kg g mg μg t lb oz ct |
time | 时间 | time | s ms μs ns min h d a |
temperature | 温度 | temperature | K ℃ ℉ |
temperature_difference | 温度差 | temperature difference | K ℃ ℉ |
amount_of_substance | 物质的量 | amount of substance | mol mmol |
angle | 平面角 | plane angle | rad ° ′ ″ mrad |
speed | 速度 | speed | m/s km/h mm/s mm/min kn |
acceleration | 加速度 | acceleration | m/s² Gal mGal |
angular_velocity | 角速度 | angular velocity | rad/s °/s |
frequency | 频率 | frequency | Hz kHz MHz GHz s⁻¹ | Hz s
rotational_frequency | 转速 | rotational frequency | r/s r/min | r s min h
event_rate | 次数率 | rate of events | 次/s 次/min 次/h | 次 个 s min h d a
activity | 放射性活度 | activity | Bq kBq MBq Ci | Bq Ci
force | 力 | force | N mN kN MN kgf gf | N kgf gf lbf dyn g m s
energy_per_distance | 单位里程能耗 | energy per distance | J/m kW·h/100km W·h/km | J W·h W h s m cal
torque | 力矩 | torque | N·m mN·m kN·m kgf·m | N m kgf gf lbf in ft dyn
energy | 能量 | energy | J kJ MJ W·h kW·h MW·h kcal eV | J W·h W h s min cal eV V A
pressure | 压力 | pressure | Pa hPa kPa MPa bar mbar mmHg psi kgf/cm² |
stress | 应力（强度） | stress | Pa kPa MPa GPa N/mm² |
power | 功率 | power | W mW kW MW | W J s h min N m cal
apparent_power | 视在功率 | apparent power | V·A kV·A MV·A | V·A V A
reactive_power | 无功功率 | reactive power | var kvar Mvar | var
voltage | 电压 | voltage | V μV mV kV |
current | 电流 | electric current | A nA μA mA kA |
resistance | 电阻 | resistance | Ω μΩ mΩ kΩ MΩ GΩ |
insulation_resistance | 绝缘电阻 | insulation resistance | Ω kΩ MΩ GΩ TΩ |
resistivity | 电阻率 | resistivity | Ω·m kΩ·m Ω·cm MΩ·km |
linear_resistance | 单位长度电阻 | resistance per length | Ω/m Ω/km |
conductance | 电导 | conductance | S mS μS |
conductivity | 电导率 | conductivity | S/m mS/m μS/cm mS/cm |
capacitance | 电容 | capacitance | F mF μF nF pF |
inductance | 电感 | inductance | H mH μH nH |
charge | 电荷量 | electric charge | C A·h mA·h pC |
electric_field | 电场强度 | electric field strength | V/m kV/m kV/mm |
magnetic_flux | 磁通量 | magnetic flux | Wb mWb |
magnetic_flux_density | 磁感应强度 | magnetic flux density | T mT μT Gs |
magnetic_field | 磁场强度 | magnetic field strength | A/m kA/m Oe |
illuminance | 照度 | illuminance | lx klx | lx lm m
luminance | 亮度 | luminance | cd/m² | cd m
luminous_flux | 光通量 | luminous flux | lm klm | lm
luminous_intensity | 发光强度 | luminous intensity | cd mcd | cd
luminous_efficacy | 光效 | luminous efficacy | lm/W |
irradiance | 辐照度 | irradiance | W/m² kW/m² mW/cm² μW/cm² |
radiant_exposure | 曝辐量 | radiant exposure | J/m² kW·h/m² MJ/m² | J W·h W h s m
impact_strength | 冲击强度 | impact strength | J/m² kJ/m² | J m
surface_tension | 单位长度力 | force per length | N/m mN/m kN/m N/mm | N m
density | 密度 | density | kg/m³ g/cm³ kg/L g/mL |
mass_concentration | 质量浓度 | mass concentration | kg/m³ g/L mg/L μg/L ng/L mg/m³ μg/m³ mg/mL g/100mL |
amount_concentration | 物质的量浓度 | amount concentration | mol/m³ mol/L mmol/L μmol/L |
ratio | 比率 | ratio | 1 % ‰ ppm ppb μm/m μV/V | % ‰ ppm ppb 10ⁿ m V A Ω Hz s W
mass_fraction | 质量分数 | mass fraction | kg/kg % ‰ g/kg mg/kg μg/kg ng/kg g/100g mg/100g ppm | g t % ‰ ppm ppb 10ⁿ
volume_fraction | 体积分数 | volume fraction | m³/m³ % %vol mL/L μL/L ppm ppb | m L % ‰ %vol ppm ppb 10ⁿ
amount_fraction | 摩尔分数 | amount fraction | mol/mol % mmol/mol μmol/mol nmol/mol | mol % ‰ ppm ppb 10ⁿ
relative_humidity | 相对湿度 | relative humidity | 1 % %RH | % %RH
dimensionless | 量纲一的量 | quantity of dimension one | 1 % | % ‰ ppm ppb 10ⁿ
count | 计数 | count | 1 个 次 | 个 次
volume_flow | 体积流量 | volume flow rate | m³/s m³/h L/min L/h L/s mL/min |
mass_flow | 质量流量 | mass flow rate | kg/s kg/h t/h g/min |
dynamic_viscosity | 动力黏度 | dynamic viscosity | Pa·s mPa·s cP |
kinematic_viscosity | 运动黏度 | kinematic viscosity | m²/s mm²/s cSt |
linear_density | 线密度 | linear density | kg/m g/m tex dtex |
surface_density | 面密度 | surface density | kg/m² g/m² g/cm² mg/dm² |
thermal_conductivity | 导热系数 | thermal conductivity | W/(m·K) W/(m·℃) |
heat_transfer | 传热系数 | heat transfer coefficient | W/(m²·K) W/(m²·℃) |
thermal_resistance | 热阻 | thermal insulance | m²·K/W |
specific_heat | 比热容 | specific heat capacity | J/(kg·K) kJ/(kg·K) |
specific_energy | 比能（热值） | specific energy | J/kg kJ/kg MJ/kg kJ/100g W·h/kg kcal/kg | J W·h W h s g t cal
absorbed_dose | 吸收剂量 | absorbed dose | Gy mGy μGy | Gy
dose_equivalent | 剂量当量 | dose equivalent | Sv mSv μSv | Sv
absorbed_dose_rate | 吸收剂量率 | absorbed dose rate | Gy/s Gy/h mGy/h μGy/h nGy/h | Gy s min h d a
dose_equivalent_rate | 剂量当量率 | dose equivalent rate | Sv/s mSv/h μSv/h nSv/h mSv/a | Sv s min h d a
specific_activity | 活度比 | specific activity | Bq/kg | Bq Ci g t
activity_concentration | 活度浓度 | activity concentration | Bq/m³ Bq/L | Bq Ci m L
temperature_coefficient | 温度系数 | temperature coefficient | K⁻¹ %/℃ ppm/℃ 10⁻⁶/℃ |
colony_count | 菌落数 | colony count | CFU/g CFU/mL CFU/100mL CFU CFU/cm² CFU/m³ CFU/kg CFU/个 |
most_probable_number | 最大可能数 | most probable number | MPN/g MPN/mL MPN/100g MPN/100mL MPN/L |
number_density | 个数密度 | number density | 个/m³ 个/L 个/mL 个/cm³ | 个 m L
number_areal_density | 单位面积个数 | number per area | 个/m² 个/cm² | 个 m
catalytic_activity | 催化活性 | catalytic activity | kat | kat
sound_level | 声级 | sound level | dB(A) dB(C) dB(Z) dB |
level | 级 | level | dB dBm dB(μV) dB(μV/m) |
acidity | 酸碱度 | pH | pH |
turbidity | 浊度 | turbidity | NTU |
hardness | 硬度 | hardness | HRC HRB HRA HBW HV HLD HA HD |
"""


def _rows() -> dict[str, Kind]:
    kinds = {}
    for line in _ROWS.strip().splitlines():
        code, zh, en, units, admits = (cell.strip() for cell in line.split("|"))
        kinds[code] = Kind(code, zh, en, tuple(units.split()), frozenset(admits.split()))
    return kinds


#: every kind by its code, in the order in which a unit's own kind is looked for
KINDS: dict[str, Kind] = _rows()

#: units whose usual kind is not the first that fits
USUAL_KIND: dict[str, str] = {
    **dict.fromkeys(KINDS["mass_concentration"].units[1:], "mass_concentration"),
    **dict.fromkeys(("N/mm²", "GPa"), "stress"),
    "dB": "level", "kJ/m²": "impact_strength",
    "ng/m³": "mass_concentration", "μg/mL": "mass_concentration", "ng/mL": "mass_concentration",
    "s⁻¹": "frequency", "MΩ·km": "resistivity", "%RH": "relative_humidity", "%vol": "volume_fraction",
}  # fmt: skip
