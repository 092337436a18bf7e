import Scoring
import Tables
import Training

extension TrainCommand {
  /// Adds the model to the registry, and says how it does beside the one in service.
  func publish(_ result: Trainer.Result, _ progress: Progress) throws {
    let registry = location.registry
    let champion = try registry.champion(of: name)
    let version = try registry.add(result.model) {
      ModelCard(model: result.model, version: $0).markdown
    }
    let isFirst = try registry.promoteIfFirst(name, version: version)
    progress.show("comparing")
    let comparison = try champion.map { try compare($0, result) }
    if promote, !isFirst { try registry.promote(name, version: version) }
    let report = TrainingReport(
      model: ModelSummary(try registry.load(name, version: version)),
      evaluation: result.model.predictor.evaluation, training: result.model.training,
      fitSeconds: result.fitSeconds, champion: comparison)
    progress.clear()
    if json { return try Console.printJSON(report) }
    try Console.print(report.text(directory: location.models))
  }

  /// Judges the version in service on the new version's test rows.
  private func compare(_ version: String, _ result: Trainer.Result) throws -> ChampionComparison {
    do {
      let champion = try location.registry.load(name, version: version).model
      guard result.model.predictor.evaluation != nil else {
        return ChampionComparison(
          version: version, evaluation: nil, mayHaveSeenRows: false,
          reason: "every row was fitted to (--fit-all)")
      }
      guard champion.predictor.means(result.model.predictor) else {
        return ChampionComparison(
          version: version, evaluation: nil, mayHaveSeenRows: false,
          reason: "it predicts another outcome, \(champion.predictor.words)")
      }
      let rejects = try RejectLog(path: input.data, maxRejects: 1)
      // Both count days back from the same day: the later of the two trainings knows which.
      var later = LaterEvaluation(
        model: champion.counting(from: result.model.encoder.snapshot),
        threadCount: input.threadCount)
      later.refusesDatesAfterSnapshot = false
      later.weightColumn = fit.weight
      let judged = try later.evaluate(
        input.open(missing: champion.encoder.missing), keeps: result.isTestRow, rejects: rejects)
      return ChampionComparison(
        version: version, evaluation: judged.evaluation,
        mayHaveSeenRows: champion.mayHaveSeen(result.model), reason: nil)
    } catch let error as any CustomStringConvertible & Error {
      // A champion from another file may lack a column here, and a damaged one is to be replaced: that is
      // news, not a failed training.
      return ChampionComparison(
        version: version, evaluation: nil, mayHaveSeenRows: false,
        reason: "\(error)")
    }
  }
}
