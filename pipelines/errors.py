"""Errors a user can act on: one sentence that says where (file, row), what is wrong and how to mend it.

Here: the exception classes and the exit codes they lead to. Not here: the printing of them (`cli/`), nor
refused rows, which are data (`rejected_row`), not errors.
"""


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
