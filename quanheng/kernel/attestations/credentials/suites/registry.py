"""The suites this installation can sign and verify with."""

from quanheng.kernel.attestations.credentials.suites.base import Suite
from quanheng.kernel.attestations.credentials.suites.ecdsa_jcs_2019 import EcdsaJcs2019
from quanheng.kernel.attestations.credentials.suites.eddsa_jcs_2022 import EddsaJcs2022
from quanheng.kernel.attestations.credentials.suites.sm2_jcs import Sm2Jcs
from quanheng.kernel.attestations.errors import ProofError


class SuiteRegistry:
    """Suites by name."""

    def __init__(self, *suites: Suite) -> None:
        self._suites: dict[str, Suite] = {}
        for suite in suites:
            self.register(suite)

    def register(self, suite: Suite) -> None:
        """Add a suite; ValueError when its name is taken."""
        if suite.name in self._suites:
            raise ValueError(f"suite {suite.name} is registered already")
        self._suites[suite.name] = suite

    def get(self, name: object) -> Suite:
        """Return the suite of this name; ProofError when there is none."""
        if isinstance(name, str) and name in self._suites:
            return self._suites[name]
        raise ProofError(
            "unknown-suite",
            f"不支持的签名算法套件“{str(name)[:60]}”；支持：{'、'.join(self._suites)}。",
            f'Signing suite "{str(name)[:60]}" is not supported; supported: {", ".join(self._suites)}.',
            "proof.cryptosuite",
        )

    def of_key(self, codec: str) -> Suite | None:
        """Return the suite whose public keys are of this kind; None where there is none."""
        return next((suite for suite in self._suites.values() if suite.codec == codec), None)


suites = SuiteRegistry(EddsaJcs2022(), EcdsaJcs2019(), Sm2Jcs())
