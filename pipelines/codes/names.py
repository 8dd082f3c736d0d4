"""Names as a grammar: the one fault that can be seen in a name itself.

Here: names that an export cut off. Not here: comparing names (`identity`).
"""

from pipelines.codes.grammar import Grammar, matches

NAME = Grammar(name="name", repairs=(), rules=(matches("name_cut", r"(?s:.*)(\.\.|…)"),))
