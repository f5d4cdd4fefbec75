// A declared function, found and ready to be called.

import Glibc
public import Vox

/// One function of one library. Nothing in it changes, so any thread may call it; whether the library bears calls at the same time
/// is another matter, which the caller sees to.
public final class NativeFunction: @unchecked Sendable {
  public let declaration: Declaration
  /// Equal for functions of the same library, by whichever name it was opened.
  public let libraryID: Int
  private let function: SharedObject.Function
  private let free: SharedObject.Function?
  private let interface: CallInterface

  init(_ declaration: Declaration, in library: SharedObject, at path: String) throws(Problem) {
    self.declaration = declaration
    libraryID = library.id
    function = try library.function(declaration.symbol, at: "\(path)/symbol")
    free = if case .text(_, let symbol?) = declaration.answer { try library.function(symbol, at: "\(path)/result/free") } else { nil }
    guard let interface = CallInterface(declaration.arguments.map(\.type), declaration.answer.type) else {
      throw Problem(path, "this machine cannot call a function of these types")
    }
    self.interface = interface
  }

  /// Calls the function on this thread, for as long as it takes.
  /// - Parameter passed: what `Declaration.passed` made of the agent's arguments.
  /// - Returns: the function's answer, or, of a function that writes into buffers, an object of them by their names, with what it
  ///   returned as "result" when that is no status.
  /// - Throws: what the function answered cannot be passed on, or is a bad status. It has been called then.
  public func call(_ passed: [Passed]) throws(ProviderError) -> JSONValue {
    guard passed.count == declaration.arguments.count else {
      throw ProviderError(.internal, "'\(declaration.tool)' was to be called with \(passed.count) arguments.")
    }
    let frame = CallFrame(passed)
    // What the function returned may point into it.
    defer { withExtendedLifetime(frame) {} }
    interface.call(function, frame)
    if let index = frame.overrun {
      throw failure(
        "wrote beyond the \(frame.size(of: index)) bytes of its buffer '\(declaration.arguments[index].name)'", code: "buffer_overrun")
    }
    let returned = try returned(frame.answer)
    var members: [String: JSONValue] = [:]
    for (i, argument) in declaration.arguments.enumerated() {
      guard case .buffer(let bytes) = argument.source else { continue }
      members[argument.name] = try text(frame.buffer(i), maxBytes: bytes - 1, " in its buffer '\(argument.name)'")
    }
    if members.isEmpty { return returned ?? .null }
    if let returned { members["result"] = returned }
    return .object(members)
  }

  /// Nil when the return value is no part of the answer.
  private func returned(_ area: UnsafeRawPointer) throws(ProviderError) -> JSONValue? {
    switch declaration.answer {
    case .nothing: return nil
    case .value(let type): return type.answered(area)
    case .status(let type, let verdict):
      let status = type.answered(area) ?? .null
      let bits = status.bool.map { $0 ? 1 : 0 } ?? Int64(clamping: status.int ?? 1)
      guard verdict.isGood(bits) else { throw failure("failed with status \(status.text)", .invalid, code: "bad_status") }
      return nil
    case .text(let maxBytes, _):
      guard let pointer = area.load(as: UnsafeMutableRawPointer?.self) else { return .null }
      defer { giveBack(pointer) }
      return try text(pointer, maxBytes: maxBytes)
    }
  }

  private func giveBack(_ pointer: UnsafeMutableRawPointer) {
    typealias Free = @convention(c) (UnsafeMutableRawPointer) -> Void
    if let free { unsafeBitCast(free, to: Free.self)(pointer) }
  }

  /// Text that ends with NUL after at most `maxBytes`.
  private func text(_ pointer: UnsafeRawPointer, maxBytes: Int, _ place: String = "") throws(ProviderError) -> JSONValue {
    let count = strnlen(pointer.assumingMemoryBound(to: CChar.self), maxBytes + 1)
    guard count <= maxBytes else {
      throw failure("answered more than \(maxBytes) bytes of text\(place)", code: "result_too_long")
    }
    guard let text = String(validating: UnsafeRawBufferPointer(start: pointer, count: count), as: UTF8.self) else {
      throw failure("answered text\(place) that is not UTF-8", code: "not_utf8")
    }
    return .string(text)
  }

  private func failure(_ what: String, _ cls: ErrorClass = .internal, code: String) -> ProviderError {
    ProviderError(
      cls, "'\(declaration.tool)' \(what).", effects: .maybe, code: code, detail: "\(declaration.symbol) of \(declaration.library)")
  }
}
