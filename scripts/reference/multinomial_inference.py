"""Makes multinomial-inference.json in Tests/TrainingTests/Fixtures, by other software.

    pip install numpy scikit-learn==1.9.1 statsmodels==0.15.0
    python3 scripts/reference/multinomial_inference.py

Standard errors without a penalty are those of statsmodels (MNLogit), taken from differences to the first
class to coefficients with sum 0 by the linear map between them; with a penalty, and with a mask, those of
the definition, (I + P)+ I (I + P)+ with I the observed information, in NumPy. The case "standardized" is a
fit by scikit-learn of columns divided by their standard deviation, given on the columns' own scale.
"""

import json
import pathlib

import numpy as np
import sklearn
import statsmodels
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.discrete_model import MNLogit

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "Tests/TrainingTests/Fixtures/multinomial-inference.json"


def draw(rng, eta, mask=None):
    noisy = eta + rng.gumbel(size=eta.shape)
    if mask is not None:
        noisy[~mask] = -np.inf
    return noisy.argmax(1)


def centered_statsmodels(x, y, k):
    design = np.column_stack([np.ones(len(y)), x])
    fit = MNLogit(y, design).fit(method="newton", tol=1e-14, maxiter=200, disp=False)
    q = design.shape[1]
    theta = np.concatenate([np.zeros(q), fit.params.T.ravel()])
    covariance = np.zeros((k * q, k * q))
    covariance[q:, q:] = fit.cov_params()
    center = np.kron(np.eye(k) - 1 / k, np.eye(q))
    variance = np.diag(center @ covariance @ center.T)
    return (center @ theta).reshape(k, q), np.sqrt(variance).reshape(k, q)


def by_definition(x, y, k, l2, w, mask):
    """Newton's method, then the sandwich of the penalised estimate."""
    design = np.column_stack([np.ones(len(y)), x])
    q = design.shape[1]
    penalty = np.tile(np.concatenate([[0], np.full(q - 1, l2 * w.sum())]), k)
    theta = np.zeros(k * q)
    for _ in range(100):
        eta = design @ theta.reshape(k, q).T
        eta[~mask] = -np.inf
        p = np.exp(eta - eta.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        gradient = np.concatenate([design.T @ (w * (p[:, c] - (y == c))) for c in range(k)])
        gradient += penalty * theta
        information = np.zeros((k * q, k * q))
        for a in range(k):
            for b in range(k):
                weight = w * p[:, a] * ((a == b) - p[:, b])
                information[a * q:(a + 1) * q, b * q:(b + 1) * q] = design.T @ (
                    design * weight[:, None])
        inverse = np.linalg.pinv(information + np.diag(penalty), rcond=1e-12)
        step = inverse @ gradient
        theta = theta - step
        if np.abs(step).max() < 1e-13:
            break
    covariance = inverse @ information @ inverse
    return theta.reshape(k, q), np.sqrt(np.diag(covariance)).reshape(k, q)


def main():
    rng = np.random.default_rng(20260412)
    x = np.round(rng.standard_normal((400, 3)), 3)
    b = rng.standard_normal((3, 4))
    cases = []

    def add(name, y, k, l2, theta, errors, w=None, mask=None):
        cases.append({
            "name": name, "rows": x.tolist(), "outcomes": y.tolist(), "classCount": k,
            "l2Penalty": l2, "sampleWeights": None if w is None else w.tolist(),
            "available": None if mask is None else mask.ravel().tolist(),
            "estimates": theta.tolist(), "standardErrors": errors.tolist()})

    y = draw(rng, x @ b + [0.5, 0, -0.5, 1])
    theta, errors = centered_statsmodels(x, y, 4)
    add("plain", y, 4, 0.0, theta, errors)
    all_rows = np.ones((400, 4), bool)
    again, also = by_definition(x, y, 4, 0.0, np.ones(400), all_rows)
    assert np.abs(also / errors - 1).max() < 1e-6, np.abs(also / errors - 1).max()
    w = rng.integers(1, 4, 400).astype(float)
    doubled = np.repeat(np.arange(400), w.astype(int))
    theta, errors = centered_statsmodels(x[doubled], y[doubled], 4)
    add("weighted", y, 4, 0.0, theta, errors, w=w)
    add("penalised", y, 4, 0.02, *by_definition(x, y, 4, 0.02, np.ones(400), all_rows))
    mask = rng.random((400, 4)) < 0.7
    mask[np.arange(400), rng.integers(0, 4, 400)] = True
    y = draw(rng, x @ b, mask)
    add("masked", y, 4, 0.0, *by_definition(x, y, 4, 0.0, np.ones(400), mask), mask=mask)

    scales = np.array([0.01, 1, 250.0])
    rows = np.round(x * scales + [3, -1, 40], 4)
    y = draw(rng, x @ b[:, :3])
    deviation = rows.std(0)
    fit = LogisticRegression(C=1 / (0.01 * 400), solver="newton-cholesky", tol=1e-13, max_iter=1000)
    fit.fit((rows - rows.mean(0)) / deviation, y)
    coefficients = fit.coef_ / deviation
    intercepts = fit.intercept_ - coefficients @ rows.mean(0)
    standardized = {
        "rows": rows.tolist(), "outcomes": y.tolist(), "l2Penalty": 0.01,
        "intercepts": (intercepts - intercepts.mean()).tolist(),
        "coefficients": (coefficients - coefficients.mean(0)).tolist()}
    made = f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}"
    TARGET.write_text(json.dumps(
        {"madeWith": made, "cases": cases, "standardized": standardized}, sort_keys=True) + "\n")


main()
