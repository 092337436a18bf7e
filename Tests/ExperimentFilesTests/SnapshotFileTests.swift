import ExperimentFiles
import Experiments
import TestSupport
import Testing

private let revenue = """
  experiment: a
  variants: [control, treatment]
  primary: {name: revenue, kind: mean, event: order, direction: increase, minimumEffect: 5%}
  design: asymptotic
  """

/// What is wrong with a file of snapshots; empty where nothing is.
private func fault(_ rows: String, yaml: String = revenue) throws -> String {
  let folder = try TemporaryFolder()
  let header = "day,variant,units,conversions,mean,variance\n"
  let path = try folder.write(header + rows, to: "s.csv")
  let definition = try ExperimentFile(yaml: yaml, path: "a.yaml").definition
  do {
    _ = try SnapshotFile(definition: definition).read(path: path)
    return ""
  } catch {
    return "\(error)"
  }
}

/// Numbers that no shop has, and that arithmetic must not stumble over.
struct SnapshotNumberTests {
  @Test func countsBeyondAnyCustomerBaseAreRefused() throws {
    let text = try fault("1,control,9000000000000000000,3,1,1\n1,treatment,10,3,1,1\n")
    #expect(text.contains("s.csv, line 2: column 'units' is 9e+18; give a count, from 0 to 1e15"))
  }

  @Test(arguments: [("1e308", "1"), ("-1e160", "1"), ("1", "1e200")])
  func meansAndVariancesWhoseSquaresOverflowAreRefused(mean: String, variance: String) throws {
    let text = try fault("1,control,10,3,1,1\n1,treatment,10,3,\(mean),\(variance)\n")
    #expect(text.contains("s.csv, line 3: the mean is"))
  }

  @Test func meansWithoutCountedConversionsAreJudgedOrRefused() throws {
    let folder = try TemporaryFolder()
    let definition = try ExperimentFile(yaml: revenue, path: "a.yaml").definition
    for (mean, isRead) in [("1e308", false), ("1e160", false), ("1e-200", true), ("0", true)] {
      let path = try folder.write(
        "day,variant,units,mean,variance\n1,control,10,\(mean),0\n1,treatment,10,\(mean),0\n",
        to: "s.csv")
      let contents = try? SnapshotFile(definition: definition).read(path: path)
      #expect((contents != nil) == isRead)
    }
  }

  @Test func aSumOfSquaresThatFallsIsNoRounding() throws {
    let rows = "1,control,1000,300,1,4\n1,treatment,1000,300,1,4\n"
    let fallen = try fault(rows + "2,control,1001,301,1,0.1\n2,treatment,1001,301,1,4\n")
    #expect(fallen.contains("s.csv, line 4: variant 'control', metric 'revenue' went down in its"))
    #expect(try fault(rows + "2,control,1001,301,1,3.996\n2,treatment,1001,301,1,4\n").isEmpty)
  }

  @Test func anythingButADayIsToldSo() throws {
    let text = try fault("first,control,10,3,1,1\nfirst,treatment,10,3,1,1\n")
    #expect(text.contains("column 'day' is neither a date nor a number of days"))
  }
}

/// An allocation that changes, and no word of how likely each decision was.
struct UnloggedAllocationTests {
  @Test func exposuresWithoutProbabilitiesAreRefused() throws {
    let folder = try TemporaryFolder()
    let exposures = try folder.write(
      "customer_id,variant,timestamp\n1,control,2026-03-01\n2,treatment,2026-03-01\n", to: "e.csv")
    for (variants, column) in [
      ("[control, treatment]", "as 'probability'"),
      ("[control, treatment, other]", "as 'probability_control'"),
    ] {
      let definition = try ExperimentFile(
        yaml: """
          experiment: a
          variants: \(variants)
          primary: {name: purchase, direction: increase, minimumEffect: 5%}
          allocation: {thompson: 5%}
          """, path: "a.yaml"
      ).definition
      #expect {
        try EventFiles(definition: definition).read([exposures])
      } throws: {
        "\($0)".contains("log the probability of each decision, \(column)")
      }
    }
  }

  @Test func snapshotsAreRefused() throws {
    let yaml = revenue + "\nallocation: {thompson: 5%}\n"
    let text = try fault("1,control,10,3,1,1\n1,treatment,10,3,1,1\n", yaml: yaml)
    #expect(text.contains("snapshots have no probabilities of single decisions"))
  }
}
