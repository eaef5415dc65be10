"""What the moves of an order ask for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from quanheng.domains.testing.gate.evaluation import Asked
from quanheng.kernel.base.checks import REASON_LENGTH
from quanheng.kernel.base.errors import bilingual
from quanheng.kernel.base.texts import filled
from quanheng.kernel.base.widgets import Day


class ReasonForm(forms.Form):
    """A reason, which stays with the order."""

    reason = forms.CharField(
        label=_("理由"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("请写清原因和建议，它将留在记录中。"),
    )


class AmendForm(forms.Form):
    """Why a report is amended, and what the object is rightly called; results are corrected by entering them."""

    reason = forms.CharField(
        label=_("更正理由"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明错在哪里、为什么更正。理由会写进更正后的报告，查验原报告的人也会看到。"),
    )
    object_name = forms.CharField(label=_("样品名称"), max_length=120, help_text=_("写错了请在此改正。"))
    object_model = forms.CharField(label=_("规格型号"), max_length=120, required=False)
    suspend = forms.BooleanField(label=_("更正期间暂停原报告：任何人不得以它为依据"), required=False)

    def __init__(self, *args: Any, suspended: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if suspended:
            del self.fields["suspend"]


class AbandonForm(ReasonForm):
    """Why a report is not amended after all."""

    reinstate = forms.BooleanField(label=_("同时恢复原报告"), required=False)

    def __init__(self, *args: Any, suspended: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not suspended:
            del self.fields["reinstate"]


class AcceptForm(forms.Form):
    """The day that the institution promises."""

    promised_on = forms.DateField(
        label=_("承诺完成日期"),
        required=False,
        widget=Day(),
        help_text=_("留空则按约定工期计算。送样晚几个工作日，承诺顺延几个工作日。"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["promised_on"].widget.attrs["min"] = timezone.localdate().isoformat()


class QuoteForm(forms.Form):
    """Other terms than the plan's, with the reason that the client reads."""

    price_cents = forms.DecimalField(
        label=_("价格（元）"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2, localize=False
    )
    days = forms.IntegerField(label=_("工期（工作日）"), min_value=1, max_value=365)
    reason = forms.CharField(
        label=_("理由"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("委托方会看到。例如：样品尺寸超出常规工装，需另制夹具。"),
    )

    def clean_price_cents(self) -> int:
        """The price in cents, as everything else counts it."""
        return int(self.cleaned_data["price_cents"] * 100)


class PostponeForm(ReasonForm):
    """The day that is promised now."""

    promised_on = forms.DateField(label=_("新的承诺日期"), widget=Day())
    field_order = ("promised_on", "reason")


class ReceiveForm(forms.Form):
    """What arrived and in which state."""

    quantity = forms.CharField(label=_("样品数量"), max_length=40, help_text=_("例如：3 件"))
    condition = forms.CharField(label=_("样品状态"), max_length=200, help_text=_("例如：包装完好，无损伤"))
    batch = forms.CharField(label=_("批号或出厂编号"), max_length=80, required=False)


class LookForm(forms.Form):
    """Nothing to fill in: the page shows what is decided, and asks for it."""


class IssueForm(forms.Form):
    """What the signatory adds; the statement of conformity follows from the results."""

    conclusion = forms.CharField(
        label=_("补充说明"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("合格与否由结果和判定规则得出，不在此填写。签发后内容不可更改。"),
    )

    def __init__(self, *args: Any, explain: Sequence[Asked] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = {one.field: one.rule.key for one in explain}
        for one in explain:
            self.fields[one.field] = forms.CharField(
                label=filled(_("仍然签发的理由：%(rule)s"), rule=bilingual(one.rule.title_zh, one.rule.title_en)),
                max_length=REASON_LENGTH,
                required=False,  # what is missing is told by the service, with what was found
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=bilingual(one.found.zh, one.found.en),
            )

    def clean(self) -> dict[str, Any]:
        """What the service takes: the reasons by their rules."""
        given = super().clean() or self.cleaned_data
        reasons = {rule: given.get(name, "") for name, rule in self.rules.items()}
        return {"conclusion": given.get("conclusion", ""), "reasons": reasons}


class BillForm(forms.Form):
    """What an order is charged at."""

    amount_cents = forms.DecimalField(
        label=_("应付金额（元）"), min_value=0, max_digits=12, decimal_places=2, help_text=_("不超过约定价格。")
    )
    invoice = forms.CharField(label=_("发票号码"), max_length=40, required=False)
    note = forms.CharField(
        label=_("说明"), max_length=REASON_LENGTH, required=False, help_text=_("少于约定价格时请说明金额的由来。")
    )

    def clean_amount_cents(self) -> int:
        """The amount in cents, as everything else counts it."""
        return int(self.cleaned_data["amount_cents"] * 100)


class PayForm(forms.Form):
    """When it was paid, and how the payment is found."""

    paid_on = forms.DateField(label=_("付款日期"), widget=Day())
    reference = forms.CharField(
        label=_("付款凭证号"), max_length=80, required=False, help_text=_("银行流水号或支付订单号，便于机构核对。")
    )


class ConfirmPaymentForm(forms.Form):
    """When it was paid, where the client has not said so."""

    paid_on = forms.DateField(label=_("到账日期"), required=False, widget=Day())


class MoveSampleForm(forms.Form):
    """Who takes over a sample, and where it lies."""

    to = forms.CharField(label=_("接收人"), max_length=60, required=False)
    place = forms.CharField(label=_("存放地点"), max_length=80, required=False, help_text=_("例如：恒温室 A-3 架"))
    condition = forms.CharField(label=_("样品状态"), max_length=200, required=False)


class ReturnSampleForm(forms.Form):
    """Who takes a sample back."""

    to = forms.CharField(label=_("领取人或快递单号"), max_length=60)
    condition = forms.CharField(label=_("样品状态"), max_length=200, required=False)


class HandOverForm(forms.Form):
    """Who takes a retained sample to the institution that waits for it, and in which state it leaves."""

    to = forms.CharField(label=_("领取人或快递单号"), max_length=60)
    condition = forms.CharField(label=_("样品状态"), max_length=200, help_text=_("例如：封样完好，无损伤"))


class PositionsForm(forms.Form):
    """Which items of an order another institution is to determine."""

    positions = forms.TypedMultipleChoiceField(label=_("要分包的项目"), coerce=int, widget=forms.CheckboxSelectMultiple)

    def __init__(self, items: list[tuple[int, Any]], data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["positions"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = items


class ProviderForm(ReasonForm):
    """Who is to determine them, and why not the institution itself."""

    provider = forms.ChoiceField(label=_("分包给"), widget=forms.RadioSelect)
    field_order = ("provider", "reason")

    def __init__(self, able: list[tuple[str, Any]], data: Any = None) -> None:
        super().__init__(data)
        field = self.fields["provider"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = able
