import ExperimentStoreContract
import Experiments
import GRDB
import StorageSQLite
import TestSupport
import Testing

@Test(arguments: ExperimentStoreLaw.all)
func theStoreInAFileKeepsTheLaws(_ law: ExperimentStoreLaw) throws {
  let folder = try TemporaryFolder()
  try law.check(try SQLiteStore(path: folder.file("store.db")))
}

@Test func aStoreThatIsOpenedAgainKnowsItsExperiments() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("store.db")
  let metric = try MetricDefinition(
    name: "purchase", kind: .conversion(event: "purchase"), direction: .increase)
  let assignment = try AssignmentDesign(salt: "cart", variants: ["control", "reminder"])
  let definition = try ExperimentDefinition(
    key: "cart", unit: "customer_id",
    goal: Goal(metric: metric, minimumEffect: .relative(0.05)),
    phases: [Phase(assignment: assignment)])
  try SQLiteStore(path: path).start(definition, source: "experiment: cart", atSeconds: 1e9)
  let started = try SQLiteStore(path: path).experiment("cart")
  #expect(started?.settings == definition.settings && started?.source == "experiment: cart")
}

@Test func aStoreFromBeforeExperimentsSaysHowItIsBroughtUpToDate() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("store.db")
  _ = try SQLiteStore(path: path)
  try DatabaseQueue(path: path).write { db in
    try db.execute(
      sql: """
        DROP TABLE experiments;
        DELETE FROM grdb_migrations WHERE identifier = 'create experiments';
        """)
  }
  let store = try SQLiteStore(path: path, isReadOnly: true)
  #expect {
    try store.experiments()
  } throws: {
    "\($0)"
      == "\(path): it was made before experiments were kept; 'hourglass experiment start' or any import"
      + " brings it up to date"
  }
}
