#!/usr/bin/env python3
"""Writes Tests/ExperimentsTests/Fixtures/power.json: sample sizes and power of the two-sample z-test by
statsmodels 0.14.

Run from the root of the repository, with statsmodels installed:

    python3 scripts/reference/power.py
"""

import json
from pathlib import Path

import numpy as np
from statsmodels.stats.power import NormalIndPower, normal_power_het, normal_sample_size_one_tail

TARGET = Path("Tests/ExperimentsTests/Fixtures/power.json")


def share(control, treatment, alpha, power):
    """Units of one of two equal variants, each with its own variance."""
    deviation = np.sqrt(control * (1 - control) + treatment * (1 - treatment))
    units = normal_sample_size_one_tail(
        treatment - control, power, alpha / 2, std_null=deviation, std_alternative=deviation)
    reached = [
        {"units": 2 * n, "power": normal_power_het(
            treatment - control, n, alpha, std_null=deviation, std_alternative=deviation)}
        for n in (1000, 5000, 20000)
    ]
    return {
        "control": control, "treatment": treatment, "alpha": alpha, "power": power,
        "unitsPerVariant": units, "powers": reached,
    }


def mean(effect, deviation, ratio, alpha, power):
    """Units of control, `ratio` of treatment for each, with one variance."""
    units = NormalIndPower().solve_power(
        effect / deviation, alpha=alpha, power=power, ratio=ratio, alternative="two-sided")
    return {
        "effect": effect, "deviation": deviation, "ratio": ratio, "alpha": alpha, "power": power,
        "controlUnits": float(units),
    }


def main():
    document = {
        "shares": [
            share(0.05, 0.06, 0.05, 0.8), share(0.10, 0.11, 0.05, 0.8),
            share(0.01, 0.013, 0.05, 0.8), share(0.3, 0.27, 0.01, 0.9),
        ],
        "means": [
            mean(1.0, 20.0, 1.0, 0.05, 0.8), mean(-0.5, 3.0, 1.0, 0.01, 0.95),
            mean(2.0, 15.0, 1 / 9, 0.05, 0.8),
        ],
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
