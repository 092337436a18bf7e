#!/usr/bin/env python3
"""Writes Tests/ExperimentsTests/Fixtures/group-sequential-quadrature.json: the designs of
group-sequential.json with boundaries to more digits than rpact's own tolerance gives.

The recursion is written out plainly, over 800 Gauss-Legendre nodes a look in one panel, with SciPy's
root finder; it shares no code and no grid with the package. Ran under NumPy 2.4 and SciPy 1.17.

Run from the root of the repository, after group_sequential.R:

    python3 scripts/reference/group_sequential_quadrature.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

FIXTURES = Path("Tests/ExperimentsTests/Fixtures")
NODES, WEIGHTS = np.polynomial.legendre.leggauss(800)
FAR = 12.0


def spent(name, parameter, level, t):
    if t >= 1:
        return level
    if name == "obrienFleming":
        return 2 * ndtr(ndtri(level / 2) / np.sqrt(t))
    if name == "pocock":
        return level * np.log(1 + (np.e - 1) * t)
    if name == "kimDeMets":
        return level * t**parameter
    return level * np.expm1(-parameter * t) / np.expm1(-parameter)


class Paths:
    """The density of Z on paths that go on, under an effect."""

    def __init__(self, effect):
        self.effect, self.t = effect, 0.0
        self.z, self.mass = np.zeros(1), np.ones(1)

    def distance(self, z, t):
        gap = t - self.t
        return (np.multiply.outer(z, np.ones_like(self.z)) * np.sqrt(t)
                - self.z * np.sqrt(self.t) - self.effect * gap) / np.sqrt(gap)

    def above(self, bound, t):
        return float(self.mass @ ndtr(-self.distance(np.array([bound]), t))[0])

    def below(self, bound, t):
        return float(self.mass @ ndtr(self.distance(np.array([bound]), t))[0])

    def go_on(self, lower, upper, t):
        z = lower + (upper - lower) * (NODES + 1) / 2
        kernel = np.exp(-self.distance(z, t) ** 2 / 2) / np.sqrt(2 * np.pi)
        density = kernel @ self.mass * np.sqrt(t / (t - self.t))
        self.z, self.mass, self.t = z, density * WEIGHTS * (upper - lower) / 2, t


def bounds(design, shift):
    """Efficacy and futility bounds, and the power under the drift √shift."""
    sides, fractions = design["sides"], design["fractions"]
    level, beta = design["alpha"] / sides, 1 - design["power"]
    drift = np.sqrt(shift)
    null, planned = Paths(0.0), Paths(drift)
    efficacy, futility, power = [], [], 0.0
    used_alpha = used_beta = 0.0
    for look, t in enumerate(fractions):
        is_last = look == len(fractions) - 1
        total = spent(design["spending"], design["parameter"], level, t)
        bound = brentq(
            lambda z: np.log(max(null.above(z, t), 1e-320) / (total - used_alpha)), -5, FAR,
            xtol=1e-13)
        used_alpha = total
        efficacy.append(bound)
        power += planned.above(bound, t)
        stop = None
        if "futility" in design and not is_last:
            total = spent(design["futilitySpending"], design["futilityParameter"], beta, t)
            stop = brentq(
                lambda z: planned.below(z, t) - (total - used_beta), -FAR, drift + FAR, xtol=1e-13)
            used_beta = total
            stop = min(stop, bound)
            futility.append(stop)
        if is_last:
            break
        floor = -bound if sides == 2 else -FAR
        null.go_on(stop if stop is not None and design["isBinding"] else floor, bound, t)
        planned.go_on(stop if stop is not None else floor, bound, t)
    return efficacy, futility, power


def solved(design):
    shift = brentq(
        lambda shift: bounds(design, shift)[2] - design["power"], design["shift"] * 0.9,
        design["shift"] * 1.1, xtol=1e-11)
    efficacy, futility, _ = bounds(design, shift)
    return {"efficacy": efficacy, "futility": futility, "shift": shift}


def main():
    designs = json.loads((FIXTURES / "group-sequential.json").read_text())["designs"]
    text = json.dumps([solved(design) for design in designs], indent=1)
    (FIXTURES / "group-sequential-quadrature.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
