"""The plan of one file: SQL pieces as data, between the profile compiler and the engine that runs them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.contracts import Contract

# The pair that stands for a text: code and nothing, or factor and offset; None if the text is unknown.
Resolved = tuple[object, object] | None


@dataclass(frozen=True)
class Fault:
    """A condition that refuses a row, or puts a notice on it.

    `text` and `other` are expressions shown as {value} and {other}.
    """

    table: str
    column: str | None
    code: str
    condition: str
    message: str
    text: str = "null"
    other: str = "null"


@dataclass(frozen=True)
class Resolver:
    """A small table (k, v, w) made from the distinct texts of `text`; a text without a row is unknown.

    Either `resolve` makes v and w of one text, or the expressions `sql` make them of `k`.
    """

    alias: str
    text: str
    resolve: Callable[[str], Resolved] | None = None
    sql: tuple[str, str] = ("null", "null")


@dataclass(frozen=True)
class Output:
    """Rows of one raw contract: one SELECT list and guard per item."""

    contract: Contract
    distinct: bool
    ignore_conflicts: tuple[str, ...]
    items: tuple[tuple[str, str], ...]


@dataclass
class Plan:
    """The compiled profile."""

    filter: str = "true"
    texts: dict[str, str] = field(default_factory=dict)  # expression -> alias, over the source
    resolvers: dict[tuple[object, ...], Resolver] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)  # expression -> alias, over the texts
    faults: list[Fault] = field(default_factory=list)
    notices: list[Fault] = field(default_factory=list)  # of rows that are kept
    outputs: list[Output] = field(default_factory=list)
