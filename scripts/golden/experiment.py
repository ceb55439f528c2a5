"""Expected values of src/analysis/experiment, computed with SciPy and NumPy, not with formulas of the product.

Run: python3 scripts/golden/experiment.py > src/analysis/experiment/experiment.golden.json
Made with scipy 1.17.1 and numpy 2.4.6.
"""

import json
import math
import sys

import numpy as np
import scipy
from numpy.polynomial.legendre import leggauss
from scipy import optimize, stats

rng = np.random.default_rng(20)
Z = stats.norm


def rounded(values):
    return [round(float(v), 3) for v in values]


def welch():
    cases = []
    for n_a, n_b, shift, spread in [(5, 7, 0.4, 1), (12, 30, 1.5, 3), (2, 2, 1, 1), (200, 150, 0.2, 0.5)]:
        a = rounded(rng.normal(10, 1, n_a))
        b = rounded(rng.normal(10 + shift, spread, n_b))
        for alternative, scipys in [("two-sided", "two-sided"), ("higher", "greater"), ("lower", "less")]:
            test = stats.ttest_ind(b, a, equal_var=False, alternative=scipys)
            ci = test.confidence_interval(0.95)
            cases.append(
                {
                    "control": a,
                    "candidate": b,
                    "alternative": alternative,
                    "statistic": test.statistic,
                    "degreesOfFreedom": test.df,
                    "pValue": test.pvalue,
                    "interval": [None if math.isinf(x) else x for x in (ci.low, ci.high)],
                    "estimate": float(np.mean(b) - np.mean(a)),
                }
            )
    return cases


def relative():
    """The delta method by its gradient: (m_b - m_a) / |m_a|."""
    cases = []
    for sign in (1, -1):
        a = np.array(rounded(sign * rng.normal(10, 2, 40)))
        b = np.array(rounded(sign * rng.normal(11, 3, 60)))
        m_a, m_b = a.mean(), b.mean()
        v_a, v_b = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
        gradient = np.array([-m_b / (m_a * abs(m_a)), 1 / abs(m_a)])
        se = math.sqrt(gradient @ np.diag([v_a, v_b]) @ gradient)
        estimate = (m_b - m_a) / abs(m_a)
        df = (v_a + v_b) ** 2 / (v_a**2 / (len(a) - 1) + v_b**2 / (len(b) - 1))
        reach = stats.t.ppf(0.975, df) * se
        cases.append(
            {
                "control": a.tolist(),
                "candidate": b.tolist(),
                "estimate": estimate,
                "interval": [estimate - reach, estimate + reach],
                "pValue": 2 * stats.t.sf(abs(estimate / se), df),
            }
        )
    return cases


TABLES = [(8, 50, 20, 60), (120, 1000, 150, 1010), (0, 40, 9, 45), (300, 300, 280, 300), (5000, 1000000, 5300, 1000000), (7, 12, 1, 9)]


def wilson(s, n, level):
    ci = stats.binomtest(s, n).proportion_ci(level, method="wilson")
    return ci.low, ci.high


def proportions():
    cases = []
    for s_a, n_a, s_b, n_b in TABLES:
        p_a, p_b, pooled = s_a / n_a, s_b / n_b, (s_a + s_b) / (n_a + n_b)
        z = (p_b - p_a) / math.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
        se = math.sqrt(p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b)
        reach = Z.ppf(0.975) * se
        (l_a, u_a), (l_b, u_b) = wilson(s_a, n_a, 0.95), wilson(s_b, n_b, 0.95)
        d = p_b - p_a
        table = [[n_a - s_a, s_a], [n_b - s_b, s_b]]
        chi = stats.chi2_contingency(table, correction=False)
        fisher = {
            "two-sided": stats.fisher_exact(table, "two-sided").pvalue,
            "higher": stats.fisher_exact(table, "greater").pvalue,
            "lower": stats.fisher_exact(table, "less").pvalue,
        }
        cases.append(
            {
                "control": {"successes": s_a, "trials": n_a},
                "candidate": {"successes": s_b, "trials": n_b},
                "estimate": d,
                "statistic": z,
                "pValue": 2 * Z.sf(abs(z)),
                "higher": Z.sf(z),
                "unpooled": [d - reach, d + reach],
                "wilson": [l_a, u_a],
                "newcombe": [d - math.hypot(p_b - l_b, u_a - p_a), d + math.hypot(u_b - p_b, p_a - l_a)],
                "chiSquared": [chi.statistic, chi.dof, chi.pvalue],
                "fisher": fisher,
                "margin": Z.sf((d + 0.05) / se),
            }
        )
    return cases


def outcomes():
    cases = []
    for control, candidate in [([10, 20, 30], [15, 15, 40]), ([100, 50, 0, 25], [80, 60, 0, 41]), ([9000, 800, 200], [9100, 700, 200])]:
        keep = [i for i in range(len(control)) if control[i] + candidate[i] > 0]
        chi = stats.chi2_contingency([[control[i] for i in keep], [candidate[i] for i in keep]], correction=False)
        total = sum(control) + sum(candidate)
        cases.append(
            {"control": control, "candidate": candidate, "statistic": chi.statistic, "degreesOfFreedom": chi.dof,
             "pValue": chi.pvalue, "estimate": math.sqrt(chi.statistic / total)}
        )
    return cases


def ratio():
    """Totals over totals; the variance of the ratio by the gradient of Σy/Σx in both means."""
    arms = []
    for lift in (1, 1.15):
        x = rng.poisson(5, 80) + 1
        y = np.round(x * rng.gamma(2, 0.5, 80) * lift, 3)
        arms.append((x, y))
    parts = []
    for x, y in arms:
        cov = np.cov(np.vstack([x, y])) / len(x)
        gradient = np.array([-y.mean() / x.mean() ** 2, 1 / x.mean()])
        parts.append((y.sum() / x.sum(), float(gradient @ cov @ gradient), len(x) - 1))
    (r_a, v_a, f_a), (r_b, v_b, f_b) = parts
    df = (v_a + v_b) ** 2 / (v_a**2 / f_a + v_b**2 / f_b)
    t = (r_b - r_a) / math.sqrt(v_a + v_b)
    reach = stats.t.ppf(0.975, df) * math.sqrt(v_a + v_b)
    return {
        "control": {"x": arms[0][0].tolist(), "y": arms[0][1].tolist()},
        "candidate": {"x": arms[1][0].tolist(), "y": arms[1][1].tolist()},
        "estimate": r_b - r_a,
        "interval": [r_b - r_a - reach, r_b - r_a + reach],
        "pValue": 2 * stats.t.sf(abs(t), df),
    }


def cuped():
    """θ is the slope of a regression of y on x with one intercept for each arm: least squares gives it."""
    arms = []
    for lift, n in ((0, 60), (0.5, 90)):
        x = np.round(rng.normal(20, 4, n), 3)
        y = np.round(0.7 * x + rng.normal(lift, 2, n), 3)
        arms.append((x, y))
    x = np.concatenate([a[0] for a in arms])
    y = np.concatenate([a[1] for a in arms])
    arm = np.concatenate([np.zeros(60), np.ones(90)])
    theta = np.linalg.lstsq(np.column_stack([x, arm, np.ones_like(x)]), y, rcond=None)[0][0]
    a, b = [y - theta * (x - np.concatenate([arms[0][0], arms[1][0]]).mean()) for x, y in arms]
    test = stats.ttest_ind(b, a, equal_var=False)
    ci = test.confidence_interval(0.95)
    before = arms[0][1].var(ddof=1) / 60 + arms[1][1].var(ddof=1) / 90
    after = a.var(ddof=1) / 60 + b.var(ddof=1) / 90
    return {
        "control": {"x": arms[0][0].tolist(), "y": arms[0][1].tolist()},
        "candidate": {"x": arms[1][0].tolist(), "y": arms[1][1].tolist()},
        "theta": theta,
        "estimate": b.mean() - a.mean(),
        "interval": [ci.low, ci.high],
        "pValue": test.pvalue,
        "varianceReduction": 1 - after / before,
    }


def bounds(fractions, alpha, sides, spend):
    """Armitage, McPherson and Rowe with 400 Gauss–Legendre nodes over the whole region."""
    x, w = leggauss(400)
    level = alpha / sides
    result, nodes, mass, before, spent = [], np.array([0.0]), np.array([1.0]), 0.0, 0.0
    for t in fractions:
        step = math.sqrt(t - before)
        due = spend(t, level)
        crossing = lambda b: float(np.sum(mass * Z.sf((b * math.sqrt(t) - nodes * math.sqrt(before)) / step)))
        bound = optimize.brentq(lambda b: crossing(b) - (due - spent), -9, 12, xtol=1e-13)
        result.append(bound)
        low, high = (-min(bound, 9) if sides == 2 else -9), min(bound, 9)
        z, weight = (high - low) / 2 * x + (high + low) / 2, (high - low) / 2 * w
        density = np.array([np.sum(mass * Z.pdf((v * math.sqrt(t) - nodes * math.sqrt(before)) / step)) for v in z])
        nodes, mass, before, spent = z, weight * density * math.sqrt(t) / step, t, due
    return result


def group_sequential():
    spendings = {
        "obrienFleming": lambda t, a: 2 * Z.sf(Z.isf(a / 2) / math.sqrt(t)),
        "pocock": lambda t, a: a * math.log(1 + (math.e - 1) * t),
        "power": lambda t, a: a * t**2,
    }
    schedules = [[0.2, 0.4, 0.6, 0.8, 1], [0.1, 0.15, 0.5, 1], [0.5], [1]]
    return [
        {"spending": name, "fractions": fractions, "alpha": alpha, "sides": sides, "bounds": bounds(fractions, alpha, sides, spend)}
        for name, spend in spendings.items()
        for fractions in schedules
        for alpha, sides in [(0.05, 2), (0.025, 1), (0.01, 2)]
    ]


def adjust():
    cases = []
    for p in [[0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.001, 0.9, 0.05, 0.049], [0, 1, 0.5]]:
        order = np.argsort(p)
        holm = np.empty(len(p))
        holm[order] = np.minimum(1, np.maximum.accumulate(np.sort(p) * (len(p) - np.arange(len(p)))))
        cases.append(
            {
                "pValues": p,
                "benjaminiHochberg": stats.false_discovery_control(p).tolist(),
                "holm": holm.tolist(),
                "bonferroni": np.minimum(1, np.array(p) * len(p)).tolist(),
            }
        )
    return cases


def asymptotic():
    """Widths as in GrowthBook's description of Waudby-Smith et al.; the p-value is the level at which 0 leaves."""
    cases = []
    for n, tuning, alpha, estimate, se in [(1000, 5000, 0.05, 0.1, 0.03), (20000, 5000, 0.01, -0.02, 0.01), (100, 200, 0.1, 1, 0.2)]:
        rho = math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / tuning)
        s2, g = n * se**2, n * rho**2 + 1
        two = lambda a: math.sqrt(s2) * math.sqrt(2 * g / (n * rho) ** 2 * math.log(math.sqrt(g) / a))
        one = lambda a: math.sqrt(s2 * 2 * g / (n * rho) ** 2 * math.log(1 + math.sqrt(g) / (2 * a)))
        level = lambda width, size: math.exp(optimize.brentq(lambda a: width(math.exp(a)) - size, -200, math.log(g) / 2 - 1e-12, xtol=1e-14)) if size > 0 else 1
        cases.append(
            {
                "samples": n,
                "tuning": tuning,
                "alpha": alpha,
                "estimate": estimate,
                "standardError": se,
                "twoSided": two(alpha),
                "oneSided": one(alpha),
                "pValue": min(1, level(two, abs(estimate))),
                "higher": min(1, level(one, estimate)),
            }
        )
    return cases


def planning():
    """statsmodels' zt_ind_solve_power and Cohen's examples use the same normal approximation."""
    z = Z.ppf(0.975) + Z.ppf(0.8)
    return {
        "means": {"effect": 0.5, "variance": 1, "perArm": math.ceil(z**2 * 2 / 0.25)},
        "proportions": {"from": 0.1, "to": 0.12, "perArm": math.ceil(z**2 * (0.1 * 0.9 + 0.12 * 0.88) / 0.02**2)},
        "power": {"effect": 0.3, "se": 0.1, "power": Z.sf(Z.ppf(0.975) - 3) + Z.sf(Z.ppf(0.975) + 3)},
    }


def sample_ratio():
    return [
        {"control": a, "candidate": b, "expected": share, "pValue": stats.chisquare([a, b], [(a + b) * (1 - share), (a + b) * share]).pvalue}
        for a, b, share in [(1000, 1050, 0.5), (9000, 1100, 0.1), (500, 700, 0.5), (8, 9, 0.5)]
    ]


def plain(value):
    return value.item() if isinstance(value, np.generic) else value


golden = {
    "versions": {"scipy": scipy.__version__, "numpy": np.__version__, "python": sys.version.split()[0]},
    "welch": welch(),
    "relative": relative(),
    "proportions": proportions(),
    "outcomes": outcomes(),
    "ratio": ratio(),
    "cuped": cuped(),
    "groupSequential": group_sequential(),
    "adjust": adjust(),
    "asymptotic": asymptotic(),
    "planning": planning(),
    "sampleRatio": sample_ratio(),
}
print(json.dumps(golden, default=plain, indent=1))
