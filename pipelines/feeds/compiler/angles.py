"""Angles written in degrees, minutes and seconds, as many permits do: 120°10′30″, 120度10分30秒.

Here: one pure function from text expression to SQL. Not here: decimals that mean minutes, which look like numbers and
are a person's matter (`identity/places`).
"""

from pipelines.feeds.compiler.expressions import quote

_FORM = (
    r"^(?:[东西]经|[南北]纬)?\s*([-+NSEWnsew]?)\s*(\d{1,3})\s*[°º度]"
    r"\s*(?:(\d{1,2}(?:\.\d+)?)\s*[′´’'分]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:″|”|\"|''|′′|’’|秒)\s*)?)?([NSEWnsew]?)$"
)
_NEGATIVE = r"^\s*[-SWsw]|[SWsw]\s*$|[西南]"


def degrees(text: str) -> str:
    """Degrees as DOUBLE, negative in the west and south; NULL for any other text, or from 60 minutes or seconds on."""
    match = f"regexp_extract({text}, {quote(_FORM)}, ['sign', 'd', 'm', 's', 'side'])"
    whole = f"try_cast({match}['d'] as double)"
    minutes, seconds = (f"coalesce(try_cast(nullif({match}['{part}'], '') as double), 0)" for part in "ms")
    sign = f"case when regexp_matches({text}, {quote(_NEGATIVE)}) then -1 else 1 end"
    value = f"{sign} * ({whole} + {minutes} / 60 + {seconds} / 3600)"
    return f"case when {minutes} < 60 and {seconds} < 60 then {value} end"
