#!/usr/bin/env python3
"""Writes Tests/EvaluationTests/Fixtures/*.json: small data sets with their measures.

Each measure comes from other software or from its definition: areas and average precision from
scikit-learn, the Kolmogorov-Smirnov statistic from SciPy, DeLong's variance from its sums over all
pairs, log losses and the Brier score from mpmath with 420 digits, deciles from NumPy.

Run from the root of the repository, with the four packages installed:

    python3 scripts/reference/evaluation.py
"""

import json
from pathlib import Path

import numpy as np
from mpmath import exp, log, mp, mpf
from scipy.stats import ks_2samp, norm
from sklearn.metrics import average_precision_score, roc_auc_score

mp.dps = 420

TARGET = Path("Tests/EvaluationTests/Fixtures")


def data_sets():
    """Linear predictors and outcomes, by name."""
    random = np.random.default_rng(20240611)

    def drawn(count, intercept, slope):
        feature = random.normal(size=count)
        predictors = intercept + slope * feature
        outcomes = random.random(count) < 1 / (1 + np.exp(-predictors))
        return predictors, outcomes.astype(float)

    yield "handmade", [2.0, 1.0, 1.0, 0.5, 0.5, 0.5, -1.0, -2.0], [1, 1, 0, 0, 1, 0, 1, 0]
    yield "distinct", *drawn(203, -1.0, 1.2)
    predictors, outcomes = drawn(310, -0.5, 1.5)
    yield "ties", np.round(predictors), outcomes
    predictors, outcomes = drawn(400, -4.0, 1.0)
    yield "rare", np.round(predictors, 1), outcomes
    predictors, outcomes = drawn(120, 0.0, 1.0)
    yield "reversed", -predictors, outcomes
    yield "constant", np.full(25, -0.75), (np.arange(25) % 4 == 0).astype(float)
    yield "few", [0.3, -0.2, 1.4, 0.3], [1, 0, 0, 1]
    extreme = [-800, -710.5, -400.25, -37.5, -36, -1e-9, 0, 1e-9, 36, 37.5, 400.25, 710.5, 800]
    yield "extreme", extreme, [0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1]


def probability(predictor):
    return 1 / (1 + exp(-mpf(float(predictor))))


def log_loss(predictors, outcomes):
    chances = [probability(p if y == 1 else -p) for p, y in zip(predictors, outcomes)]
    return float(-sum(log(chance) for chance in chances) / len(chances))


def brier_score(predictors, outcomes):
    squares = [(probability(p) - y) ** 2 for p, y in zip(predictors, outcomes)]
    return float(sum(squares) / len(squares))


def delong_variance(positives, negatives):
    """DeLong et al. (1988), by the kernel over all pairs; no variance with one row in a class."""
    if min(len(positives), len(negatives)) < 2:
        return None
    difference = positives[:, None] - negatives[None, :]
    kernel = (difference > 0) + 0.5 * (difference == 0)
    return float(
        kernel.mean(axis=1).var(ddof=1) / len(positives)
        + kernel.mean(axis=0).var(ddof=1) / len(negatives)
    )


def deciles(predictors, outcomes):
    """Each outcome gives way to the mean over its tie; then the sorted rows are cut."""
    count = len(outcomes)
    _, tie = np.unique(predictors, return_inverse=True)
    expected = (np.bincount(tie, outcomes) / np.bincount(tie))[tie]
    order = np.argsort(-predictors, kind="stable")
    probabilities = np.array([float(probability(p)) for p in predictors])
    rows = []
    for decile in range(1, 11):
        start, end = -(-(decile - 1) * count // 10), -(-decile * count // 10)
        if end == start:
            continue
        chosen = order[start:end]
        rows.append({
            "decile": decile,
            "rowCount": end - start,
            "positiveCount": expected[chosen].sum(),
            "meanProbability": probabilities[chosen].mean(),
            "positiveRate": expected[chosen].mean(),
            "lift": expected[chosen].mean() / outcomes.mean(),
            "cumulativeGain": expected[order[:end]].sum() / outcomes.sum(),
        })
    return rows


def measures(predictors, outcomes):
    positives, negatives = predictors[outcomes == 1], predictors[outcomes == 0]
    area = float(roc_auc_score(outcomes, predictors))
    variance = delong_variance(positives, negatives)
    half_width = None if variance is None else float(norm.ppf(0.975) * np.sqrt(variance))
    tenths = deciles(predictors, outcomes)
    rate = mpf(float(outcomes.sum())) / len(outcomes)
    return {
        "rowCount": len(outcomes),
        "positiveCount": int(outcomes.sum()),
        "areaUnderROC": area,
        "lower": None if variance is None else max(0.0, area - half_width),
        "upper": None if variance is None else min(1.0, area + half_width),
        "variance": variance,
        "logLoss": log_loss(predictors, outcomes),
        "baseLogLoss": float(-rate * log(rate) - (1 - rate) * log(1 - rate)),
        "brierScore": brier_score(predictors, outcomes),
        "averagePrecision": float(average_precision_score(outcomes, predictors)),
        "kolmogorovSmirnov": float(ks_2samp(positives, negatives).statistic),
        "expectedCalibrationError": sum(
            d["rowCount"] * abs(d["meanProbability"] - d["positiveRate"]) for d in tenths
        ) / len(outcomes),
        "deciles": tenths,
    }


def main():
    for name, predictors, outcomes in data_sets():
        predictors, outcomes = np.asarray(predictors, float), np.asarray(outcomes, float)
        document = {
            "linearPredictors": predictors.tolist(),
            "outcomes": [int(y) for y in outcomes],
            "expected": measures(predictors, outcomes),
        }
        (TARGET / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
