"""What becomes of imports when their organisation's entry is merged into another."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quanheng.kernel.parties.absorbing import stays

stays("imports.Batch.owner", _("导入"), _("导入是当时以原名义办理的，留在原登记"))
stays("imports.Matching.owner", _("列的对应"), _("保留机构有自己的文件，会重新对应"), quiet=True)
