"""The error family of the science modules: a ``ValueError`` that speaks Chinese and English."""


class ScienceError(ValueError):
    """An input that science cannot accept; ``zh`` and ``en`` say what is wrong and how to mend it.

    ``field`` is its place among the inputs of a task, such as ``inputs.mass.u``; empty where nobody has said it yet.

    >>> error = ScienceError("数值为空，请填写一个数", "The number is empty; write one")
    >>> error.en
    'The number is empty; write one'
    """

    def __init__(self, zh: str, en: str, field: str = "") -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en
        self.field = field

    def __reduce__(self) -> tuple[type["ScienceError"], tuple[str, str, str]]:
        # Subclasses may take other arguments; messages and place are what has to survive pickling.
        return (ScienceError, (self.zh, self.en, self.field))

    def at(self, field: str) -> "ScienceError":
        """This error with the place where it happened, unless it knows a closer one."""
        self.field = self.field or field
        return self

    def message(self, lang: str) -> str:
        """The message in ``lang`` (anything that begins with "en" is English, the rest Chinese)."""
        return self.en if lang.startswith("en") else self.zh
