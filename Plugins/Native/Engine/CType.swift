// The C types a function may take and answer, and the JSON that stands for each.

import CFFI
import Vox

/// A type by the name it has in the settings. `string` is a `const char *` to UTF-8 that ends with NUL; `bool` is C's `_Bool`.
public enum CType: String, CaseIterable, Sendable {
  case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float, double, string

  /// Its size in C.
  var bytes: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float: 4
    case .int64, .uint64, .double, .string: 8
    }
  }

  var isSigned: Bool { [.int8, .int16, .int32, .int64].contains(self) }

  /// The whole numbers it holds; nil for what holds none.
  var wholes: (lowest: Int64, highest: UInt64)? {
    switch self {
    case .int8, .int16, .int32, .int64: (.min >> (64 - bytes * 8), UInt64(Int64.max >> (64 - bytes * 8)))
    case .uint8, .uint16, .uint32, .uint64: (0, .max >> (64 - bytes * 8))
    case .bool, .float, .double, .string: nil
    }
  }

  /// What libffi calls it.
  var code: Int32 {
    switch self {
    case .bool, .uint8: FFI_TYPE_UINT8
    case .uint16: FFI_TYPE_UINT16
    case .uint32: FFI_TYPE_UINT32
    case .uint64: FFI_TYPE_UINT64
    case .int8: FFI_TYPE_SINT8
    case .int16: FFI_TYPE_SINT16
    case .int32: FFI_TYPE_SINT32
    case .int64: FFI_TYPE_SINT64
    case .float: FFI_TYPE_FLOAT
    case .double: FFI_TYPE_DOUBLE
    case .string: FFI_TYPE_POINTER
    }
  }

  /// JSON Schema of an argument.
  var schema: [String: JSONValue] {
    switch self {
    case .bool: ["type": "boolean"]
    case .float, .double: ["type": "number"]
    case .string: ["type": "string"]
    // JSON numbers end at 2^63 - 1 here; larger ones are digits in a text.
    case .uint64: ["type": ["integer", "string"], "minimum": 0]
    default:
      ["type": "integer", "minimum": .int(wholes?.lowest ?? 0), "maximum": .int(Int64(clamping: wholes?.highest ?? 0))]
    }
  }

  /// What an argument must be, in words.
  var expectation: String {
    switch self {
    case .bool: "true or false"
    case .float: "a number, at most 3.4e38 either way"
    case .double: "a number"
    case .string: "text without a NUL character"
    case .uint64: "a whole number of 0 or more (above \(Int64.max): its digits, as text)"
    default: "a whole number from \(wholes?.lowest ?? 0) to \(wholes?.highest ?? 0)"
    }
  }

  /// The value as C takes it; nil when this type does not hold it exactly. Floating point is rounded to what it holds.
  func passed(_ json: JSONValue) -> Passed? {
    switch self {
    case .bool: json.bool.map { .word($0 ? 1 : 0, bytes: bytes) }
    case .string: json.string.flatMap { $0.utf8.contains(0) ? nil : .text($0) }
    case .double: json.double.map { .word($0.bitPattern, bytes: bytes) }
    case .float: json.double.map(Float.init).flatMap { $0.isFinite ? .word(UInt64($0.bitPattern), bytes: bytes) : nil }
    default: whole(json).map { .word($0, bytes: bytes) }
    }
  }

  /// The bits of a whole number, in two's complement.
  private func whole(_ json: JSONValue) -> UInt64? {
    guard let (lowest, highest) = wholes else { return nil }
    switch json {
    case .int(let i) where i < 0: return i >= lowest ? UInt64(bitPattern: i) : nil
    case .int(let i): return UInt64(i) <= highest ? UInt64(i) : nil
    // From 2^53 on a floating-point number stands for several whole ones.
    case .number(let d): return abs(d) < 0x1p53 ? Int64(exactly: d).flatMap { whole(.int($0)) } : nil
    case .string(let digits) where self == .uint64: return digits.utf8.allSatisfy { (48...57).contains($0) } ? UInt64(digits) : nil
    default: return nil
    }
  }

  /// What a function answered, out of the 8 bytes that libffi left; nil for text.
  ///
  /// What JSON cannot hold comes as text, as in the JSON mapping of Protocol Buffers: "NaN", "Infinity", "-Infinity", and
  /// whole numbers above 2^63 - 1 by their digits.
  func answered(_ area: UnsafeRawPointer) -> JSONValue? {
    switch self {
    case .string: return nil
    case .float:
      let value = area.load(as: Float.self)
      // By its shortest decimal form: 0.1 rather than 0.10000000149011612.
      return Self.json(Double(value.description) ?? Double(value))
    case .double: return Self.json(area.load(as: Double.self))
    default:
      // libffi widens whole numbers to a register (`ffi_arg`); the bits above the type's own are not the function's.
      let spare = 64 - bytes * 8
      let word = area.load(as: UInt64.self) << spare
      if self == .bool { return .bool(word != 0) }
      if isSigned { return .int(Int64(bitPattern: word) >> spare) }
      let value = word >> spare
      return Int64(exactly: value).map { .int($0) } ?? .string(String(value))
    }
  }

  private static func json(_ value: Double) -> JSONValue {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return .number(value)
  }
}
