"""How the city's regulator looks at its laboratories: all compared, one asked about a report and yet to answer."""

from __future__ import annotations

from quanheng.demo.bodies import Bodies
from quanheng.demo.story import actor_with
from quanheng.domains.supervision.models import Inquiry
from quanheng.domains.supervision.services import open_inquiry, scrutinise
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.parties.models import Organisation


def look_into(bodies: Bodies, laboratory: Organisation) -> Inquiry:
    """Compare the laboratories, and ask one about its latest report that was checked before issue."""
    scrutinise()
    report = Attestation.objects.filter(issuer=laboratory, gate__isnull=False).latest("pk")
    return open_inquiry(
        actor_with(bodies.city, "case_officer"),
        laboratory,
        question="日常抽查：请提交该报告的原始记录、所用设备的校准证书和样品流转记录，并说明签发前核查中缺少记录的各条。",
        reports=[report.number],
    )
