// A table of text: columns as wide as what stands in them, a line of titles, nothing drawn around it.

/// Rows under titles. Numbers are right-aligned, text left-aligned, as the column says.
public struct Table: Sendable {
  public enum Alignment: Sendable { case left, right }

  public struct Column: Sendable {
    let title: String
    let alignment: Alignment

    public static func left(_ title: String) -> Column { Column(title: title, alignment: .left) }
    public static func right(_ title: String) -> Column { Column(title: title, alignment: .right) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  /// Between two columns; two spaces keep right-aligned and left-aligned neighbours apart.
  private static let gap = "  "

  public init(_ columns: [Column]) { self.columns = columns }

  public var isEmpty: Bool { rows.isEmpty }

  /// Adds a row. Missing cells are empty, those beyond the last column are dropped; control characters become dots.
  public mutating func add(_ cells: [String]) {
    rows.append(columns.indices.map { $0 < cells.count ? Screen.plain(cells[$0]) : "" })
  }

  /// The lines of the table, titles first.
  /// - Parameter width: lines are cut to so many characters; nil leaves them whole.
  public func lines(width: Int? = nil) -> [String] {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      let cells = columns.indices.map { Self.cell(row[$0], columns[$0].alignment, width: widths[$0]) }
      return Self.cut(cells.joined(separator: Self.gap).trimmedEnd, to: width)
    }
  }

  private static func cell(_ text: String, _ alignment: Alignment, width: Int) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return alignment == .left ? text + space : space + text
  }

  private static func cut(_ line: String, to width: Int?) -> String {
    guard let width, line.count > width else { return line }
    return line.prefix(max(1, width) - 1) + "…"
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
