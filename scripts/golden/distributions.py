"""Expected values of src/analysis/distributions, computed with mpmath at 320 digits.

Takes a minute. Run: python3 scripts/golden/distributions.py > src/analysis/distributions/distributions.golden.json
Made with mpmath 1.3.0 and scipy 1.17.1 (scipy only gives the starting points of the root searches).
"""

import json
import sys

import mpmath as mp
from scipy import special, stats

mp.mp.dps = 320


def number(value):
    return float(mp.mpf(value))


def rows(function, arguments):
    return [[*args, number(function(*map(mp.mpf, args)))] for args in arguments]


def log_grid(first, last, count):
    return [float(first * (last / first) ** (i / (count - 1))) for i in range(count)]


def normal_tail(z):
    return mp.erfc(z / mp.sqrt(2)) / 2


def beta_shares(x, y, a, b):
    """Lower and upper tail: a series of positive terms in the smaller of x and y, the rest by subtraction."""

    def lower(x, y, a, b):
        # I_x(a,b) = x^a y^b / (a B(a,b)) * Σ (a+b)_k / (a+1)_k x^k
        weight = mp.exp(a * mp.log(x) + b * mp.log(y) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b)) / a
        term = total = mp.mpf(1)
        k = 0
        while term > total * mp.mpf(10) ** -310:
            term *= (a + b + k) / (a + 1 + k) * x
            total += term
            k += 1
            if k > 10**6:
                raise ValueError((x, a, b))
        return weight * total

    if x < y:
        low = lower(x, y, a, b)
        return low, 1 - low
    high = lower(y, x, b, a)
    return 1 - high, high


def beta_cdf(x, a, b):
    return beta_shares(x, 1 - x, a, b)[0]


def student_tail(t, df):
    if t < 0:
        return 1 - student_tail(-t, df)
    return beta_shares(df / (df + t * t), t * t / (df + t * t), df / 2, mp.mpf(1) / 2)[0] / 2


def refined(cdf, density, p, start):
    """Newton in the logarithm of the tail, from a start that is already close."""
    x = mp.mpf(start)
    for _ in range(60):
        value = cdf(x)
        step = (mp.log(p) - mp.log(value)) * value / density(x)
        x += step
        if abs(step) < abs(x) * mp.mpf(10) ** -30:
            return x
    raise ValueError((p, start))


def beta_quantile(p, a, b):
    start = float(special.betaincinv(float(a), float(b), float(p)))
    log_b = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    density = lambda x: mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - log_b)
    if start < 1e-290:
        return mp.exp((mp.log(p) + mp.log(a) + log_b) / a)
    return refined(lambda x: beta_cdf(x, a, b), density, p, start)


def student_quantile(p, df):
    start = float(stats.t.ppf(float(p), float(df)))
    constant = mp.gamma((df + 1) / 2) / mp.gamma(df / 2) / mp.sqrt(df * mp.pi)
    density = lambda t: constant * mp.exp(-(df + 1) / 2 * mp.log1p(t * t / df))
    return refined(lambda t: student_tail(-t, df), density, p, start)


def normal_quantile(p):
    start = float(special.ndtri(float(p)))
    return refined(lambda z: normal_tail(-z), mp.npdf, p, start)


GAMMA_X = [1e-300, 1e-20, 1e-5, 0.01, 0.5, 0.9, 1.1, 1.9, 2.1, 3.5, 9.99, 10, 25.25, 171.6, 1e4, 123456.75, 1e9, 1e100]
Z = [-20, -8.5, -5, -3, -1.96, -1, -0.3, -1e-8, 0, 1e-8, 0.1, 0.7, 1.6449, 2.5, 3.5, 3.54, 5, 7, 10, 20, 30, 37.5]
P = [1e-300, 1e-100, 1e-20, 1e-9, 1e-4, 0.001, 0.01, 0.025, 0.074, 0.0751, 0.2, 0.4, 0.49, 0.51, 0.6, 0.924, 0.926, 0.975, 0.999, 0.999999]
SHAPES = [0.01, 0.3, 0.5, 1, 1.5, 4, 9.5, 10, 40, 300, 5000, 1e6]
PAIRS = [
    (0.01, 0.01), (0.01, 20), (0.5, 0.5), (0.5, 3), (1, 1), (2, 5), (9.5, 0.5), (10, 10), (12, 0.3), (3, 1e6), (1e6, 3),
    (150, 40), (1000, 1e5), (5e4, 5e4), (1e6, 2e6), (1e9, 1e9), (1e9, 2.5), (0.7, 1e12), (1e-5, 3),
]
DFS = [0.1, 0.5, 1, 1.5, 2, 3, 7.3, 30, 199.5, 5000, 1e6]


def around(a, b):
    """Places in the far and near tails and in the middle of a beta distribution."""
    mean = a / (a + b)
    sd = (mean * (b / (a + b)) / (a + b + 1)) ** 0.5
    places = [mean + k * sd for k in (-8, -3, -1, -0.1, 0.1, 1, 3, 8)] + [mean / 10, 1e-10, 0.5, 0.999]
    reach = 60 * sd if a + b > 1e4 else 1
    return sorted({x for x in places if 0 < x < 1 and abs(x - mean) < reach})


def beta_rows():
    out = []
    for a, b in PAIRS:
        if a + b > 4e6:
            continue
        for x in around(a, b):
            low, high = beta_shares(mp.mpf(x), 1 - mp.mpf(x), mp.mpf(a), mp.mpf(b))
            if low > mp.mpf(10) ** -290:
                out.append([x, a, b, number(low)])
    return out


def gamma_shares(x, shape):
    if shape <= 300:
        return mp.gammainc(shape, 0, x, regularized=True), mp.gammainc(shape, x, mp.inf, regularized=True)
    term = total = mp.mpf(1)
    k = 0
    while term > total * mp.mpf(10) ** -310:
        k += 1
        term *= x / (shape + k)
        total += term
    low = mp.exp(shape * mp.log(x) - x - mp.loggamma(shape + 1)) * total
    return low, 1 - low


def gamma_rows():
    out = []
    for shape in SHAPES:
        for factor in (1e-6, 0.1, 0.5, 1 - 3 / shape**0.5, 0.99, 1, 1.01, 1 + 3 / shape**0.5, 2, 8):
            x = shape * factor
            if x <= 0 or (shape > 1e5 and not 0.98 < factor < 1.02):
                continue
            low, high = gamma_shares(mp.mpf(x), mp.mpf(shape))
            if min(low, high) > mp.mpf(10) ** -290:
                out.append([x, shape, number(high)])
    return out


golden = {
    "versions": {"mpmath": mp.__version__, "python": sys.version.split()[0]},
    "erf": rows(mp.erf, [(x,) for x in [-5, -2.6, -1, -1e-9, 0, 1e-300, 1e-9, 0.3, 1, 2, 2.4999, 2.5, 3, 6]]),
    "erfc": rows(mp.erfc, [(x,) for x in [-6, -2.6, -1, 0, 0.3, 1, 2, 2.4999, 2.5, 2.6, 4, 10, 26]]),
    "normalCdf": rows(lambda z: normal_tail(-z), [(z,) for z in Z if z > -37]),
    "normalTail": rows(normal_tail, [(z,) for z in Z]),
    "normalQuantile": rows(normal_quantile, [(p,) for p in P]),
    "logGamma": rows(mp.loggamma, [(x,) for x in GAMMA_X]),
    "log1pGap": rows(lambda x: mp.log1p(x) - x, [(x,) for x in [-0.999, -0.51, -0.49, -0.1, -1e-3, -1e-9, 1e-12, 1e-4, 0.3, 0.499, 0.501, 7, 1e9]]),
    "logBeta": rows(
        lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
        [(a, b) for a in log_grid(1e-3, 1e12, 11) for b in log_grid(2e-3, 3e9, 11)],
    ),
    "gammaTail": gamma_rows(),
    "betaCdf": beta_rows(),
    "betaQuantile": rows(
        beta_quantile,
        [(p, a, b) for a, b in PAIRS if a + b <= 4e6 and min(a, b) >= 0.3 for p in (1e-30, 1e-6, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999)],
    ),
    "studentTail": rows(student_tail, [(t, df) for df in DFS for t in (-30, -2, -0.1, 0, 1e-6, 0.3, 1, 1.96, 2.6, 4, 9, 30)]),
    "studentQuantile": rows(student_quantile, [(p, df) for df in DFS for p in (1e-12, 0.0005, 0.025, 0.25, 0.45, 0.55, 0.9, 0.975, 0.99995)]),
    "chiSquaredTail": rows(
        lambda x, df: mp.gammainc(df / 2, x / 2, mp.inf, regularized=True),
        [(x, df) for df in (1, 2, 3, 10, 57, 400) for x in (1e-4, 0.5, 2, 3.841458820694124, 11, 60, 300, 900)],
    ),
}
# One list per line keeps differences readable.
text = ",\n".join(
    f'  "{name}": ' + (json.dumps(value) if name == "versions" else "[\n" + ",\n".join("    " + json.dumps(row) for row in value) + "\n  ]")
    for name, value in golden.items()
)
print("{\n" + text + "\n}")
