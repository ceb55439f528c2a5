"""Expected values of src/analysis/score.

Run: python3 scripts/golden/score.py > src/analysis/score/score.golden.json
Made with scipy 1.17.1 and numpy 2.4.6, seed 20260401.

`quantiles`, `rankTests` come from numpy and scipy alone. `crossings` are found by trying every difference
between two values, without a root finder. `judgements` run the definition step by step over scipy's ranks
and a root finder of their own, which follows the C code of R's zeroin.
"""

import json
import math
import platform

import numpy as np
import scipy
from scipy import stats

random = np.random.default_rng(20260401)
Z98 = -stats.norm.ppf((1 - 0.98) / 2)


def sample(size, kind, scale):
    if kind == "smooth":
        return scale * (1 + 0.2 * random.standard_normal(size))
    if kind == "tied":
        return scale * random.integers(0, 5, size)
    if kind == "sparse":
        return np.where(random.random(size) < 0.8, 0.0, scale * random.random(size))
    return scale * random.lognormal(0, 1.2, size)


def short(values):
    return [float(f"{v:.5g}") for v in values]


def score_at(shift, x, y):
    n, m = len(x), len(y)
    with np.errstate(all="ignore"):
        ranks = stats.rankdata(np.concatenate([np.asarray(x) - shift, y]))
    excess = ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2
    counts = np.unique(ranks, return_counts=True)[1].astype(float)
    ties = (counts**3 - counts).sum()
    sigma = math.sqrt(n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1))))
    if sigma == 0:
        raise ZeroDivisionError
    return (excess - math.copysign(0.5, excess) * (excess != 0)) / sigma


def zeroin(f, a, b, fa, fb):
    if fa == 0:
        return a
    if fb == 0:
        return b
    c, fc = a, fa
    for _ in range(1001):
        previous = b - a
        if abs(fc) < abs(fb):
            a, b, c = b, c, b
            fa, fb, fc = fb, fc, fb
        tolerance = 2 * np.finfo(float).eps * abs(b) + 1e-4 / 2
        step = (c - b) / 2
        if abs(step) <= tolerance or fb == 0:
            return b
        if abs(previous) >= tolerance and abs(fa) > abs(fb):
            width = c - b
            if a == c:
                t1 = fb / fa
                p, q = width * t1, 1 - t1
            else:
                q, t1, t2 = fa / fc, fb / fc, fb / fa
                p = t2 * (width * q * (q - t1) - (b - a) * (t1 - 1))
                q = (q - 1) * (t1 - 1) * (t2 - 1)
            if p > 0:
                q = -q
            else:
                p = -p
            if p < 0.75 * width * q - abs(tolerance * q) / 2 and p < abs(previous * q / 2):
                step = p / q
        if abs(step) < tolerance:
            step = tolerance if step > 0 else -tolerance
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0 and fc > 0) or (fb < 0 and fc < 0):
            c, fc = a, fa
    return b


def limits(x, y):
    lowest, highest = min(x) - max(y), max(x) - min(y)

    def root(level, bounded=True):
        f = lambda shift: score_at(shift, x, y) - level
        fa, fb = f(lowest), f(highest)
        if bounded and fa <= 0:
            return lowest
        if bounded and fb >= 0:
            return highest
        return zeroin(f, lowest, highest, fa, fb)

    return root(Z98), root(-Z98), root(0, bounded=False)


def cleaned(values, options):
    if options.get("nanStrategy") == "replace":
        values = [0.0 if v is None else v for v in values]
    else:
        values = [v for v in values if v is not None]
    outliers = options.get("outliers", {})
    if outliers.get("strategy") != "remove" or not values:
        return values
    p1, q1, q3, p99 = np.quantile(values, [0.01, 0.25, 0.75, 0.99])
    reach = outliers.get("outlierFactor", 3) * (q3 - q1)
    return [v for v in values if min(p1, q1 - reach) <= v <= max(p99, q3 + reach)]


def judged(control, candidate, options):
    y, x = cleaned(control, options), cleaned(candidate, options)
    answer = lambda label, critical=False, deviation=1.0, **more: dict(label=label, critical=critical, deviation=deviation, **more)
    critical = options.get("critical", False)
    if not x or not y:
        if options.get("nanStrategy") == "replace":
            return answer("Pass")
        if options.get("mustHaveData", False) and not critical:
            return answer("NodataFailMetric")
        return answer("Nodata", critical)
    if sorted(x) == sorted(y) or len(set(x) | set(y)) == 1:
        return answer("Pass")
    assert len(set(x)) > 1 or len(set(y)) > 1, "noise is not for golden values"
    low, high, estimate = limits(x, y)
    bound = 0.25 * abs(estimate)
    means = float(np.mean(x)), float(np.mean(y))
    ratio = math.nan if 0 in means else means[0] / means[1]
    effects = options.get("effectSize", {})
    is_cles = effects.get("measure") == "cles"
    none = 0.5 if is_cles else 1.0
    effect = stats.mannwhitneyu(x, y).statistic / (len(x) * len(y)) if is_cles else ratio
    at_least = lambda name: math.isnan(effect) or effect >= effects.get(name, none)
    at_most = lambda name: math.isnan(effect) or effect <= effects.get(name, none)
    direction = options.get("direction", "either")
    label, is_critical = "Pass", False
    if direction != "decrease" and low > bound and at_least("allowedIncrease"):
        label, is_critical = "High", critical and at_least("criticalIncrease")
    elif direction != "increase" and high < -bound and at_most("allowedDecrease"):
        label, is_critical = "Low", critical and at_most("criticalDecrease")
    return answer(label, is_critical, ratio, low=low, high=high, estimate=estimate, effect=effect)


def written(value):
    if isinstance(value, dict):
        return {key: written(one) for key, one in value.items()}
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) else float(value)
    return value


KINDS = ["smooth", "tied", "sparse", "heavy"]

quantiles = []
for size in [1, 2, 3, 7, 40]:
    values = short(sample(size, "heavy", 3.0))
    quantiles.append([values, [[p, float(np.quantile(values, p))] for p in [0, 0.01, 0.25, 0.5, 0.75, 0.99, 1]]])

rank_tests = []
for index in range(16):
    kind = KINDS[index % 4]
    x = short(sample(int(random.integers(2, 25)), kind, 2.0))
    y = short(sample(int(random.integers(2, 25)), kind, 2.0))
    test = stats.mannwhitneyu(x, y, alternative="two-sided", method="asymptotic", use_continuity=True)
    rank_tests.append(dict(x=x, y=y, u=float(test.statistic), p=float(test.pvalue)))

crossings = []
for size in [6, 12, 30]:
    x, y = short(sample(size, "smooth", 1000.0)), short(sample(size + 3, "smooth", 900.0))
    steps = sorted({a - b for a in x for b in y})
    # Between two neighbouring differences the statistic does not change.
    between = [(a + b) / 2 for a, b in zip(steps, steps[1:])]
    first = lambda level: next(a for a, mid in zip(steps[1:-1], between[1:]) if score_at(mid, x, y) <= level)
    crossings.append(dict(x=x, y=y, z=Z98, low=first(Z98), high=first(-Z98)))

OPTIONS = [
    {},
    {"direction": "increase", "critical": True},
    {"direction": "decrease"},
    {"nanStrategy": "replace", "outliers": {"strategy": "remove"}},
    {"outliers": {"strategy": "remove", "outlierFactor": 1.5}, "critical": True},
    {"effectSize": {"measure": "cles", "allowedIncrease": 0.8, "allowedDecrease": 0.2}},
    {"effectSize": {"allowedIncrease": 1.2, "allowedDecrease": 0.8, "criticalIncrease": 1.5, "criticalDecrease": 0.6}, "critical": True},
]
judgements = []
for index in range(56):
    kind, options = KINDS[index % 4], OPTIONS[index % 7]
    scale = [1.0, 250.0, 1e-3, 1e6][index // 14]
    factor = [1.0, 0.3, 1.25, 3.0][(index // 4) % 4]
    control = short(sample(int(random.integers(8, 30)), kind, scale))
    candidate = short(sample(int(random.integers(8, 30)), kind, scale * factor))
    if index % 5 == 0:
        control[1] = None
    judgements.append(dict(control=control, candidate=candidate, options=options, expected=judged(control, candidate, options)))

versions = {"scipy": scipy.__version__, "numpy": np.__version__, "python": platform.python_version()}
print(json.dumps(written(dict(versions=versions)) | dict(
    quantiles=quantiles,
    rankTests=rank_tests,
    crossings=crossings,
    judgements=[written(one) for one in judgements],
)))
