"""Makes pinned.csv and pinned.json in Tests/HourglassTests/Fixtures, by other software.

    pip install numpy scipy statsmodels scikit-learn
    apt-get install r-base-core r-cran-brglm2 r-cran-glmnet
    python scripts/reference/train_command.py

Each case is a pinned fit: the flags of `hourglass train`, and what `models show --json` must print. A row
of weight w is written out w times for the references that know no weights.

- without a penalty: statsmodels GLM (freq_weights, offset; cov_type nonrobust, HC0 times N / (N - k),
  cluster; wald_test), whose parameters are polished by Newton steps;
- L2: Newton on the objective, held against scikit-learn's newton-cholesky, C = 1 / (N l2);
- L1 and elastic net: Newton on the columns that R's glmnet keeps, with the optimality conditions checked;
- class weights and several classes: Newton, held against scikit-learn's newton-cholesky;
- Firth: R's brglm2, type AS_mean.
"""

import csv
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Tests/HourglassTests/Fixtures"
COUNT = 240
LEVELS = ["east", "north", "south", "west"]
BASE = ["--target", "bought", "--exclude", "store", "--min-level-count", "1", "--fit-all"]


def sample():
    rng = np.random.default_rng(20261122)
    age = np.round(40 + 12 * rng.standard_normal(COUNT), 1)
    spend = np.round(np.exp(7 + rng.standard_normal(COUNT)), 2)
    member = rng.random(COUNT) < 0.4
    region = rng.choice(4, COUNT, p=[0.2, 0.4, 0.25, 0.15])
    store = rng.integers(0, 24, COUNT)
    seen = rng.choice(4, COUNT, p=[0.1, 0.5, 0.25, 0.15])
    prior = np.round(0.5 * rng.standard_normal(COUNT), 3)
    shift = 0.6 * rng.standard_normal(24)
    eta = (-1 + 0.04 * (age - 40) + 0.0003 * spend + 0.7 * member
           + np.array([0.5, 0, -0.4, 0.3])[region] + prior + shift[store])
    bought = rng.random(COUNT) < 1 / (1 + np.exp(-eta))
    return dict(age=age, spend=spend, member=member.astype(float), region=region, store=store,
                seen=seen.astype(float), prior=prior, bought=bought.astype(float))


def write(data):
    with open(FOLDER / "pinned.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["age", "spend", "member", "region", "store", "seen", "prior", "bought"])
        for i in range(COUNT):
            writer.writerow([
                f"{data['age'][i]:.1f}", f"{data['spend'][i]:.2f}",
                "yes" if data["member"][i] else "no", LEVELS[data["region"][i]],
                f"s{data['store'][i]:02d}", int(data["seen"][i]), f"{data['prior'][i]:.3f}",
                "yes" if data["bought"][i] else "no"])


class Design:
    """A design with or without a reference level, of rows each written out as often as it counts."""

    def __init__(self, data, weighted, offset, reference, extra=()):
        counts = data["seen"].astype(int) if weighted else np.ones(COUNT, dtype=int)
        self.rows = np.repeat(np.arange(COUNT), counts)
        numbers = ["age", "spend", "member"] + ([] if weighted else ["seen"])
        numbers += [] if offset else ["prior"]
        region = data["region"][self.rows]
        shares = [np.mean(region == level) for level in range(4)]
        self.reference = int(np.argmax(shares)) if reference else None
        self.names = [(name, None) for name in numbers]
        columns = [data[name][self.rows] for name in numbers]
        for level in range(4):
            if level != self.reference:
                self.names.append(("region", LEVELS[level]))
                columns.append((region == level).astype(float))
        self.features = np.column_stack(columns)
        self.outcomes = data["bought"][self.rows]
        self.offset = data["prior"][self.rows] if offset else np.zeros(len(self.rows))
        self.scales = np.array([
            self.features[:, j].std() if name[1] is None and name[0] != "member" else 1.0
            for j, name in enumerate(self.names)])

    @property
    def full(self):
        return np.column_stack([np.ones(len(self.rows)), self.features])


def newton(design, l1, l2, scales, signs=None):
    """Minimises mean log loss + l1 |b| + l2/2 b^2, b in units of the scales; `signs` are those of the
    coefficients that are not 0."""
    x = np.column_stack([np.ones(len(design.rows)),
                         (design.features - design.features.mean(0)) / scales])
    count = x.shape[1]
    signs = np.ones(count) if signs is None else np.concatenate([[1], signs])
    kept = np.flatnonzero(signs)
    beta = np.zeros(count)
    linear = l1 * signs * (np.arange(count) > 0)
    ridge = l2 * (np.arange(count) > 0)
    if signs is not None and l1 > 0:
        beta[1:] = 1e-3 * signs[1:]
    for _ in range(200):
        eta = x @ beta + design.offset
        mu = 1 / (1 + np.exp(-eta))
        gradient = x.T @ (mu - design.outcomes) / len(mu) + linear + ridge * beta
        hessian = (x.T * (mu * (1 - mu))) @ x / len(mu) + np.diag(ridge)
        step = np.linalg.solve(hessian[np.ix_(kept, kept)], gradient[kept])
        beta[kept] -= step
        if np.max(np.abs(step)) < 1e-14:
            break
    eta = x @ beta + design.offset
    mu = 1 / (1 + np.exp(-eta))
    smooth = x.T @ (mu - design.outcomes) / len(mu) + ridge * beta
    loss = np.mean(np.logaddexp(0, eta) - design.outcomes * eta)
    objective = loss + l1 * np.sum(np.abs(beta[1:])) + l2 / 2 * np.sum(beta[1:] ** 2)
    if l1 > 0:  # the optimality conditions
        for j in range(1, count):
            assert (abs(smooth[j]) <= l1 * (1 + 1e-9) if signs[j] == 0
                    else np.sign(beta[j]) == signs[j] and abs(smooth[j] + l1 * signs[j]) < 1e-12)
    slopes = beta[1:] / scales
    return beta[0] - slopes @ design.features.mean(0), slopes, objective


def close(ours, theirs, tolerance):
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    difference = np.max(np.abs(ours - theirs) / (1e-3 + np.abs(ours)))
    assert difference < tolerance, difference


def answer(flags, design, intercept, slopes, objective, errors=None, tests=None):
    terms = []
    for j, (feature, level) in enumerate(design.names):
        term = {"feature": feature, "coefficient": slopes[j]}
        if level is not None:
            term["level"] = level
        if errors is not None:
            term["standardError"] = errors[j + 1]
        terms.append(term)
    if design.reference is not None:
        terms.append({"feature": "region", "level": LEVELS[design.reference], "coefficient": 0.0})
    result = {"flags": BASE + flags, "intercept": intercept, "terms": terms}
    if objective is not None:
        result["objective"] = objective
    if errors is not None:
        result["interceptStandardError"] = errors[0]
    if tests is not None:
        result["test"] = tests
    return result


def unpenalized(data, flags, weighted=False, offset=False, errors="classical"):
    design = Design(data, weighted, offset, reference=True)
    intercept, slopes, objective = newton(design, 0, 0, design.scales)
    family = sm.families.Binomial()
    kinds = {"classical": {}, "robust": {"cov_type": "HC0"},
             "cluster": {"cov_type": "cluster", "cov_kwds": {"groups": data["store"][design.rows]}}}
    fit = sm.GLM(design.outcomes, design.full, family=family, offset=design.offset).fit(
        tol=1e-14, maxiter=100, **kinds[errors])
    close(np.concatenate([[intercept], slopes]), fit.params, 1e-8)
    n, k = design.full.shape
    factor = np.sqrt(n / (n - k)) if errors == "robust" else 1.0
    if weighted and errors == "classical":
        counts = data["seen"]
        some = counts > 0
        other = sm.GLM(data["bought"][some],
                       Design(data, False, offset, True).full[some][:, [0, 1, 2, 3] + (
                           [5, 6, 7] if offset else [5, 6, 7, 8])],
                       family=family, freq_weights=counts[some],
                       offset=data["prior"][some] if offset else None).fit(tol=1e-14)
        close(fit.bse, other.bse, 1e-8)
    levels = [j + 1 for j, name in enumerate(design.names) if name[0] == "region"]
    contrast = np.zeros((3, k))
    for i, j in enumerate(levels):
        contrast[i, j] = 1
    wald = fit.wald_test(contrast, use_f=False, scalar=True)
    tests = {"feature": "region", "statistic": float(wald.statistic) / factor ** 2,
             "degreesOfFreedom": 3}
    return answer(flags, design, intercept, slopes, objective, list(fit.bse * factor), tests)


def ridge(data, flags, l2, weighted=False, offset=False, scaled=True):
    design = Design(data, weighted, offset, reference=False)
    scales = design.scales if scaled else np.ones(len(design.scales))
    intercept, slopes, objective = newton(design, 0, l2, scales)
    if not offset:  # scikit-learn knows none
        x = (design.features - design.features.mean(0)) / scales
        other = LogisticRegression(
            C=1 / (len(design.rows) * l2), solver="newton-cholesky", tol=1e-12, max_iter=1000
        ).fit(x, design.outcomes)
        close(slopes * scales, other.coef_[0], 1e-6)
    return answer(flags, design, intercept, slopes, objective)


def balanced(data, flags, l2):
    """Outcomes weigh n / (2 n_k); the intercept is set back by the log of the weights' ratio."""
    design = Design(data, False, False, reference=False)
    x = np.column_stack([np.ones(COUNT), design.features / design.scales])
    y = design.outcomes
    weights = np.where(y == 1, 0.5 / y.mean(), 0.5 / (1 - y.mean()))
    penalty = l2 * (np.arange(x.shape[1]) > 0)
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        mu = 1 / (1 + np.exp(-(x @ beta)))
        gradient = x.T @ (weights * (mu - y)) / COUNT + penalty * beta
        hessian = (x.T * (weights * mu * (1 - mu))) @ x / COUNT + np.diag(penalty)
        beta -= np.linalg.solve(hessian, gradient)
    other = LogisticRegression(
        C=1 / (COUNT * l2), class_weight="balanced", solver="newton-cholesky", tol=1e-12,
        max_iter=1000).fit(x[:, 1:], y)
    close(beta, np.concatenate([other.intercept_, other.coef_[0]]), 1e-6)
    eta = x @ beta
    objective = (weights @ (np.logaddexp(0, eta) - y * eta) / COUNT
                 + l2 / 2 * np.sum(beta[1:] ** 2))
    intercept = beta[0] - np.log((1 - y.mean()) / y.mean())
    return answer(flags, design, intercept, beta[1:] / design.scales, objective)


def multinomial(data, flags, l2, balance=False):
    """Which region, by the numbers as they stand: symmetric, intercepts with sum 0."""
    names = ["age", "spend", "member", "seen", "prior", "bought"]
    features = np.column_stack([data[name] for name in names])
    centers = features.mean(0)
    x = np.column_stack([np.ones(COUNT), features - centers])
    target = np.eye(4)[data["region"]]
    shares = target.mean(0)
    factors = 1 / (4 * shares) if balance else np.ones(4)
    weights = factors[data["region"]]
    width = x.shape[1]
    penalty = np.tile(l2 * (np.arange(width) > 0), 4)
    beta = np.zeros(4 * width)
    for _ in range(100):
        eta = x @ beta.reshape(4, width).T
        p = np.exp(eta - eta.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        gradient = ((weights[:, None] * (p - target)).T @ x).ravel() / COUNT + penalty * beta
        hessian = np.diag(penalty)
        for k in range(4):
            for m in range(4):
                curvature = weights * p[:, k] * ((k == m) - p[:, m])
                hessian[k * width:(k + 1) * width, m * width:(m + 1) * width] += (
                    (x.T * curvature) @ x / COUNT)
        for k in range(4):  # the mean of the intercepts has no curvature
            hessian[k * width, ::width] += 1
        beta -= np.linalg.solve(hessian, gradient)
    parameters = beta.reshape(4, width)
    other = LogisticRegression(
        C=1 / (COUNT * l2), class_weight="balanced" if balance else None,
        solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(features - centers, data["region"])
    close(parameters[:, 1:], other.coef_, 1e-6)
    close(parameters[:, 0], other.intercept_ - other.intercept_.mean(), 1e-6)
    eta = x @ parameters.T
    loss = np.log(np.exp(eta).sum(1)) - eta[np.arange(COUNT), data["region"]]
    intercepts = parameters[:, 0] - parameters[:, 1:] @ centers - np.log(factors)
    intercepts -= intercepts.mean()
    return {
        "flags": ["--target", "region"] + BASE[2:] + flags,
        "objective": weights @ loss / COUNT + l2 / 2 * np.sum(parameters[:, 1:] ** 2),
        "classes": [
            {"name": LEVELS[k], "intercept": intercepts[k],
             "terms": [{"feature": name, "coefficient": parameters[k, j + 1]}
                       for j, name in enumerate(names)]}
            for k in range(4)]}


def run_r(text, design, extra=""):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "design.csv"
        np.savetxt(path, np.column_stack([design.outcomes, design.offset, design.features]),
                   delimiter=",", fmt="%.17g")
        code = f"d <- as.matrix(read.csv('{path}', header=FALSE)); y <- d[,1]; o <- d[,2]\n"
        code += "x <- d[,-(1:2)]\n" + text
        done = subprocess.run(["Rscript", "-e", code], check=True, capture_output=True, text=True)
    return [float(word) for word in done.stdout.split()]


def elastic_net(data, flags, total, share, weighted=False):
    design = Design(data, weighted, False, reference=False)
    scaled = Design(data, weighted, False, reference=False)
    scaled.features = (design.features - design.features.mean(0)) / design.scales
    numbers = run_r(
        "suppressMessages(library(glmnet))\n"
        f"g <- glmnet(x, y, family='binomial', alpha={share}, lambda={total}, standardize=FALSE,"
        " thresh=1e-20, maxit=1e7)\ncat(sprintf('%.17g\\n', as.matrix(coef(g))))", scaled)
    signs = np.sign(np.round(numbers[1:], 9))
    intercept, slopes, objective = newton(
        design, total * share, total * (1 - share), design.scales, signs)
    close(slopes * design.scales, numbers[1:], 1e-5)
    return answer(flags, design, intercept, slopes, objective)


def firth(data, flags, weighted=False):
    design = Design(data, weighted, False, reference=True)
    numbers = run_r(
        "suppressMessages(library(brglm2))\n"
        "g <- glm(y ~ x, family=binomial, method='brglmFit', type='AS_mean', epsilon=1e-13,"
        " maxit=1000)\ncat(sprintf('%.17g\\n', c(coef(g), sqrt(diag(vcov(g))))))", design)
    count = len(design.names) + 1
    return answer(flags, design, numbers[0], numbers[1:count], None, numbers[count:])


def main():
    FOLDER.mkdir(exist_ok=True)
    data = sample()
    write(data)
    cases = [
        unpenalized(data, ["--l2", "0"]),
        unpenalized(data, ["--l2", "0", "--weight", "seen"], weighted=True),
        unpenalized(data, ["--l2", "0", "--offset", "prior"], offset=True),
        unpenalized(data, ["--l2", "0", "--weight", "seen", "--offset", "prior"],
                    weighted=True, offset=True),
        unpenalized(data, ["--l2", "0", "--se", "robust"], errors="robust"),
        unpenalized(data, ["--l2", "0", "--se", "robust", "--weight", "seen"], weighted=True,
                    errors="robust"),
        unpenalized(data, ["--l2", "0", "--se", "cluster:store"], errors="cluster"),
        ridge(data, ["--l2", "0.01"], 0.01),
        ridge(data, ["--l2", "0.01", "--weight", "seen"], 0.01, weighted=True),
        ridge(data, ["--l2", "0.01", "--weight", "seen", "--offset", "prior"], 0.01,
              weighted=True, offset=True),
        ridge(data, ["--l2", "0.01", "--standardize", "none"], 0.01, scaled=False),
        elastic_net(data, ["--l1", "0.01"], 0.01, 1),
        elastic_net(data, ["--elastic-net", "0.04,0.25"], 0.04, 0.25),
        elastic_net(data, ["--l1", "0.01", "--l2", "0.03", "--weight", "seen"], 0.04, 0.25,
                    weighted=True),
        firth(data, ["--firth"]),
        firth(data, ["--firth", "--weight", "seen"], weighted=True),
        balanced(data, ["--l2", "0.01", "--class-weight", "balanced"], 0.01),
        multinomial(data, ["--kind", "multinomial", "--l2", "0.01", "--standardize", "none"], 0.01),
        multinomial(data, ["--kind", "multinomial", "--l2", "0.01", "--standardize", "none",
                           "--class-weight", "balanced"], 0.01, balance=True),
    ]
    versions = {"numpy": np.__version__, "scipy": scipy.__version__,
                "statsmodels": statsmodels.__version__, "scikit-learn": sklearn.__version__}
    (FOLDER / "pinned.json").write_text(
        json.dumps({"made by": versions, "cases": cases}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
