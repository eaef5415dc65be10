"""What was signed stays with whoever signed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.attestations.models import Attestation
from quanheng.kernel.parties.absorbing import Merging, check, stays

stays("attestations.IssuerKey.organisation", _("签名密钥"), why=_("已签发的文件以它验证"))
stays("attestations.Attestation.issuer", _("签发的证明文件"), why=_("签名以原机构的密钥作出，不可改写"))
stays("attestations.Attestation.client", _("取得的证明文件"), why=_("签名所及的内容不可改写"))


@check
def _issuer_survives(merging: Merging) -> Iterator[Any]:
    """A recognition in force and the documents under it belong to one issuer."""
    if merging.with_recognitions and Attestation.objects.filter(issuer=merging.loser).exists():
        yield _("被并入的机构签发过证明文件并持有有效资质，二者不能分开：请改为保留这一家。")
