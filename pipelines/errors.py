"""Errors a user can act on: one sentence that says where (file, row), what is wrong and how to mend it.

Here: the exception classes and the exit codes they lead to. Not here: the printing of them (`cli/`), nor
refused rows, which are data (`rejected_row`), not errors.
"""

from abc import abstractmethod
from typing import Any


class InventoryError(Exception):
    """A sentence for the user, and the exit code of the command that met it."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class UsageError(InventoryError):
    """The command or its configuration is wrong (exit code 2)."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message, exit_code)


class GateRefused(InventoryError):
    """A gate refused: nothing was published and `current` is unchanged (exit code 3)."""

    def __init__(self, message: str, exit_code: int = 3) -> None:
        super().__init__(message, exit_code)


class FeedUnreadable(InventoryError):
    """A feed file could not be read; it stays in landing (exit code 4)."""

    def __init__(self, message: str, exit_code: int = 4) -> None:
        super().__init__(message, exit_code)


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
