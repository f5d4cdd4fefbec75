// The first message to a worker and its answer: what to load, within which walls, and what came of it.

import Loader
import Vox

/// What a worker is told before anything else. Its descriptors: the library, the board, one doorbell per loop.
struct LoadOrder {
  let libraryPath: String
  let package: String
  let limits: WorkerOrder.Limits
  let sandbox: Sandbox
  let namespaceError: Int32
  let loops: Int

  init(_ order: WorkerOrder, namespaceError: Int32, loops: Int) {
    libraryPath = order.libraryPath
    package = order.package
    limits = order.limits
    sandbox = order.sandbox
    self.namespaceError = namespaceError
    self.loops = loops
  }

  var packed: [UInt8] {
    var packer = Packer()
    packer.text(libraryPath)
    packer.text(package)
    for n in [limits.memoryBytes, limits.files, limits.threads, UInt64(UInt32(bitPattern: namespaceError)), UInt64(loops)] {
      packer.number(n)
    }
    packer.text(sandbox.network.rawValue)
    packer.texts(sandbox.readable)
    packer.texts(sandbox.writable)
    packer.number(sandbox.isStrict ? 1 : 0)
    packer.number(sandbox.tcpPorts == nil ? 0 : 1)
    packer.texts((sandbox.tcpPorts ?? []).map { "\($0.lowerBound)-\($0.upperBound)" })
    return packer.bytes
  }

  init?(_ payload: [UInt8]) {
    var unpacker = Unpacker(payload)
    libraryPath = unpacker.text()
    package = unpacker.text()
    var limits = WorkerOrder.Limits()
    limits.memoryBytes = unpacker.number()
    limits.files = unpacker.number()
    limits.threads = unpacker.number()
    self.limits = limits
    namespaceError = Int32(truncatingIfNeeded: unpacker.number())
    loops = Int(clamping: unpacker.number())
    var sandbox = Sandbox()
    sandbox.network = Sandbox.Network(rawValue: unpacker.text()) ?? .none
    sandbox.readable = unpacker.texts()
    sandbox.writable = unpacker.texts()
    sandbox.isStrict = unpacker.number() != 0
    let hasPorts = unpacker.number() != 0
    let ports = unpacker.texts().compactMap { ClosedRange<UInt16>(ports: $0) }
    sandbox.tcpPorts = hasPorts ? ports : nil
    self.sandbox = sandbox
    guard unpacker.isAtEnd, (1...Board.maxLoops).contains(loops) else { return nil }
  }
}

/// A library that was loaded in a worker.
struct LoadAnswer {
  let manifest: String
  let report: SandboxReport

  var packed: [UInt8] {
    var packer = Packer()
    packer.text(manifest)
    packer.text(report.json.text)
    return packer.bytes
  }

  init(manifest: String, report: SandboxReport) {
    self.manifest = manifest
    self.report = report
  }

  init?(_ payload: [UInt8]) {
    var unpacker = Unpacker(payload)
    manifest = unpacker.text()
    let report = unpacker.text()
    guard unpacker.isAtEnd, let json = try? JSONValue(parsing: report) else { return nil }
    self.report = SandboxReport(json)
  }

  // MARK: Refusals

  static func pack(_ error: ProviderError) -> [UInt8] {
    var packer = Packer()
    packer.number(error.cls.rawValue)
    packer.text(error.code)
    packer.text(error.message)
    return packer.bytes
  }

  /// Why a library was refused.
  static func refusal(_ payload: [UInt8]) -> ProviderError {
    var unpacker = Unpacker(payload)
    let cls = ErrorClass(rawValue: UInt16(truncatingIfNeeded: unpacker.number())) ?? .invalid
    let code = unpacker.text()
    let message = unpacker.text()
    guard unpacker.isAtEnd else {
      return ProviderError(.invalid, "the library was refused without a readable reason", scope: .provider, code: "refused")
    }
    return ProviderError(cls, message, scope: .provider, code: code)
  }
}
