import ExperimentFiles
import Testing

@Test func errorsNameFileAndLine() {
  let error = ExperimentFileError.definition(path: "a.yaml", line: 3, problem: "no key; add one")
  #expect(error.description == "a.yaml, line 3: no key; add one")
}
