#!/usr/bin/env python3
"""Writes Tests/SpecialFunctionsTests/ReferenceValues.swift: values of the special functions.

Each argument is a double; each value is computed by mpmath with 420 digits, more than 1 + exp(-800)
needs to keep its last, then rounded once to a double.

Run from the root of the repository, with mpmath installed:

    python3 scripts/reference/special_functions.py
"""

from pathlib import Path

from mpmath import erfc, erfinv, exp, gammainc, log, mp, mpf, sqrt

mp.dps = 420

TARGET = Path("Tests/SpecialFunctionsTests/ReferenceValues.swift")

PREDICTORS = [
    -800.0, -745.0, -709.5, -300.25, -100.1, -40.3, -37.0, -20.7, -5.3, -1.1, -0.3, -1e-3, -1e-9,
    -1e-300, 0.0, 1e-300, 1e-9, 1e-3, 0.3, 1.1, 5.3, 20.7, 36.9, 37.0, 40.3, 100.1, 709.5, 800.0,
]
PROBABILITIES = [
    2.0**-1074, 2.0**-1030, 1e-300, 1e-100, 1e-30, 1e-17, 1e-10, 1e-5, 0.001, 0.02, 0.05, 0.07425,
    0.0751, 0.2, 0.25, 0.3, 0.4, 0.49, 0.499999, 0.4999999999999999, 0.5, 0.5000000000000001,
    0.500001, 0.51, 0.6, 0.75, 0.8, 0.925, 0.95, 0.975, 0.999, 0.99999, 0.9999999999, 1 - 2.0**-53,
]
DEVIATES = [
    -38.4, -37.5, -30.3, -20.7, -13.1, -8.3, -5.9, -3.3, -1.96, -1.42, -1.4, -0.7, -0.1, -1e-10,
    0.0, 1e-10, 0.1, 0.7, 1.4, 1.96, 3.3, 5.9, 8.3, 20.7,
]
# Shapes of the incomplete gamma function; each meets its mean times these ratios.
SHAPES = [0.5, 1.0, 1.5, 2.0, 3.5, 10.0, 49.5, 100.0, 100.5, 101.0, 250.0, 2500.0, 5000.5]
RATIOS = [1e-3, 0.1, 0.5, 0.9, 0.99, 1.0, 1.01, 1.1, 1.5, 2.0, 5.0, 20.0, 100.0, 1000.0]


def log1p_exp(x):
    return log(1 + exp(x))


def logistic(x):
    return 1 / (1 + exp(-x))


def logit(p):
    return log(p / (1 - p))


def normal_cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def normal_quantile(p):
    """Newton's method on log of the lower tail, from the right of the root."""
    if p > mpf(1) / 2:
        return -normal_quantile(1 - p)
    if p == mpf(1) / 2:
        return mpf(0)
    x = -sqrt(-2 * log(2 * p)) if p < 0.1 else sqrt(mpf(2)) * erfinv(2 * p - 1)
    for _ in range(60):
        tail = normal_cdf(x)
        step = (log(tail) - log(p)) * tail * sqrt(2 * mp.pi) * exp(x * x / 2)
        x -= step
        if abs(step) <= abs(x) * mpf(10) ** -60:
            return x
    raise ArithmeticError(f"no convergence at {p}")


def literal(value):
    """Swift refuses a subnormal written in decimal: it has lost digits."""
    return value.hex() if 0 < abs(value) < 2.0**-1022 else repr(value)


def table(name, function, arguments):
    # Below the smallest double a value is 0; a subnormal has few digits and is left out.
    rows = []
    for argument in arguments:
        value = function(mpf(argument))
        if 0 < abs(value) < mpf(2) ** -1022:
            continue
        rows.append(f"    ({literal(argument)}, {literal(float(value))}),")
    return [f"  static let {name}: [(argument: Double, value: Double)] = [", *rows, "  ]"]


def gamma_table(name, function):
    rows = []
    for shape in SHAPES:
        for ratio in RATIOS:
            argument = shape * ratio
            value = function(mpf(shape), mpf(argument))
            if value < mpf(2) ** -1022:
                continue
            rows.append(f"    ({shape!r}, {argument!r}, {literal(float(value))}),")
    return [f"  static let {name}: [(shape: Double, argument: Double, value: Double)] = [",
            *rows, "  ]"]


def gamma_p(a, x):
    return gammainc(a, 0, x, regularized=True)


def gamma_q(a, x):
    return gammainc(a, x, regularized=True)


def main():
    lines = [
        "// Written by scripts/reference/special_functions.py; change that, not this.",
        "",
        "/// Arguments and values, each value correct to its last digit.",
        "enum ReferenceValues {",
        *table("log1pExp", log1p_exp, PREDICTORS),
        *table("logistic", logistic, PREDICTORS),
        *table("logit", logit, PROBABILITIES),
        *table("normalCDF", normal_cdf, DEVIATES),
        *table("normalQuantile", normal_quantile, PROBABILITIES),
        *gamma_table("regularizedGammaP", gamma_p),
        *gamma_table("regularizedGammaQ", gamma_q),
        "}",
    ]
    TARGET.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
