"""What clients of the reference city do not accept: a complaint in each telling state, a dispute with its retest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from quanheng.demo.story import Quarrel, Story, actor_with, carry_out, office_hours_after
from quanheng.domains.disputes import services
from quanheng.domains.disputes.queries import retest_institutions
from quanheng.domains.testing.models import Order
from quanheng.domains.testing.queries import results_of
from quanheng.kernel.base.actor import Actor
from quanheng.kernel.objects.custody import hand_over_sample
from quanheng.kernel.objects.models import Sample
from quanheng.kernel.parties.models import Organisation

# Draws of their own: the rest of the city stays as it is, whatever is told here.
SEED = 20260102


def _settled(member: Actor, order: Order, now: datetime) -> Story:
    random = Random(SEED)
    quality = actor_with(_institution(order), "quality_manager")
    yield office_hours_after(random, 1)
    complaint = services.complain(
        member, order, topic="samples", text="样品检测后表面有划痕，送样时完好。请说明原因，并说明样品如何退还。"
    )
    yield office_hours_after(random, 2)
    services.reply_to_complaint(
        quality, complaint, text="划痕为夹持所致，属试验方法允许范围；样品已妥善包装，可随时领回。"
    )
    yield office_hours_after(random, 1)
    services.settle_complaint(member, complaint)


def _unresolved(member: Actor, order: Order, now: datetime) -> Story:
    random = Random(SEED + 1)
    quality = actor_with(_institution(order), "quality_manager")
    yield office_hours_after(random, 1)
    complaint = services.complain(
        member, order, topic="report_form", text="报告没有附照片，客户不认可。请补充试验照片。"
    )
    yield office_hours_after(random, 2)
    services.reply_to_complaint(quality, complaint, text="委托时未要求附照片，报告格式符合规定。")
    yield office_hours_after(random, 1)
    services.ask_again(member, complaint, reason="同类报告贵机构以往都附照片，请说明这次为何没有。")
    yield office_hours_after(random, 2)
    services.reply_to_complaint(quality, complaint, text="以往为个别客户另行约定，本单没有约定。")
    yield office_hours_after(random, 1)
    services.give_up_complaint(member, complaint, reason="机构拒绝补充照片，未说明何时可以提供。")


def _answered(member: Actor, order: Order, now: datetime) -> Story:
    quality = actor_with(_institution(order), "quality_manager")
    yield now - timedelta(days=3)
    complaint = services.complain(
        member, order, topic="attitude", text="报告签发后多日没有交付，电话无人答复。请告知何时能拿到报告。"
    )
    yield now - timedelta(days=1)
    services.reply_to_complaint(quality, complaint, text="经办人外出培训，现已指定专人，报告两日内交付。")


def _waiting(member: Actor, order: Order, now: datetime) -> Story:
    yield now - timedelta(hours=5)
    services.complain(
        member, order, topic="late", text="样品送达后没有任何进展通知，请告知目前做到哪一步、能否按期完成。"
    )


def _dispute(member: Actor, order: Order, now: datetime) -> Story:
    """A report says that everything conforms; the retest elsewhere finds otherwise, and the report has to be mended."""
    random = Random(SEED + 2)
    first = _institution(order)
    measured = [one for one in results_of(order.case_id) if one.item.quantity and one.uncertainty]
    disputed = min(measured, key=lambda one: not (one.lower or one.upper))
    yield office_hours_after(random, 1)
    objection = services.object_to(
        member,
        order,
        positions=[disputed.position],
        grounds=f"我厂自测“{disputed.item.name_zh}”多次，与报告数值相差明显，请核对原始记录。",
    )
    yield office_hours_after(random, 2)
    services.uphold(
        actor_with(first, "quality_manager"), objection, text="经核对原始记录、设备校准和试验条件，结果无误。"
    )
    able = [one for one in retest_institutions(objection) if not one.missing]
    if not able:
        return
    yield office_hours_after(random, 1)
    asked = services.ask_retest(member, objection, institution=able[0].institution, sample="retained")
    assert asked.retest is not None  # it was just placed
    yield office_hours_after(random, 0.5)
    (kept,) = Sample.objects.filter(case=order.case, state=Sample.State.RECEIVED)
    hand_over_sample(actor_with(first, "operator"), kept, to="SF1029384756", condition="封样完好，无损伤")
    yield from carry_out(random, member, asked.retest, failing=True)


def _institution(order: Order) -> Organisation:
    assert order.case.handler is not None  # an order is always placed with one
    return order.case.handler


# By the place of the commission: 0 to 2 are delivered, 5 has its samples in hand, 9 waits to be delivered.
QUARRELS: Mapping[int, Quarrel] = {0: _settled, 1: _dispute, 2: _unresolved, 5: _waiting, 9: _answered}
