"""The packaged facts load, load again without change, and are what needs are read with."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from quanheng.domains.services import chips
from quanheng.domains.services.dictionary import dictionary
from quanheng.domains.services.loading import load_facts
from quanheng.domains.services.models import Need
from quanheng.domains.services.revising import understand
from quanheng.domains.services.wanting import read_need
from quanheng.kernel.base.errors import Invalid
from quanheng.kernel.cases.models import Holiday, Rule
from quanheng.kernel.competence.asking import Ask
from quanheng.kernel.region.models import Region
from quanheng.kernel.requirements.models import Item, ProductFamily, Requirement, Standard
from tests.world import make_organisation

REGISTERS = (Region, Rule, Holiday, Standard, ProductFamily, Item, Requirement)


@pytest.mark.django_db
def test_a_second_load_changes_nothing_and_the_dictionary_follows() -> None:
    out = StringIO()
    call_command("load_facts", stdout=out)
    counts = dict(line.split(": ") for line in out.getvalue().splitlines())
    stored = {register.__name__: set(register.objects.values_list("pk", flat=True)) for register in REGISTERS}
    assert int(counts["families"]) == len(stored["ProductFamily"]) >= 8
    assert all(len(keys) > 10 for keys in stored.values())
    assert load_facts() == {name: int(count) for name, count in counts.items()}
    assert {register.__name__: set(register.objects.values_list("pk", flat=True)) for register in REGISTERS} == stored

    found = understand("给电动车做CCC用的检测，再校准2块精密压力表")
    assert chips.codes(found, "product") == ["ebike"]
    instruments = [(one["code"], one["count"]) for one in chips.of_kind(found, "instrument")]
    assert instruments == [("precise_pressure_gauge", 2)]

    for code, row in dictionary().instruments.items():
        asked = Ask.read(
            Item.objects.get(code=code), "calibration", range=f"({row['lower']}~{row['upper']}) {row['unit']}"
        )
        assert asked.range is not None
        assert Standard.objects.filter(number=row["procedure"]).exists(), code

    today = timezone.localdate()
    for family in ProductFamily.objects.all():
        need = Need(organisation=make_organisation(), family=family, understanding={"chips": [], "unknown": []})
        subjects = read_need(need, today).subjects
        assert len(subjects) >= 5, family.code
        assert all(one.requirement and one.requirement.standard.status_on(today) == "in_force" for one in subjects)


@pytest.mark.django_db
def test_a_bad_fact_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(rows: object) -> int:
        raise Invalid("bad")

    monkeypatch.setattr("quanheng.domains.services.loading.load_requirements", refuse)
    with pytest.raises(Invalid):
        load_facts()
    assert not Region.objects.exists() and not Standard.objects.exists()
