"""The signature on a PDF as a check: whether the file is as it was signed, and whether the issuer signed it."""

from quanheng.kernel.attestations.credentials.trust import TrustBundle, TrustedIssuer
from quanheng.kernel.attestations.credentials.verdict import Check, Outcome
from quanheng.kernel.attestations.credentials.verify import ASK_EN, ASK_ZH, BUNDLE_EN, BUNDLE_ZH, told
from quanheng.kernel.attestations.errors import AttestationError
from quanheng.kernel.attestations.pdf.signed import BadSignature, PdfSignature
from quanheng.kernel.attestations.pdf.text import signature_of

DOWNLOAD = ("请从查验页重新下载 PDF。", "Download the PDF again from its verification page.")
UNSIGNED = (
    "PDF 本身没有签名（较早下载，或被转存）；其中数据的签名另见上文。",
    "The PDF itself is not signed (downloaded earlier, or saved again); the signature of its data is told above.",
)


def judged(pdf: bytes, issuer: str, trust: TrustBundle | None) -> tuple[Check, Outcome | None]:
    """Return the check on the PDF's own signature, and what came out of it; None where it has none.

    `issuer` is the identifier that the attached data name.
    """
    try:
        found = signature_of(pdf)
    except (BadSignature, AttestationError) as error:
        return Check("pdf", "fail", error.zh, error.en, *DOWNLOAD), "fail"
    if found is None:
        return Check("pdf", "not-evaluated", *UNSIGNED, *DOWNLOAD), None
    check = _signer(found, trust.issuers.get(issuer) if trust else None)
    return check, check.outcome


def _signer(found: PdfSignature, issuer: TrustedIssuer | None) -> Check:
    """Whether the certificate is one of the issuer's, and was so when the PDF says that it was signed."""
    zh, en = "文件自签名以来没有改动", "The file is as it was signed"
    mark_zh, mark_en = f"证书 SHA-256 指纹 {found.certificate}", f"certificate SHA-256 {found.certificate}"
    listed = [key for key in issuer.keys if key.certificate] if issuer else []
    if issuer is None or not listed:
        zh = f"{zh}，但信任清单没有该机构的 PDF 证书，不能判断由谁签名（{mark_zh}）。"
        en = f"{en}, but the bundle lists no PDF certificate of the issuer, so by whom is not known ({mark_en})."
        return Check("pdf", "not-evaluated", zh, en, BUNDLE_ZH, BUNDLE_EN)
    key = next((one for one in listed if one.certificate == found.certificate), None)
    if key is None:
        zh = f"签名用的不是该机构的证书：自称“{found.name}”，{mark_zh}。"
        en = f'The certificate is not one of the issuer\'s: it calls itself "{found.name}", {mark_en}.'
        return Check("pdf", "fail", zh, en, ASK_ZH, ASK_EN)
    if key.compromised is not None:
        since = told(key.compromised)
        zh = f"{zh}，但该证书的密钥自 {since} 起可能已被他人掌握（{mark_zh}）。"
        en = f"{en}, but others may have had the key since {since} ({mark_en})."
        return Check("pdf", "not-evaluated", zh, en, *DOWNLOAD)
    if not key.validity.contains(found.at):
        at = told(found.at)
        zh, en = f"签名证书在 {at} 不在有效期内。", f"The certificate was not valid at {at}."
        return Check("pdf", "fail", zh, en, ASK_ZH, ASK_EN)
    zh, en = f"由{issuer.name_zh}签名；{zh}（{mark_zh}）。", f"Signed by {issuer.name_zh}. {en} ({mark_en})."
    return Check("pdf", "pass", zh, en)
