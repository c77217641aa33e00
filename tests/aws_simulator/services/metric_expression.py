"""Metric maths: arithmetic, comparisons, and the few functions that alarms and dashboards commonly use.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. Anything else is refused, loudly.
"""
import ast
import math
import operator

from ..problems import AwsError

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
             ast.Pow: operator.pow}
COMPARISONS = {ast.Gt: operator.gt, ast.Lt: operator.lt, ast.GtE: operator.ge, ast.LtE: operator.le, ast.Eq: operator.eq,
               ast.NotEq: operator.ne}
FUNCTIONS = ("IF", "FILL", "ABS", "CEIL", "FLOOR", "SUM", "AVG", "MIN", "MAX")


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as why:
        raise AwsError("ValidationError", f"Error in expression {text!r}: {why.msg}", 400) from why


def names(text: str) -> set[str]:
    """The ids that the expression uses."""
    functions = {n.func.id for n in ast.walk(_parsed(text)) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return {n.id for n in ast.walk(_parsed(text)) if isinstance(n, ast.Name)} - functions - {"REPEAT"}


def evaluate(text: str, series: dict[str, dict[int, float]], start: float, end: float, period: int,
             begins: float = 0) -> dict[int, float]:
    """The expression's values by period, one of which begins at `begins`; a period in which something is missing or divided
    by zero has none."""
    first = int(math.floor((start - begins) / period) * period + begins)
    moments = list(range(first, math.ceil(end), period))
    value = _Evaluation(series, moments).of(_parsed(text))
    if not isinstance(value, dict):
        raise AwsError("ValidationError", f"The expression {text!r} is no time series", 400)
    return value


class _Evaluation:
    def __init__(self, series: dict, moments: list[int]):
        self.series, self.moments = series, moments

    def of(self, node):
        """A number, or values by moment."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            return float(node.value)
        if isinstance(node, ast.Name) and node.id in self.series:
            return self.series[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._combined(operator.mul, -1.0, self.of(node.operand))
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return self._combined(OPERATORS[type(node.op)], self.of(node.left), self.of(node.right))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
            compare = COMPARISONS[type(node.ops[0])]
            return self._combined(lambda a, b: float(compare(a, b)), self.of(node.left), self.of(node.comparators[0]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            return getattr(self, f"_{node.func.id.lower()}")(*node.args)
        raise AwsError("ValidationError", f"Unsupported in this simulator's metric math: {ast.unparse(node)}", 400)

    def _combined(self, function, left, right):
        if not isinstance(left, dict) and not isinstance(right, dict):
            return function(left, right)
        at = lambda value, moment: value.get(moment) if isinstance(value, dict) else value
        found = {}
        for moment in sorted(set(left if isinstance(left, dict) else right) | set(right if isinstance(right, dict) else left)):
            a, b = at(left, moment), at(right, moment)
            try:
                if a is not None and b is not None:
                    found[moment] = function(a, b)
            except ZeroDivisionError:
                pass
        return found

    def _if(self, condition, yes, no=None):
        condition, yes = self.of(condition), self.of(yes)
        no = self.of(no) if no is not None else {}
        at = lambda value, moment: value.get(moment) if isinstance(value, dict) else value
        chosen = {m: at(yes if at(condition, m) else no, m) for m in self.moments if at(condition, m) is not None}
        return {m: v for m, v in chosen.items() if v is not None}

    def _fill(self, series, filler):
        series = self.of(series)
        if isinstance(filler, ast.Name) and filler.id == "REPEAT":
            found, last = {}, None
            for moment in self.moments:
                last = series.get(moment, last)
                if last is not None:
                    found[moment] = last
            return found
        return {**{m: self.of(filler) for m in self.moments}, **series}

    def _each(self, function, value):
        value = self.of(value)
        return {m: function(v) for m, v in value.items()} if isinstance(value, dict) else function(value)

    def _abs(self, value):
        return self._each(abs, value)

    def _ceil(self, value):
        return self._each(lambda v: float(math.ceil(v)), value)

    def _floor(self, value):
        return self._each(lambda v: float(math.floor(v)), value)

    def _over(self, function, values):
        """Of an array of series, moment by moment; of one series, a number."""
        if isinstance(values[0], ast.List):
            series = [self.of(item) for item in values[0].elts]
            moments = sorted(set().union(*series))
            return {m: function([s[m] for s in series if m in s]) for m in moments}
        return function(list(self.of(values[0]).values()) or [math.nan])

    def _sum(self, *values):
        return self._over(sum, values)

    def _avg(self, *values):
        return self._over(lambda v: sum(v) / len(v), values)

    def _min(self, *values):
        return self._over(min, values)

    def _max(self, *values):
        return self._over(max, values)
