"""After issue the document stays and its status moves: by issuer or regulator, with a reason that verifiers see."""

from __future__ import annotations

import pytest

from quanheng.domains.testing import services
from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.attestations.queries import check
from quanheng.kernel.attestations.services import reinstate_attestation, suspend_attestation, withdraw_attestation
from quanheng.kernel.audit.models import Entry, Notice
from quanheng.kernel.base.errors import Conflict, Denied, Invalid
from tests.orderbook import Book, open_book


@pytest.fixture
def book(db: None) -> Book:
    return open_book()


@pytest.fixture
def attestation(book: Book) -> Attestation:
    return services.issue_report(book.signatory, book.bring(book.order(), "for_decision"))


def test_suspended_reinstated_withdrawn_and_then_never_again(book: Book, attestation: Attestation) -> None:
    document = attestation.document
    steps = ((suspend_attestation, "suspended"), (reinstate_attestation, "valid"), (withdraw_attestation, "withdrawn"))
    for change, status in steps:
        change(book.officer, attestation, reason="抽查发现设备记录不全")
        attestation.refresh_from_db()
        verdict = check(attestation)
        assert verdict.status == status
        assert verdict.genuine, "the status never touches whether the document is genuine"
    assert attestation.document == document
    with pytest.raises(Conflict):
        reinstate_attestation(book.officer, attestation, reason="再次恢复")


def test_the_reason_is_asked_for_kept_and_told_to_both_sides(book: Book, attestation: Attestation) -> None:
    with pytest.raises(Invalid):
        suspend_attestation(book.signatory, attestation, reason="  ")
    suspend_attestation(book.signatory, attestation, reason="标准器待复校")
    entry = Entry.objects.get(act="attestations.suspend")
    assert entry.reason == "标准器待复校"
    told = set(Notice.objects.filter(entry=entry).values_list("organisation_id", flat=True))
    assert told == {book.client.pk, book.institution.pk}
    attestation.refresh_from_db()
    status = check(attestation).check("status")
    assert status is not None and "标准器待复校" in status.zh


def test_the_holder_cannot_change_the_status(book: Book, attestation: Attestation) -> None:
    with pytest.raises(Denied):
        withdraw_attestation(book.buyer, attestation, reason="不想要了")
    attestation.refresh_from_db()
    assert attestation.state == Attestation.State.ISSUED
