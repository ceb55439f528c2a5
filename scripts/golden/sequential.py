"""Expected values of the sequential tests in src/analysis, computed from their definitions.

Run: python3 scripts/golden/sequential.py > src/analysis/stats/sequential.golden.json
Made with numpy 2.4.6 and scipy 1.17.1.
"""

import json
import sys

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq, isotonic_regression
from scipy.special import betaln, logsumexp
from scipy.stats import binom, poisson


def log_mean(values):
    return float(logsumexp(values) - np.log(len(values)))


def poisson_above(exposure, hits, limit):
    alternatives = limit * np.geomspace(1.2, 100, 16)
    at = lambda rate: poisson.logpmf(hits, rate * exposure)
    return log_mean([at(rate) - at(limit) for rate in alternatives])


BELOW = [(0, 0.05), (0.18, 0.6), (0.4, 0.2), (0.65, 0.15)]


def poisson_below(exposure, hits, limit):
    at = lambda rate: poisson.logpmf(hits, rate * exposure)
    return float(logsumexp([at(share * limit) - at(limit) for share, _ in BELOW], b=[weight for _, weight in BELOW]))


def binomial_below(trials, hits, limit):
    at = lambda rate: binom.logpmf(hits, trials, rate)
    return float(logsumexp([at(share * limit) - at(limit) for share, _ in BELOW], b=[weight for _, weight in BELOW]))


def ratio_interval(n, x, m, y, cluster):
    """Ends of {ratio: log mixture against it < cluster * ln 20}; the mixture by numerical integration over θ."""

    def log_mixture():
        top = (x + 0.0) / (x + y) if x + y else 0.5
        peak = binom.logpmf(x, x + y, min(max(top, 1e-9), 1 - 1e-9))
        density = lambda t: np.exp(binom.logpmf(x, x + y, np.sin(t) ** 2) - peak) * 2 / np.pi
        # θ = sin² t makes the beta(½, ½) density even in t.
        width = np.arcsin(np.sqrt(top))
        spans = sorted({0.0, max(0.0, width - 0.2), width, min(np.pi / 2, width + 0.2), np.pi / 2})
        return peak + np.log(sum(quad(density, a, b, epsabs=1e-14, epsrel=1e-12)[0] for a, b in zip(spans, spans[1:])))

    mixture = log_mixture()
    limit = cluster * np.log(20)
    share = lambda log_ratio: 1 / (1 + np.exp(-(log_ratio + np.log(n / m))))
    excess = lambda log_ratio: mixture - binom.logpmf(x, x + y, share(log_ratio)) - limit
    middle = np.log(max(x, 1e-6) / n) - np.log(max(y, 1e-6) / m)
    low = 0.0 if x == 0 else float(np.exp(brentq(excess, middle - 30, middle, xtol=1e-13)))
    high = None if y == 0 else float(np.exp(brentq(excess, middle, middle + 30, xtol=1e-13)))
    return {"low": low, **({} if high is None else {"high": high})}


def mismatch(planned, candidate, control):
    logs = []
    for concentration in [10, 100, 1_000, 10_000, 100_000]:
        a, b = concentration * planned, concentration * (1 - planned)
        logs.append(
            betaln(a + candidate, b + control)
            - betaln(a, b)
            - candidate * np.log(planned)
            - control * np.log1p(-planned)
        )
    return log_mean(logs)


def quantile_reach(n, q, error):
    spread = (1.4 * np.log(np.log(2.1 * n)) + np.log(10 / error)) / n
    return float(1.5 * np.sqrt(q * (1 - q) * spread) + 0.8 * spread)


FROM = 120
COUNTS = np.array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 1, 1, 2, 2, 0, 3, 2, 2, 2, 3, 4, 3, 1, 2, 7, 2, 3, 3, 4, 5, 6, 6, 6, 3, 7, 10, 7, 6, 11, 5, 5, 6, 6, 9, 7, 4, 7, 9, 7, 9, 6, 10, 5, 13, 5, 13, 9, 8, 16, 14, 8, 18, 18, 11, 13, 11, 10, 7, 13, 10, 7, 5, 9, 8, 5, 5, 8, 7, 8, 6, 7, 4, 5, 5, 7, 9, 3, 8, 4, 2, 7, 4, 5, 2, 0, 5, 1, 6, 2, 3, 3, 4, 3, 4, 0, 1, 0, 2, 0, 0, 3, 2, 1, 0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1])
CANDIDATE = [[158, 1], [172, 1], [173, 1], [193, 1], [200, 1], [206, 2], [214, 1], [223, 1], [225, 1], [230, 1], [238, 1]]
CONTROL = [[133, 1], [164, 2], [178, 1], [180, 2], [186, 1], [188, 1], [189, 1], [191, 1], [197, 1], [198, 2], [199, 1], [200, 1], [202, 4], [208, 1], [210, 1], [211, 2], [215, 2], [217, 1], [220, 1], [222, 1], [223, 2], [226, 1], [229, 3], [231, 1], [232, 1], [237, 1], [240, 1], [246, 1], [253, 1]]
PER_DOUBLING = 32
SLOWDOWNS = [(f, 1) for f in [1.04, 1.08, 1.15, 1.3, 1.8, 3]]
SLOWDOWNS += [(3, tail) for tail in [0.1, 0.05, 0.02, 0.01]] + [(1.4, tail) for tail in [0.1, 0.05, 0.02, 0.01]] + [(1000, 0.1)]


def quantile_bucket(q):
    return int(np.argmax((np.cumsum(COUNTS) >= q * COUNTS.sum()) & (np.cumsum(COUNTS) > 0)))


def smooth():
    """Silverman's reach, then two passes of a moving mean; probabilities of buckets up to each."""
    size, places = COUNTS.sum(), np.arange(len(COUNTS))
    mean = (COUNTS * places).sum() / size
    deviation = np.sqrt((COUNTS * (places - mean) ** 2).sum() / size)
    spread = min(deviation, (quantile_bucket(0.75) - quantile_bucket(0.25)) / 1.34)
    reach = int(np.floor(0.9 * spread * size**-0.2 + 0.5))
    box = np.ones(2 * reach + 1) / (2 * reach + 1)
    density = np.convolve(np.convolve(COUNTS / size, box), box)
    return FROM - 2 * reach + np.arange(len(density)), np.cumsum(density) / density.sum()


def harm(shift, collapse=None):
    """Each slowdown's term: the counts' log scores, which are isotonic ratios to the mixture of both beliefs."""
    buckets, cumulative = smooth()
    low, high = FROM + quantile_bucket(0.0005) + shift, FROM + quantile_bucket(0.9995) + shift
    first = max(low, low if collapse is None else collapse)
    step = max(1, int(np.ceil(max(0, high - first) / 32)))
    edges = first + step * np.arange(int(np.ceil(max(0, high - first) / step)) + 1)
    up_to = lambda by: np.append(
        np.interp(edges - by, np.concatenate(([buckets[0] - 1], buckets)), np.concatenate(([0], cumulative)), left=0, right=1), 1
    )
    doubt = 1 / (COUNTS.sum() + 1)
    mass = lambda upto: (1 - doubt) * np.diff(upto, prepend=0) + doubt / len(upto)
    place = lambda index: min(max(int(np.ceil((index - first) / step)), 0), len(edges))
    slow, fast = np.zeros(len(edges) + 1), np.zeros(len(edges) + 1)
    for index, count in CANDIDATE:
        slow[place(index)] += count
    for index, count in CONTROL:
        fast[place(index + shift)] += count
    share = slow.sum() / (slow.sum() + fast.sum())
    terms = []
    for factor, tail in SLOWDOWNS:
        slowed = up_to(shift + np.log2(factor) * PER_DOUBLING)
        if tail < 1:
            slowed = np.minimum(up_to(shift), 1 - tail) + np.maximum(0, slowed - (1 - tail))
        mixture = share * mass(slowed) + (1 - share) * mass(up_to(shift))
        score = isotonic_regression(mass(slowed) / mixture, weights=mixture).x
        stake = np.minimum(share * score, 0.98)
        terms.append(float((slow * np.log(stake / share) + fast * np.log((1 - stake) / (1 - share))).sum()))
    return terms


json.dump(
    {
        "rateAbove": [
            [*row, poisson_above(*row)]
            for row in [[120.5, 3, 0.01], [600.0, 25, 0.02], [30.0, 90, 1.0], [10.0, 0, 0.5], [3600.0, 7000, 2.0]]
        ],
        "rateBelow": [
            [*row, poisson_below(*row)]
            for row in [[120.5, 0, 0.05], [600.0, 5, 0.02], [30.0, 9, 1.0], [10.0, 40, 0.5], [3600.0, 7000, 2.0]]
        ],
        "below": [[*row, binomial_below(*row)] for row in [[2500, 0, 0.002], [2500, 1, 0.002], [200, 9, 0.1]]],
        "ratioInterval": [
            {"counts": row, **ratio_interval(*row)}
            for row in [
                [2000, 20, 18000, 20, 1.0],
                [2000, 5, 18000, 0, 1.0],
                [2000, 0, 18000, 40, 1.0],
                [500, 400, 500, 390, 1.0],
                [12.5, 3, 237.5, 80, 1.0],
                [2000, 20, 18000, 20, 4.5],
                [100000, 60000, 900000, 500000, 1.0],
            ]
        ],
        "mismatch": [
            [*row, mismatch(*row)]
            for row in [[0.1, 118, 882], [0.1, 0, 100], [0.5, 5000, 5200], [0.01, 30, 970], [0.25, 250, 750], [0.05, 1, 0]]
        ],
        "harm": harm(2),
        "harmAbove210": harm(2, 210),
        "quantileReach": [[*row, quantile_reach(*row)] for row in [[100, 0.5, 0.025], [2400, 0.5, 0.025], [5000, 0.99, 0.025]]],
    },
    sys.stdout,
    indent=1,
)
print()
