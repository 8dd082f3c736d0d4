"""Errors a user can act on: one sentence that says where (file, row), what is wrong and how to mend it.

Here: the exception classes and the exit codes they lead to. Not here: the printing of them (`cli/`), nor
refused rows, which are data (`rejected_row`), not errors.
"""

from abc import abstractmethod
from typing import Any


class InventoryError(Exception):
    """A sentence for the user, in English and, where `zh` is given, in Chinese, and the exit code of the command."""

    EXIT_CODE = 2

    def __init__(self, message: str, exit_code: int | None = None, *, zh: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = self.EXIT_CODE if exit_code is None else exit_code
        self.zh = zh

    def tell(self, language: str) -> str:
        """The sentence in this language; in English where it has no other."""
        return self.zh if language == "zh" and self.zh else self.message


class UsageError(InventoryError):
    """The command or its configuration is wrong (exit code 2)."""


class GateRefused(InventoryError):
    """A gate refused: nothing was published and `current` is unchanged (exit code 3)."""

    EXIT_CODE = 3


class FeedUnreadable(InventoryError):
    """A feed file could not be read; it stays in landing (exit code 4)."""

    EXIT_CODE = 4


class Told(ValueError):
    """What is wrong and the cure, in any language; whoever catches it puts the file in front.

    A subclass says where its sentences stand.
    """

    def __init__(self, key: str, **fields: Any) -> None:
        super().__init__(key)
        self.key, self.fields = key, fields

    @abstractmethod
    def template(self, language: str) -> str:
        """The sentence with its fields still open."""

    def tell(self, language: str) -> str:
        """The sentence in this language."""
        return self.template(language).format(**self.fields)

    def __str__(self) -> str:
        return self.tell("en")
