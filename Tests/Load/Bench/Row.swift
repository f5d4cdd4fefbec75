// One figure: what was measured, what it came to, what it must not exceed.

import Glibc
import Vox

struct Row {
  let name: String
  let value: Double
  let unit: String
  /// The figure of the design; nil: none is set.
  var limit: Double?
  var note = ""
  /// What earlier runs came to that missed the limit.
  var missed: [Double] = []

  /// Nil when no limit is set.
  var holds: Bool? { limit.map { value <= $0 } }

  /// Rows that were measured again, each with what was missed before.
  static func again(_ before: [Row], _ rows: [Row]) -> [Row] {
    rows.map { row in
      guard let earlier = before.first(where: { $0.name == row.name }) else { return row }
      var row = row
      row.missed = earlier.missed + (earlier.holds == false ? [earlier.value] : [])
      return row
    }
  }

  static func printTable(_ rows: [Row]) {
    let width = rows.map(\.name.count).max() ?? 0
    print("")
    for row in rows {
      let name = row.name + String(repeating: " ", count: width - row.name.count)
      let limit = row.limit.map { "<= \(text($0)) \(row.holds == true ? "ok" : "MISSED")" } ?? ""
      print("\(name)  \(pad(text(row.value), 12)) \(pad(row.unit, 10, left: true)) \(pad(limit, 18, left: true)) \(row.remark)")
    }
    print("")
  }

  private var remark: String {
    let before = missed.isEmpty ? [] : ["missed before with \(missed.map(Row.text).joined(separator: ", "))"]
    return ((note.isEmpty ? [] : [note]) + before).joined(separator: "; ")
  }

  static func write(_ rows: [Row], to path: String) throws {
    let json = JSONValue.array(
      rows.map { row in
        var members: [String: JSONValue] = ["name": .string(row.name), "value": .number(row.value), "unit": .string(row.unit)]
        if let limit = row.limit { members["limit"] = .number(limit) }
        if let holds = row.holds { members["holds"] = .bool(holds) }
        if !row.remark.isEmpty { members["note"] = .string(row.remark) }
        return .object(members)
      })
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    mkdir((path.hasPrefix("/") ? "/" : "") + folder, 0o755)
    guard let file = fopen(path, "w") else { throw BenchError("\(path) cannot be written") }
    defer { fclose(file) }
    fputs(json.text + "\n", file)
  }

  private static func text(_ d: Double) -> String {
    let scaled = (d * 1000).rounded() / 1000
    return scaled == scaled.rounded() ? String(Int(scaled)) : String(scaled)
  }

  private static func pad(_ s: String, _ width: Int, left: Bool = false) -> String {
    let space = String(repeating: " ", count: max(width - s.count, 0))
    return left ? s + space : space + s
  }
}

struct BenchError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension [Double] {
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }

  /// The value that `share` of all do not exceed.
  func quantile(_ share: Double) -> Double {
    isEmpty
      ? 0
      : sorted()[
        Swift.min(count - 1, Int((Double(count) * share).rounded(.up)) - 1 < 0 ? 0 : Int((Double(count) * share).rounded(.up)) - 1)]
  }
}
