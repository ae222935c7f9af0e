"""XLSForm's expression language: relevance, constraints, calculations and piped labels.

    ${satisfaction} <= 2 and selected(${services_used}, 'hr')

`${name}` is the answer to a question and `.` the question's own value; numbers; 'text' or
"text"; `= != < <= > >=`, `and or`, `+ - * div mod`, unary minus, brackets; and the functions of
`functions.py`. An expression is compiled once per questionnaire version, through a tree of known
shapes to closures; nothing of it is ever run as Python.

Meaning: XPath 1.0 as ODK has it, which may surprise in three places. An unanswered question is
empty text, which as a number is NaN: `${n} < 3` is then false, and `${n} != 3` true. `= !=`
between two texts compare text, while `< <= > >=` compare numbers always. A date counts as days
from 1 January 1970, so that it compares with dates and with 'YYYY-MM-DD', and
`today() - ${start} > 30` asks for days.

Where it departs from XPath 1.0, on purpose:
- numbers are decimal, not binary: 0.1 + 0.2 = 0.3 holds;
- comparisons do not chain: `1 < ${n} < 5` is refused, since it asks something else;
- `regex()` matches the whole text by patterns that need no backtracking (`patterns.py`).

Limits: 2,000 characters, 300 parts, 25 levels of brackets (`lexer.py`, `parser.py`).
"""

from survey.domain.expressions.expression import (
    OWN_VALUE,
    Expression,
    compile_expression,
    literal_choices,
)
from survey.domain.expressions.template import Template, compile_template
from survey.domain.expressions.values import Value
from survey.errors import ExpressionFault

__all__ = [
    "OWN_VALUE",
    "Expression",
    "ExpressionFault",
    "Template",
    "Value",
    "compile_expression",
    "compile_template",
    "literal_choices",
]
