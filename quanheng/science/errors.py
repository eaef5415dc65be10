"""The error family of the science modules: a ``ValueError`` that speaks Chinese and English."""


class ScienceError(ValueError):
    """An input that science cannot accept; ``zh`` and ``en`` say what is wrong and how to mend it.

    >>> error = ScienceError("数值为空，请填写一个数", "The number is empty; write one")
    >>> error.en
    'The number is empty; write one'
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en

    def __reduce__(self) -> tuple[type["ScienceError"], tuple[str, str]]:
        # Subclasses may take other arguments; the pair of messages is what has to survive pickling.
        return (ScienceError, (self.zh, self.en))

    def message(self, lang: str) -> str:
        """The message in ``lang`` (anything that begins with "en" is English, the rest Chinese)."""
        return self.en if lang.startswith("en") else self.zh
