import ExperimentStoreContract
import Experiments
import Testing

@Test(arguments: ExperimentStoreLaw.all)
func theStoreInMemoryKeepsTheLaws(_ law: ExperimentStoreLaw) throws {
  try law.check(MemoryExperimentStore())
}
