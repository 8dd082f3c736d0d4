"""Tables on screen: whole codes at every width, Chinese included; what does not fit is shown record by record."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from pipelines.cli.options import show_table

HEADER = ["场所编号", "method_code", "mass_kg", "说明"]
ROWS = [
    ["S28ba03e07011:DA001", "permit_report_automatic", 1234.5, "季度有效数据捕集率 44.7 % 低于规则集 HJ75-2017 的要求"],
    ["S28ba03e07011:DA002", "cems_substituted", None, None],
]


def shown(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    show_table(HEADER, ROWS, console, title="合计")
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [40, 60, 80, 120, 240])
def test_no_code_is_broken_and_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = shown(width)
    text = "\n".join(lines)
    for whole in ("S28ba03e07011:DA001", "permit_report_automatic", "cems_substituted", "1,234.5", "HJ75-2017", "合计"):
        assert whole in text
    assert max(cell_len(line) for line in lines) <= width


def test_a_wide_screen_has_a_table_and_a_narrow_one_records() -> None:
    assert any("┃" in line for line in shown(120))
    narrow = shown(60)
    assert not any("┃" in line for line in narrow)
    assert sum(line.startswith("场所编号") for line in narrow) == len(ROWS)
    assert sum(line.startswith("mass_kg") for line in narrow) == 1  # what is empty is left out
