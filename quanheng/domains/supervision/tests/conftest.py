"""A laboratory that differs, another that does not, a regulator's officer, and whoever answers for the laboratory."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from quanheng.domains.supervision.services import scrutinise
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.parties.models import Organisation
from quanheng.kernel.parties.roles import Role
from tests import world
from tests.crowd import Habit, make_crowd


@dataclass
class Watch:
    suspect: Organisation
    honest: Organisation
    bureau: Organisation
    officer: Actor
    district: Actor
    elsewhere: Actor
    quality: Actor
    rival: Actor

    def report(self) -> str:
        """The number of a report with a rule that was explained."""
        return Attestation.objects.filter(issuer=self.suspect, gate__failed=1).earliest("pk").number


@pytest.fixture
def watch(db: None) -> Watch:
    world.make_rules("testing_body_supervision.")
    suspect, honest, *_rest = make_crowd(6, 60, habits={0: Habit(explained=0.6, fives=0.6)})
    scrutinise()
    for code in ("120000", "120102"):
        world.make_region(code)
    bureau = world.make_organisation("regulator", "120000")
    near, far = (world.make_organisation("regulator", code) for code in ("120101", "120102"))
    return Watch(
        suspect=suspect,
        honest=honest,
        bureau=bureau,
        officer=world.make_actor((bureau, Role.CASE_OFFICER)),
        district=world.make_actor((near, Role.DISTRICT_OFFICER)),
        elsewhere=world.make_actor((far, Role.CASE_OFFICER)),
        quality=world.make_actor((suspect, Role.QUALITY_MANAGER)),
        rival=world.make_actor((honest, Role.QUALITY_MANAGER)),
    )
