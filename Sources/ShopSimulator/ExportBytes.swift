/// Text as exports have it, without the cost of strings.
extension [UInt8] {
  mutating func add(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func add(_ text: String) { append(contentsOf: text.utf8) }

  mutating func add(_ number: Int) { add(number, digits: 1) }

  /// With zeros before it, up to so many digits.
  mutating func add(_ number: Int, digits: Int) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var rest = number.magnitude
    var reversed: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var count = 0
    Swift.withUnsafeMutableBytes(of: &reversed) { bytes in
      while rest > 0 || count < digits {
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        bytes[count] = 0x30 + UInt8(digit)
        rest = quotient
        count += 1
      }
      for place in stride(from: count - 1, through: 0, by: -1) { append(bytes[place]) }
    }
  }

  /// An amount of kopecks in roubles, with a point.
  mutating func add(kopecks: Int, mark: UInt8 = UInt8(ascii: ".")) {
    add(kopecks / 100)
    append(mark)
    add(kopecks % 100, digits: 2)
  }

  /// Six decimals, without an exponent.
  mutating func add(fraction value: Double) {
    let millionths = Int((value * 1_000_000).rounded())
    add(millionths / 1_000_000)
    append(UInt8(ascii: "."))
    add(millionths % 1_000_000, digits: 6)
  }

  mutating func add(hex number: UInt64) {
    for shift in stride(from: 60, through: 0, by: -4) {
      append(Self.hexDigits[Int(truncatingIfNeeded: number >> UInt64(shift)) & 15])
    }
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  /// In windows-1251; what it has no place for does not occur here.
  mutating func add(windows1251 text: String) {
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0..<0x80: append(UInt8(scalar.value))
      case 0x410...0x44F: append(UInt8(scalar.value - 0x350))
      case 0x401: append(0xA8)
      case 0x451: append(0xB8)
      case 0x2116: append(0xB9)
      default: append(UInt8(ascii: "?"))
      }
    }
  }

  mutating func endLine() { append(0x0A) }
  mutating func addComma() { append(UInt8(ascii: ",")) }
}

/// Instants of the shop's time as text.
struct ShopClock: Sendable {
  static let millisecondsPerDay = 86_400_000
  let startDay: Int
  let endMilliseconds: Int
  /// Days as 2025-01-31, from a week before the opening on.
  private let days: [[UInt8]]
  private static let margin = 7

  init(startDay: Int, days: Int) {
    self.startDay = startDay
    endMilliseconds = (startDay + days) * Self.millisecondsPerDay
    self.days = (startDay - Self.margin..<startDay + days + Self.margin).map(Self.text)
  }

  private static func text(_ day: Int) -> [UInt8] {
    let date = CivilDate(daysFrom1970: day)
    var text: [UInt8] = []
    text.add(date.year, digits: 4)
    text.add("-")
    text.add(date.month, digits: 2)
    text.add("-")
    text.add(date.day, digits: 2)
    return text
  }

  /// Milliseconds since 1970 of a time in days since the opening.
  func milliseconds(_ time: Double) -> Int {
    startDay * Self.millisecondsPerDay + Int(time * Double(Self.millisecondsPerDay))
  }

  func addDay(_ day: Int, to bytes: inout [UInt8]) {
    let place = day - startDay + Self.margin
    bytes.append(contentsOf: days.indices.contains(place) ? days[place] : Self.text(day))
  }

  /// As 2025-01-31T10:20:30.123Z.
  func add(_ milliseconds: Int, to bytes: inout [UInt8]) {
    // A wrong clock may show a time before 1970.
    var (day, rest) = milliseconds.quotientAndRemainder(dividingBy: Self.millisecondsPerDay)
    if rest < 0 { (day, rest) = (day - 1, rest + Self.millisecondsPerDay) }
    addDay(day, to: &bytes)
    bytes.add("T")
    bytes.add(rest / 3_600_000, digits: 2)
    bytes.add(":")
    bytes.add(rest / 60_000 % 60, digits: 2)
    bytes.add(":")
    bytes.add(rest / 1_000 % 60, digits: 2)
    bytes.add(".")
    bytes.add(rest % 1_000, digits: 3)
    bytes.add("Z")
  }

  /// As 31.01.2025 10:20.
  func addRussian(_ milliseconds: Int, to bytes: inout [UInt8]) {
    let (day, rest) = milliseconds.quotientAndRemainder(dividingBy: Self.millisecondsPerDay)
    let date = CivilDate(daysFrom1970: day)
    bytes.add(date.day, digits: 2)
    bytes.add(".")
    bytes.add(date.month, digits: 2)
    bytes.add(".")
    bytes.add(date.year, digits: 4)
    bytes.add(" ")
    bytes.add(rest / 3_600_000, digits: 2)
    bytes.add(":")
    bytes.add(rest / 60_000 % 60, digits: 2)
  }
}

/// What the exports call a customer. Ids tell nothing of each other.
struct ShopNames: Sendable {
  let seed: UInt64

  func userID(_ number: Int, to bytes: inout [UInt8]) {
    bytes.add("U")
    bytes.add(number, digits: 7)
  }

  func email(_ number: Int, to bytes: inout [UInt8]) {
    bytes.add(Self.firstNames[number % Self.firstNames.count])
    bytes.add(".")
    bytes.add(number, digits: 1)
    bytes.add("@example.com")
  }

  private static let firstNames: [StaticString] = [
    "anna", "boris", "vera", "gleb", "dina", "egor", "zoya", "ivan", "kira", "lev", "maya",
  ]

  func card(_ number: Int, to bytes: inout [UInt8]) { bytes.add(4_100_000_000 + number) }

  func device(_ number: Int, _ device: Int, to bytes: inout [UInt8]) {
    bytes.add(hex: scattered(UInt64(number) << 8 | UInt64(device), salt: seed ^ 21))
  }

  /// Ten digits after the country's code.
  func phone(_ number: Int) -> Int {
    let u = Double(scattered(UInt64(number), salt: seed ^ 22) >> 11) * 0x1p-53
    if u < DirtShares.kioskPhone { return 9_990_000_000 }
    // The phone of a family: this customer's and the one's before.
    let owner =
      u < DirtShares.kioskPhone + DirtShares.sharedPhone && number > 1 ? number - 1 : number
    return 9_000_000_000 + (owner * 7_919 + 17) % 989_000_000
  }

  func phone(_ number: Int, to bytes: inout [UInt8]) {
    bytes.add("+7")
    bytes.add(phone(number))
  }

  /// As people write it: 8 (912) 345-67-89.
  func spokenPhone(_ number: Int, to bytes: inout [UInt8]) {
    let digits = phone(number)
    bytes.add("8 (")
    bytes.add(digits / 10_000_000)
    bytes.add(") ")
    bytes.add(digits / 10_000 % 1_000, digits: 3)
    bytes.add("-")
    bytes.add(digits / 100 % 100, digits: 2)
    bytes.add("-")
    bytes.add(digits % 100, digits: 2)
  }
}
