#!/usr/bin/env python3
"""Writes Tests/ExperimentsTests/Fixtures/inference.json: answers of other experiment software.

- gbstats: means, CUPED, ratios and sequential intervals from summary statistics;
- savvi: the multinomial e-process, its interval for relative effects, the regression e-value;
- confseq: the wealth of constant bets on a bounded mean, the beta-binomial mixture;
- scipy: Student's t, the incomplete beta function; mpmath: Dirichlet-multinomial evidence.

Run from the root of the repository, with gbstats 0.8.0, savvi 0.2.0, scipy, mpmath, matplotlib,
multiprocess and the Python part of confseq 0.0.11 (src/ of its source distribution on PYTHONPATH:
its C++ does not compile for Python 3.11):

    python3 scripts/reference/experiment_inference.py
"""

import json
from pathlib import Path

import confseq.betting
import cvxpy
import numpy
import scipy.special
import scipy.stats
from gbstats.frequentist.tests import (
    FrequentistConfig, SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest)
from gbstats.models.statistics import (
    RatioStatistic, RegressionAdjustedStatistic, SampleMeanStatistic, compute_theta)
from mpmath import log, loggamma, mp, mpf
from savvi.linear_regression import log_bf
from savvi.multinomial import InhomogeneousBernoulliProcess, Multinomial

mp.dps = 60

TARGET = Path("Tests/ExperimentsTests/Fixtures/inference.json")


def sample_mean(values):
    return SampleMeanStatistic(
        n=len(values), sum=float(values.sum()), sum_squares=float((values**2).sum()))


def moments(*columns):
    """Count, means and centred products for i <= j, row by row."""
    data = numpy.array(columns)
    centred = data - data.mean(axis=1, keepdims=True)
    products = [
        float(centred[i] @ centred[j]) for i in range(len(data)) for j in range(i, len(data))]
    return {"count": data.shape[1], "means": data.mean(axis=1).tolist(), "products": products}


def test(first, second, tuning):
    plain = TwoSidedTTest(first, second, FrequentistConfig(difference_type="absolute"))
    settings = SequentialConfig(difference_type="absolute", sequential_tuning_parameter=tuning)
    sequential = SequentialTwoSidedTTest(first, second, settings)
    lower, upper = sequential.confidence_interval
    return {
        "difference": float(plain.point_estimate),
        "standardError": float(numpy.sqrt(plain.variance)),
        "lower": float(lower), "upper": float(upper), "pValue": float(sequential.p_value),
        "tuning": tuning,
    }


def mean_cases(generator):
    for size, effect, tuning in [(900, 0.0, 5000), (4000, 0.4, 2000), (20000, 0.2, 40000)]:
        arms = []
        for shift in (0.0, effect):
            before = generator.gamma(2.0, 3.0, size)
            after = shift + 0.7 * before + generator.normal(10.0, 2.0, size)
            orders = 1.0 + generator.poisson(2.0, size)
            arms.append((after, before, orders))
        plain = [sample_mean(after) for after, _, _ in arms]
        adjusted = [
            RegressionAdjustedStatistic(
                n=size, post_statistic=sample_mean(after), pre_statistic=sample_mean(before),
                post_pre_sum_of_products=float(after @ before), theta=0.0)
            for after, before, _ in arms]
        theta = compute_theta(*adjusted)
        for statistic in adjusted:
            statistic.theta = theta
        ratios = [
            RatioStatistic(
                n=size, m_statistic=sample_mean(after), d_statistic=sample_mean(orders),
                m_d_sum_of_products=float(after @ orders))
            for after, _, orders in arms]
        yield {
            "adjustedMoments": [moments(after, before) for after, before, _ in arms],
            "ratioMoments": [moments(after, orders) for after, _, orders in arms],
            "plain": test(*plain, tuning),
            "adjusted": test(*adjusted, tuning),
            "ratio": test(*ratios, tuning),
        }


def multinomial_cases():
    for counts, split, strength in [
            ([520, 480], [0.5, 0.5], 1000.0), ([9050, 1020], [0.9, 0.1], 1000.0),
            ([3, 9], [0.5, 0.5], 100.0), ([700, 640, 721], [0.4, 0.3, 0.3], 250.0)]:
        split = numpy.array(split)
        model = Multinomial(0.05, split / split.sum(), k=strength)
        model.update(numpy.array(counts))
        yield {
            "counts": counts, "split": split.tolist(), "strength": strength,
            "logEvidence": float(numpy.log(model.odds)),
        }


def relative_cases():
    for counts, split, strength in [
            ([520, 480], [0.5, 0.5], 120.0), ([905, 140], [0.9, 0.1], 440.0),
            ([30, 90], [0.5, 0.5], 100.0)]:
        model = InhomogeneousBernoulliProcess(
            0.05, numpy.array(split), lambda delta: [delta[1] - delta[0] == 0],
            numpy.array([[-1, 1]]), k=strength)
        model.n += sum(counts)
        model.counts += numpy.array(counts)
        # The default solver stops at 1e-6 and less of the odds; CLARABEL holds more digits.
        lower, upper = model.calculate_conf_int(solver=cvxpy.CLARABEL)[0]
        yield {
            "counts": counts, "split": split, "strength": strength, "alpha": 0.05,
            "lower": float(numpy.expm1(lower)), "upper": float(numpy.expm1(upper)),
        }


def wealth_cases(generator):
    """The wealth of a constant bet on the mean of outcomes in [0, 1], by confseq."""
    for rate, mean, bet in [(0.3, 0.25, 0.4), (0.05, 0.08, 0.9), (0.5, 0.5, 1.2)]:
        outcomes = generator.binomial(1, rate, 400).astype(float)
        path = confseq.betting.betting_mart(
            outcomes, mean, lambdas_fn_positive=lambda x, m: numpy.repeat(bet, len(x)),
            theta=1, trunc_scale=1.0, convex_comb=True)
        yield {
            "conversions": int(outcomes.sum()), "units": 400, "mean": mean, "bet": bet,
            "logWealth": float(numpy.log(path[-1])),
        }


def evidence(counts, split, strength):
    """log B(k rho + S) - log B(k rho) - sum S log rho, to 60 digits."""
    counts = [mpf(count) for count in counts]
    split = [mpf(share) for share in split]
    strength = mpf(strength)
    total = sum(counts)
    result = loggamma(strength) - loggamma(strength + total)
    for count, share in zip(counts, split):
        result += loggamma(strength * share + count) - loggamma(strength * share)
        result -= count * log(share)
    return float(result.real)


def evidence_cases():
    for counts, split, strength in [
            ([1, 0], [0.5, 0.5], 1000.0), ([0, 0, 5], [0.25, 0.25, 0.5], 2.5),
            ([500100, 499900], [0.5, 0.5], 1000.0),
            ([900_000_500_000, 99_999_500_000], [0.875, 0.125], 1000.0),
            ([5_000_001_000_000, 4_999_999_000_000], [0.5, 0.5], 440.0),
            ([12, 3, 0], [0.5, 0.25, 0.25], 0.3)]:
        yield {
            "counts": counts, "split": split, "strength": strength,
            "logEvidence": evidence(counts, split, strength),
        }


def special():
    for x, a, b in [
            (0.3, 2.0, 5.0), (0.001, 0.5, 0.5), (0.999, 30.0, 0.7), (0.5, 1e4, 1e4),
            (0.051, 500.0, 9500.0), (1e-9, 3.0, 1e6)]:
        yield {"x": x, "a": a, "b": b, "value": float(scipy.special.betainc(a, b, x))}


def main():
    generator = numpy.random.default_rng(20240607)
    fixture = {
        "means": list(mean_cases(generator)),
        "multinomial": list(multinomial_cases()),
        "relative": list(relative_cases()),
        "wealth": list(wealth_cases(generator)),
        "evidence": list(evidence_cases()),
        "incompleteBeta": list(special()),
        "student": [
            {"t": t, "degreesOfFreedom": nu, "value": float(2 * scipy.stats.t.sf(t, nu))}
            for t, nu in [(0.3, 4.0), (2.1, 12.5), (5.0, 900.0), (40.0, 30.0), (9.0, 1e6)]],
        "regression": [
            {"t": t, "degreesOfFreedom": nu, "growth": growth,
             "logEvidence": float(log_bf(numpy.array([t * t]), nu, 1.0, numpy.array([growth]))[0])}
            for t, nu, growth in [(0.2, 50.0, 3.0), (3.4, 200.0, 12.0), (11.0, 5000.0, 0.8)]],
    }
    TARGET.write_text(json.dumps(fixture, indent=1) + "\n")


if __name__ == "__main__":
    main()
