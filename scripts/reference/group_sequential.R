#!/usr/bin/env Rscript
# Writes Tests/ExperimentsTests/Fixtures/group-sequential.json: boundaries, sample sizes and final
# analyses of group-sequential designs, by rpact (Debian's r-cran-rpact).
#
# Run from the root of the repository, with rpact installed:
#
#     Rscript scripts/reference/group_sequential.R

suppressPackageStartupMessages(library(rpact))

target <- "Tests/ExperimentsTests/Fixtures/group-sequential.json"

# Written by hand, so that numbers keep 17 digits and no other package is needed.
number <- function(x) if (is.finite(x)) sprintf("%.17g", x) else "null"
numbers <- function(x) paste0("[", paste(vapply(x, number, ""), collapse = ", "), "]")
object <- function(fields) {
  paste0("{", paste(sprintf("\"%s\": %s", names(fields), unlist(fields)), collapse = ", "), "}")
}
text <- function(x) sprintf("\"%s\"", x)

spendings <- list(
  obrienFleming = list(alpha = "asOF", beta = "bsOF"),
  pocock = list(alpha = "asP", beta = "bsP"),
  kimDeMets = list(alpha = "asKD", beta = "bsKD"),
  hwangShihDeCani = list(alpha = "asHSD", beta = "bsHSD"))

design_of <- function(case) {
  arguments <- list(
    informationRates = case$fractions, alpha = case$alpha, beta = 1 - case$power,
    sided = case$sides, typeOfDesign = spendings[[case$spending]]$alpha, tolerance = 1e-10)
  if (!is.null(case$parameter)) arguments$gammaA <- case$parameter
  if (!is.null(case$futility)) {
    arguments$typeBetaSpending <- spendings[[case$futility]]$beta
    arguments$bindingFutility <- case$isBinding
    if (!is.null(case$futilityParameter)) arguments$gammaB <- case$futilityParameter
  }
  do.call(getDesignGroupSequential, arguments)
}

described <- function(case) {
  design <- design_of(case)
  characteristics <- getDesignCharacteristics(design)
  fields <- list(
    spending = text(case$spending),
    parameter = if (is.null(case$parameter)) "null" else number(case$parameter),
    alpha = number(case$alpha), sides = case$sides, power = number(case$power),
    fractions = numbers(case$fractions),
    efficacy = numbers(design$criticalValues),
    alphaSpent = numbers(design$alphaSpent),
    shift = number(characteristics$shift),
    inflation = number(characteristics$inflationFactor),
    expectedFractionNull = number(characteristics$averageSampleNumber0 / characteristics$inflationFactor),
    expectedFractionPlanned = number(characteristics$averageSampleNumber1 / characteristics$inflationFactor))
  if (!is.null(case$futility)) {
    fields$futilitySpending <- text(case$futility)
    fields$futilityParameter <-
      if (is.null(case$futilityParameter)) "null" else number(case$futilityParameter)
    fields$isBinding <- if (case$isBinding) "true" else "false"
    fields$futility <- numbers(design$futilityBounds)
  }
  object(fields)
}

equal <- function(count) (1:count) / count
uneven <- c(0.1, 0.15, 0.4, 0.85, 1)
designs <- list(
  list(spending = "obrienFleming", alpha = 0.05, sides = 2, power = 0.8, fractions = equal(5)),
  list(spending = "obrienFleming", alpha = 0.05, sides = 2, power = 0.8, fractions = equal(20)),
  list(spending = "obrienFleming", alpha = 0.025, sides = 1, power = 0.9, fractions = uneven),
  list(spending = "pocock", alpha = 0.05, sides = 2, power = 0.8, fractions = equal(5)),
  list(spending = "pocock", alpha = 0.01, sides = 1, power = 0.9, fractions = uneven),
  list(spending = "kimDeMets", parameter = 1.5, alpha = 0.05, sides = 2, power = 0.8,
    fractions = equal(10)),
  list(spending = "kimDeMets", parameter = 3, alpha = 0.025, sides = 1, power = 0.8,
    fractions = uneven),
  list(spending = "hwangShihDeCani", parameter = -4, alpha = 0.05, sides = 2, power = 0.8,
    fractions = equal(8)),
  list(spending = "hwangShihDeCani", parameter = 2, alpha = 0.025, sides = 1, power = 0.95,
    fractions = uneven),
  list(spending = "obrienFleming", alpha = 0.025, sides = 1, power = 0.8, fractions = equal(5),
    futility = "obrienFleming", isBinding = FALSE),
  list(spending = "obrienFleming", alpha = 0.025, sides = 1, power = 0.8, fractions = equal(20),
    futility = "obrienFleming", isBinding = FALSE),
  list(spending = "obrienFleming", alpha = 0.025, sides = 1, power = 0.8, fractions = equal(5),
    futility = "pocock", isBinding = TRUE),
  list(spending = "pocock", alpha = 0.025, sides = 1, power = 0.9, fractions = uneven,
    futility = "kimDeMets", futilityParameter = 2, isBinding = FALSE),
  list(spending = "hwangShihDeCani", parameter = -2, alpha = 0.025, sides = 1, power = 0.85,
    fractions = equal(6), futility = "hwangShihDeCani", futilityParameter = -1, isBinding = TRUE))

# Means with a known standard deviation of 1 in two groups: information n / 4 after n units in all.
analysed <- function(case) {
  design <- getDesignGroupSequential(
    informationRates = case$fractions, alpha = case$alpha, sided = 1,
    typeOfDesign = spendings[[case$spending]]$alpha, tolerance = 1e-10)
  data <- getDataset(
    overallN1 = case$n, overallN2 = case$n, overallMeans1 = case$estimates,
    overallMeans2 = rep(0, length(case$n)), overallStDevs1 = rep(1, length(case$n)),
    overallStDevs2 = rep(1, length(case$n)))
  results <- getAnalysisResults(
    design = design, dataInput = data, normalApproximation = TRUE)
  final <- getFinalConfidenceInterval(design, data, normalApproximation = TRUE)
  stage <- final$finalStage
  # rpact's z is of pooled deviations; the standard error is read back from it.
  z <- results$.stageResults$overallTestStatistics
  object(list(
    spending = text(case$spending), alpha = number(case$alpha), fractions = numbers(case$fractions),
    estimates = numbers(case$estimates), standardErrors = numbers(case$estimates / z),
    finalLook = stage,
    pValue = number(getFinalPValue(results$.stageResults)$pFinal),
    medianUnbiased = number(final$medianUnbiased),
    lower = number(final$finalConfidenceInterval[1]),
    upper = number(final$finalConfidenceInterval[2]),
    repeatedLower = numbers(results$repeatedConfidenceIntervalLowerBounds),
    repeatedUpper = numbers(results$repeatedConfidenceIntervalUpperBounds)))
}

analyses <- list(
  list(spending = "obrienFleming", alpha = 0.025, fractions = equal(4),
    n = c(100, 200, 300, 400), estimates = c(0.1, 0.18, 0.21, 0.15)),
  list(spending = "obrienFleming", alpha = 0.025, fractions = equal(4),
    n = c(100, 200, 300, 400), estimates = c(0.12, 0.11, 0.05, 0.09)),
  list(spending = "pocock", alpha = 0.025, fractions = c(0.2, 0.5, 1),
    n = c(200, 500, 1000), estimates = c(0.02, 0.2, 0.1)))

lines <- c(
  paste0("{\"version\": \"rpact ", packageVersion("rpact"), "\","),
  " \"designs\": [",
  paste0("  ", vapply(designs, described, ""), c(rep(",", length(designs) - 1), "")),
  " ],",
  " \"analyses\": [",
  paste0("  ", vapply(analyses, analysed, ""), c(rep(",", length(analyses) - 1), "")),
  " ]}")
writeLines(lines, target)
