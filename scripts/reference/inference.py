"""Makes inference.json and firth.json in Tests/TrainingTests/Fixtures, by other software.

    pip install numpy scipy statsmodels mpmath
    apt-get install r-base-core r-cran-brglm2 r-cran-sandwich
    python scripts/reference/inference.py

The expected numbers come from the formulas in 40 digits (mpmath), and the script stops when other
software differs by more than 1e-7 of them:

- covariances: statsmodels (GLM; cov_type nonrobust, HC0 and cluster; wald_test). HC1 of its GLM has no
  factor and is HC0; R's sandwich (vcovHC, type HC1) has N / (N - k). statsmodels takes freq_weights as
  counts of rows for HC0, and sums weighted scores for clusters, with the number of rows in the factor.
- Firth: R's brglm2 (type AS_mean), on the endometrial cancer data of Heinze and Schemper (2002) that
  it ships, and on others. Profile intervals are of the same likelihood; Heinze and Schemper print those
  of the endometrial data with two decimals.

Penalised covariances have no other software here: A = I + N P, classical A^-1 I A^-1, Bayesian A^-1.
"""

import json
import pathlib
import subprocess
import tempfile

import mpmath as mp
import numpy as np
import scipy.stats
import statsmodels
import statsmodels.api as sm

mp.mp.dps = 40
HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parent.parent / "Tests/TrainingTests/Fixtures"


def exact(values):
    """An array of doubles as mpmath numbers, which numpy adds and multiplies as objects."""
    return np.vectorize(mp.mpf, otypes=[object])(np.asarray(values, dtype=float))


def solve(a, b):
    b = np.asarray(b, dtype=object)
    columns = [b] if b.ndim == 1 else list(b.T)
    found = [np.array(list(mp.lu_solve(mp.matrix(a.tolist()), mp.matrix(list(c)))), dtype=object)
             for c in columns]
    return found[0] if b.ndim == 1 else np.array(found, dtype=object).T


def inverse(a):
    return np.array((mp.matrix(a.tolist()) ** -1).tolist(), dtype=object).reshape(a.shape)


def probabilities(eta):
    return np.array([1 / (1 + mp.exp(-e)) for e in eta], dtype=object)


def floats(values):
    return np.asarray(values, dtype=float).tolist()


def close(name, found, expected, tolerance=1e-7):
    gap = np.max(np.abs(np.asarray(found, float) / np.asarray(expected, float) - 1))
    print(f"  {name}: {gap:.1e}")
    assert gap < tolerance, name


def run_r(code, **frames):
    """Runs R on named arrays, and returns the numbers of what it prints as columns of numbers."""
    with tempfile.TemporaryDirectory() as folder:
        for name, values in frames.items():
            np.savetxt(f"{folder}/{name}.csv", np.asarray(values, float), delimiter=",", fmt="%.17g")
        # 0.0 makes numbers of what reads like integers.
        read = "\n".join(
            f"{name} <- drop(0.0 + as.matrix(read.csv('{folder}/{name}.csv', header=FALSE)))"
            for name in frames)
        done = subprocess.run(["Rscript", "-e", f"options(warn=-1)\n{read}\n{code}"],
                              capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [[float(x) for x in line.split()] for line in done.stdout.strip().splitlines()]


# Covariances


def fit(x, y, w, offset, penalty):
    """Newton on N times the objective of Hourglass: sum w logloss + N penalty / 2 |b|^2."""
    ridge = np.diag(np.concatenate([[0], np.full(x.shape[1] - 1, penalty * w.sum())]))
    b = np.zeros(x.shape[1])
    for _ in range(50):
        mu = 1 / (1 + np.exp(-(x @ b + offset)))
        b = b - np.linalg.solve((x.T * (w * mu * (1 - mu))) @ x + ridge, x.T @ (w * (mu - y)) + ridge @ b)
    x, y, w, offset, ridge, b = map(exact, (x, y, w, offset, ridge, b))
    for _ in range(3):
        mu = probabilities(x @ b + offset)
        step = solve((x.T * (w * mu * (1 - mu))) @ x + ridge, x.T @ (w * (mu - y)) + ridge @ b)
        b = b - step
    assert max(abs(s) for s in step) < 1e-25
    return b, ridge


def covariances(x, y, w, offset, groups, penalty):
    b, ridge = fit(x, y, w, offset, penalty)
    x, y, w, offset = map(exact, (x, y, w, offset))
    n, k = x.shape
    mu = probabilities(x @ b + offset)
    information = (x.T * (w * mu * (1 - mu))) @ x
    bread = inverse(information + ridge)
    scores = x * (w * (y - mu))[:, None]
    total = w.sum()
    freedom = np.trace(bread @ information)
    hc0 = bread @ ((x.T * (w * (y - mu) ** 2)) @ x) @ bread
    sums = np.array([scores[groups == g].sum(0) for g in np.unique(groups)], dtype=object)
    count = len(sums)
    factor = mp.mpf(count) / (count - 1) * (n - 1) / (n - freedom)
    return b, {
        "classical": bread @ information @ bread,
        "bayesian": bread,
        "robustHC0": hc0,
        "robustHC1": hc0 * (total / (total - freedom)),
        "clustered": bread @ (sums.T @ sums) @ bread * factor,
    }


def wald(b, covariance, columns):
    part = b[columns]
    statistic = part @ solve(covariance[np.ix_(columns, columns)], part)
    df = len(columns)
    return {"statistic": float(statistic), "degreesOfFreedom": df,
            "pValue": float(mp.gammainc(mp.mpf(df) / 2, statistic / 2, regularized=True))}


def compare(x, y, w, offset, groups, b, found, columns):
    glm = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=w, offset=offset)
    for kind, name, kwds in [("nonrobust", "classical", None), ("HC0", "robustHC0", None),
                             ("cluster", "clustered", {"groups": groups})]:
        result = glm.fit(tol=1e-15, maxiter=200, cov_type=kind, cov_kwds=kwds)
        expected = np.sqrt(np.asarray(np.diag(found[name]), float))
        close(f"statsmodels {kind}", result.bse, expected)
        test = result.wald_test(np.eye(len(b))[columns], use_f=False, scalar=True)
        mine = wald(b, found[name], columns)
        close(f"statsmodels {kind} joint", [test.statistic, test.pvalue],
              [mine["statistic"], mine["pValue"]])
        close("scipy chi2", scipy.stats.chi2.sf(mine["statistic"], len(columns)), mine["pValue"])
    if (w == 1).all():
        rows = run_r("""library(sandwich)
            fit <- glm(y ~ x - 1, binomial, offset=offset, epsilon=1e-15, maxit=100)
            cat(sprintf('%.17g', sqrt(diag(vcovHC(fit, type='HC1')))), '\\n')""",
                     x=x, y=y[:, None], offset=offset[:, None])
        close("R sandwich HC1", rows[0], np.sqrt(np.asarray(np.diag(found["robustHC1"]), float)))


def outcomes(rng, eta):
    return (rng.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(float)


def one_hot(codes, count):
    return (codes[:, None] == np.arange(count)).astype(float)


def inference_cases():
    rng = np.random.default_rng(19670601)
    n = 160
    x = np.round(rng.standard_normal((n, 3)), 3)
    y = outcomes(rng, x @ [1, -0.5, 0] - 0.3)
    groups = rng.integers(0, 40, n)
    yield "plain", x, None, y, None, None, groups, 0.0
    yield "weighted", x, None, y, rng.integers(0, 4, n).astype(float), None, groups, 0.0
    yield "offset", x, None, y, None, np.round(rng.normal(0, 1, n), 3), groups, 0.0
    yield "penalised", x, None, y, None, None, groups, 0.05
    # Levels 0 to 3 have columns, level 4 is the reference; groups of one row among larger ones.
    codes = rng.integers(0, 5, n)
    y = outcomes(rng, 0.7 * x[:, 0] + np.array([0.8, -0.5, 0, 0.4, 0])[codes])
    groups = np.where(np.arange(n) < 60, np.arange(n), 100 + rng.integers(0, 20, n))
    yield "category", x[:, :2], codes, y, None, None, groups, 0.0
    yield "weightedCategory", x[:, :2], codes, y, rng.integers(1, 3, n).astype(float), None, groups, 0.0


def inference():
    result = []
    for name, rows, codes, y, w, offset, groups, penalty in inference_cases():
        print(name)
        x = np.column_stack([np.ones(len(y)), rows] + ([] if codes is None else [one_hot(codes, 4)]))
        weights = np.ones(len(y)) if w is None else w
        shift = np.zeros(len(y)) if offset is None else offset
        kept = weights > 0
        args = (x[kept], y[kept], weights[kept], shift[kept], groups[kept])
        b, found = covariances(*args, penalty)
        columns = list(range(1, x.shape[1])) if codes is None else list(range(3, x.shape[1]))
        if penalty == 0:
            compare(*args, b, found, columns)
        case = {"name": name, "rows": rows.tolist(), "outcomes": y.tolist(),
                "groups": groups.tolist(), "l2Penalty": penalty, "estimates": floats(b),
                "jointParameters": columns,
                "covariances": {k: floats(v) for k, v in found.items()},
                "joint": {k: wald(b, v, columns) for k, v in found.items()}}
        if codes is not None:
            case["codes"] = codes.tolist()
        if w is not None:
            case["sampleWeights"] = w.tolist()
        if offset is not None:
            case["offset"] = offset.tolist()
        result.append(case)
    return result


# Firth


def firth_state(x, y, w, offset, b):
    mu = probabilities(x @ b + offset)
    v = w * mu * (1 - mu)
    information = (x.T * v) @ x
    covariance = inverse(information)
    h = v * np.einsum("ij,jk,ik->i", x, covariance, x)
    score = x.T @ (w * (y - mu) + h * (mp.mpf("0.5") - mu))
    likelihood = mp.fsum(wi * mp.log(m if yi == 1 else 1 - m) for wi, m, yi in zip(w, mu, y))
    likelihood += mp.log(mp.det(mp.matrix(information.tolist()))) / 2
    return score, likelihood, covariance


def firth(x, y, w, offset, held=None, start=None):
    """Newton with a difference quotient for the derivative of the modified score, halved as needed."""
    x, y, w, offset = map(exact, (x, y, w, offset))
    k = x.shape[1]
    b = exact(np.zeros(k)) if start is None else start.copy()
    if held is not None:
        b[held[0]] = held[1]
    free = [j for j in range(k) if held is None or j != held[0]]
    h = mp.mpf(10) ** -18
    score, likelihood, covariance = firth_state(x, y, w, offset, b)
    for _ in range(200):
        # Scoring until it is close, so that Newton starts where the objective bends down.
        near = max(abs(s) for s in covariance[np.ix_(free, free)] @ score[free]) < 0.1
        if near:
            slope = np.empty((len(free), len(free)), dtype=object)
            for c, j in enumerate(free):
                moved = b.copy()
                moved[j] += h
                slope[:, c] = (firth_state(x, y, w, offset, moved)[0][free] - score[free]) / h
            step = -solve(slope, score[free])
        else:
            step = solve(inverse(covariance)[np.ix_(free, free)], score[free])
        length = mp.mpf(1)
        while True:
            trial = b.copy()
            trial[free] += length * step
            state = firth_state(x, y, w, offset, trial)
            if state[1] >= likelihood - mp.mpf(10) ** -25 or length < 1e-6:
                break
            length /= 2
        b, (score, likelihood, covariance) = trial, state
        if near and max(abs(s) for s in step) < 1e-15:
            return b, likelihood, covariance, score
    raise ArithmeticError("no convergence")


def profile_end(x, y, w, offset, best, j, side, target):
    """Newton along the profile, whose slope is the score of the held coefficient."""
    b, likelihood, covariance, _ = best
    value = b[j] + side * mp.sqrt(2 * target * covariance[j, j])
    start = b
    for _ in range(60):
        start, found, _, score = firth(x, y, w, offset, held=(j, value), start=start)
        root = mp.sqrt(2 * (likelihood - found))
        step = (mp.sqrt(2 * target) - root) * root / -score[j]
        value += step
        if abs(step) < 1e-15:
            return value
    raise ArithmeticError("no convergence")


def firth_cases():
    rng = np.random.default_rng(19930801)
    data = np.array(run_r("""library(brglm2); data(endometrial)
        write.table(endometrial, row.names=FALSE, col.names=FALSE)"""))
    yield "endometrial", data[:, :3], None, data[:, 3], None, None, True
    x = np.round(rng.standard_normal((24, 2)), 2)
    yield "separated", x, None, (x[:, 0] > 0.2).astype(float), None, None, True
    x = np.round(rng.standard_normal((120, 2)), 2)
    y = np.zeros(120)
    y[np.argsort(-x[:, 0])[[0, 2, 9]]] = 1
    yield "rare", x, None, y, None, None, False
    x = np.round(rng.standard_normal((60, 2)), 2)
    y = outcomes(rng, x[:, 0])
    yield ("weightedOffset", x, None, y, rng.integers(0, 4, 60).astype(float),
           np.round(rng.normal(0, 1, 60), 2), False)
    # Level 1 of the category has no events; level 3 is the reference.
    codes = rng.integers(0, 4, 60)
    y[codes == 1] = 0
    yield "categoryWithoutEvents", x, codes, y, None, None, False
    yield "noEvents", x[:20], None, np.zeros(20), None, None, False


def firth_vectors():
    result = []
    target = mp.findroot(lambda q: mp.gammainc(0.5, q / 2, regularized=True) - mp.mpf("0.05"), 3.84) / 2
    for name, rows, codes, y, w, offset, with_profiles in firth_cases():
        print(name)
        n = len(y)
        x = np.column_stack([np.ones(n), rows] + ([] if codes is None else [one_hot(codes, 3)]))
        weights = np.ones(n) if w is None else w
        shift = np.zeros(n) if offset is None else offset
        best = firth(x, y, weights, shift)
        b, likelihood, covariance, _ = best
        errors = [mp.sqrt(covariance[j, j]) for j in range(len(b))]
        answer = run_r("""library(brglm2)
            fit <- glm(y ~ x - 1, binomial('logit'), weights=w, offset=offset, method='brglmFit',
                       type='AS_mean', epsilon=1e-12, maxit=10000)
            cat(sprintf('%.17g', coef(fit)), '\\n')
            cat(sprintf('%.17g', summary(fit)$coefficients[, 2]), '\\n')""",
                       x=x, y=y[:, None], w=weights[:, None], offset=shift[:, None])
        close("brglm2 coefficients", answer[0], b)
        close("brglm2 standard errors", answer[1], errors)
        case = {"name": name, "rows": rows.tolist(), "outcomes": y.tolist(), "estimates": floats(b),
                "standardErrors": floats(errors), "penalizedLogLikelihood": float(likelihood)}
        if with_profiles:
            case["profiles"] = []
            for j in range(1, len(b)):
                zero = firth(x, y, weights, shift, held=(j, mp.mpf(0)))
                case["profiles"].append({
                    "lower": float(profile_end(x, y, weights, shift, best, j, -1, target)),
                    "upper": float(profile_end(x, y, weights, shift, best, j, 1, target)),
                    "statistic": float(2 * (likelihood - zero[1]))})
            print("  profiles", case["profiles"])
        if codes is not None:
            case["codes"] = codes.tolist()
        if w is not None:
            case["sampleWeights"] = w.tolist()
        if offset is not None:
            case["offset"] = offset.tolist()
        result.append(case)
    return result


def main():
    versions = subprocess.run(
        ["Rscript", "-e", "cat(R.version.string, ', brglm2', format(packageVersion('brglm2')), "
         "', sandwich', format(packageVersion('sandwich')))"],
        capture_output=True, text=True, check=True).stdout
    made = f"statsmodels {statsmodels.__version__}, mpmath {mp.__version__}, {versions}"
    for name, cases in [("inference", inference()), ("firth", firth_vectors())]:
        text = json.dumps({"madeWith": made, "cases": cases}, sort_keys=True)
        (FIXTURES / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
