// swift-tools-version: 6.2
import PackageDescription

// The modules and their arrows are the map in README.md; scripts/check-modules compares the two.

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(
  of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies,
    resources: resources, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")

let package = Package(
  name: "Hourglass",
  products: [
    .executable(name: "hourglass", targets: ["hourglass"]),
    // A product holds the modules that its signatures name, so that callers can import those too.
    .library(
      name: "Training",
      targets: ["Training", "Scoring", "Evaluation", "Tables", "LinearAlgebra"]),
    .library(name: "Scoring", targets: ["Scoring", "Evaluation", "Tables"]),
    .library(name: "Experiments", targets: ["Experiments"]),
    .library(name: "Serving", targets: ["Serving", "Scoring", "Tables"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(
      name: "CLAPACKE", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

    .target(name: "CAllocator"),
    .target(name: "CVectorMath"),
    module("SpecialFunctions", ["CVectorMath"]),
    module("LinearAlgebra", ["COpenBLAS", "CLAPACKE"]),
    module("Tables", ["CZlib"]),
    module("Scoring", ["Evaluation", "SpecialFunctions", "Tables", crypto]),
    module("Evaluation", ["SpecialFunctions"]),
    module(
      "Training", ["LinearAlgebra", "Evaluation", "Scoring", "Tables", "SpecialFunctions"]),
    module("Experiments", ["SpecialFunctions"]),
    module("ExperimentFiles", ["Experiments", "Tables", "SpecialFunctions", yams]),
    module("Serving", ["Scoring", "Tables", "SpecialFunctions"]),
    module("Plots"),
    module("Simulation", ["SpecialFunctions"]),
    module("ShopSimulator", ["SpecialFunctions", "Tables"]),
    module("CustomerData", ["Tables", "SpecialFunctions", crypto]),
    module("StorageSQLite", ["CustomerData", "Experiments", "StorageSQL", grdb, sqlite]),
    module("StorageSQL", ["CustomerData"]),
    module("StoragePostgres", ["CustomerData", "StorageSQL", "CLibPQ"]),
    .executableTarget(
      name: "hourglass",
      dependencies: [
        "Training", "Serving", "Experiments", "ExperimentFiles", "CustomerData", "StorageSQLite",
        "StoragePostgres", "Scoring", "Evaluation", "Tables", "LinearAlgebra", "Plots",
        "Simulation", "ShopSimulator", "SpecialFunctions", "CAllocator", argumentParser, crypto,
        yams,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Training", "Serving", "Experiments", "ExperimentFiles", "Scoring", "Evaluation", "Tables",
        "LinearAlgebra", "SpecialFunctions", "CAllocator",
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Scoring", "Evaluation"], path: "Tests/TestSupport",
      swiftSettings: strict),
    tests(of: "SpecialFunctions"),
    tests(of: "LinearAlgebra", ["SpecialFunctions"]),
    tests(of: "Tables", ["SpecialFunctions", "TestSupport"]),
    tests(of: "Scoring", ["Evaluation", "Tables", "SpecialFunctions", "TestSupport", crypto]),
    tests(of: "Evaluation", ["SpecialFunctions"], resources: [.copy("Fixtures")]),
    tests(
      of: "Training",
      ["LinearAlgebra", "Evaluation", "Scoring", "Tables", "SpecialFunctions", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .target(
      name: "ExperimentStoreContract", dependencies: ["Experiments", "SpecialFunctions"],
      path: "Tests/ExperimentStoreContract", swiftSettings: strict),
    tests(
      of: "Experiments", ["SpecialFunctions", "ExperimentStoreContract"],
      resources: [.copy("Fixtures")]),
    tests(
      of: "ExperimentFiles", ["Experiments", "Tables", "SpecialFunctions", "TestSupport"]),
    tests(of: "Serving", ["Evaluation", "Scoring", "Tables", "SpecialFunctions", "TestSupport"]),
    tests(of: "Plots"),
    tests(of: "Simulation", ["SpecialFunctions"]),
    tests(of: "ShopSimulator", ["SpecialFunctions", "TestSupport"]),
    .target(
      name: "StoreContract", dependencies: ["CustomerData"], path: "Tests/StoreContract",
      swiftSettings: strict),
    tests(of: "CustomerData", ["Tables", "SpecialFunctions", "TestSupport"]),
    tests(
      of: "StorageSQLite",
      [
        "CustomerData", "Experiments", "ExperimentStoreContract", "SpecialFunctions",
        "StoreContract", "TestSupport", grdb,
      ],
      resources: [.copy("Fixtures")]),
    tests(of: "StoragePostgres", ["CustomerData", "SpecialFunctions", "StoreContract"]),
    .testTarget(
      name: "HourglassTests", dependencies: ["hourglass"], resources: [.copy("Fixtures")],
      swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
