import SpecialFunctions
import Testing

/// Three roundings of half an ulp each, and up to one ulp from the C library's exp or log.
private let fewUlps = 8e-16

@Test(arguments: ReferenceValues.log1pExp)
func log1pExpKeepsItsDigits(argument: Double, value: Double) {
  #expect(isClose(log1pExp(argument), value, relative: fewUlps))
}

@Test(arguments: ReferenceValues.logistic)
func logisticKeepsItsDigits(argument: Double, value: Double) {
  #expect(isClose(logistic(argument), value, relative: fewUlps))
}

@Test(arguments: ReferenceValues.logit)
func logitKeepsItsDigits(argument: Double, value: Double) {
  #expect(isClose(logit(argument), value, relative: fewUlps))
}

@Test(arguments: ReferenceValues.log1pExp)
func logLossKeepsTheDigitsOfBothOutcomes(argument: Double, value: Double) {
  // Where the loss is near eta itself, max(eta, 0) − y eta is exact: y is 0 or 1.
  #expect(isClose(logLoss(linearPredictor: argument, outcome: 0), value, relative: fewUlps))
  #expect(isClose(logLoss(linearPredictor: -argument, outcome: 1), value, relative: fewUlps))
}

@Test func logLossIsFiniteForEveryFiniteLinearPredictor() {
  let greatest = Double.greatestFiniteMagnitude
  #expect(logLoss(linearPredictor: greatest, outcome: 0) == greatest)
  #expect(logLoss(linearPredictor: -greatest, outcome: 1) == greatest)
  #expect(logLoss(linearPredictor: greatest, outcome: 1) == 0)
  #expect(logLoss(linearPredictor: -greatest, outcome: 0) == 0)
}

@Test(arguments: 1...20 as ClosedRange<UInt64>)
func logisticOfLogitIsTheProbability(seed: UInt64) {
  var generator = SplitMix64(seed: seed)
  for _ in 0..<50 {
    let probability = generator.nextUniform()
    // The logistic magnifies half an ulp of the log-odds, at most 37, by their size.
    #expect(isClose(logistic(logit(probability)), probability, relative: 1e-14))
  }
}

@Test func theEndsOfLogisticAndLogitMeet() {
  #expect(logit(0) == -.infinity)
  #expect(logit(1) == .infinity)
  #expect(logistic(-.infinity) == 0)
  #expect(logistic(.infinity) == 1)
}
