// Opens the library of an operator's file as that file says: checked, and here or in workers.

import Glibc
import Synchronization
public import Loader
public import Vox

extension Isolation {
  /// For `Registry.init(openLibrary:)`. What is opened is a sealed copy of the file as it stands now: one that is overwritten in place
  /// would otherwise take the running host down with it, and the dynamic linker, going by names, would not see a newer one.
  ///
  /// - Parameters:
  ///   - path: of the library.
  ///   - news: of its workers.
  public func library(
    for file: ProviderFile, path: String, news: @escaping @Sendable (WorkerNews) -> Void = { _ in }
  ) throws(ProviderError) -> Library {
    let library = try Self.sealed(file, path, trustedKeys)
    if file.isolation == .worker { return try open(library, order(file, path), name: file.name, news: news) }
    let key = "\(library.digest) \(path)"
    if let open = opened.withLock({ $0[key] }) { return open }
    try tryOut(library, file, path)
    do {
      let open = try library.openHere(package: file.package)
      opened.withLock { $0[key] = open }
      return open
    } catch {
      // Its own libraries may lie beside it, where only the file itself finds them; bytes that were checked are never left for others.
      guard error.code == "dependency_missing", file.sha256.isEmpty, file.signature.isEmpty else { throw error }
      return try Library.open(path, package: file.package)
    }
  }

  private static func sealed(_ file: ProviderFile, _ path: String, _ trustedKeys: String) throws(ProviderError) -> SealedLibrary {
    let library = try SealedLibrary(path)
    if !file.sha256.isEmpty { try library.require(sha256: file.sha256) }
    if !file.signature.isEmpty { try library.require(signature: file.signature, keys: TrustedKeys.read(trustedKeys)) }
    return library
  }

  /// Whether a library has the digest and the signature that the operator's file demands, without opening it.
  ///
  /// - Parameters:
  ///   - path: of the library.
  ///   - trustedKeys: the file of the operator's keys.
  /// - Throws: what `library(for:path:news:)` would refuse it with.
  public static func verify(_ file: ProviderFile, path: String, trustedKeys: String) throws(ProviderError) {
    if !file.sha256.isEmpty || !file.signature.isEmpty { _ = try sealed(file, path, trustedKeys) }
  }

  /// Opens a library that is new in a throw-away process, before it is opened in this one.
  private func tryOut(_ library: SealedLibrary, _ file: ProviderFile, _ path: String) throws(ProviderError) {
    guard let trusted, !trusted.knows(library.digest) else { return }
    // It is to run without walls, so none may be in the way of its being opened.
    var order = order(file, path)
    order.sandbox.readable.append("/")
    do throws(ProviderError) { _ = try probe(library, order) } catch {
      // Whatever does no harm is told by the opening itself.
      if error.cls == .crashed { throw error }
      return
    }
    trusted.add(path, digest: library.digest)
  }

  private func order(_ file: ProviderFile, _ path: String) -> WorkerOrder {
    var order = order(path)
    order.package = file.package
    order.spares = file.workers.spares
    order.limits.memoryBytes = UInt64(file.workers.memoryMiB) << 20
    order.sandbox.network = file.workers.network == .own ? .own : .none
    order.sandbox.tcpPorts = file.workers.ports
    order.sandbox.readable = file.workers.readable
    order.sandbox.writable = file.workers.writable
    order.sandbox.isStrict = file.workers.isStrict
    return order
  }
}

extension SealedLibrary {
  /// Opens in this process the very bytes that were checked.
  func openHere(package: String) throws(ProviderError) -> Library {
    // Never closed: the dynamic linker knows an image by this name, and would take another library under the same number for it. With the
    // number of the process in it, debuggers and profilers find the image as well.
    let place = "/proc/\(getpid())/fd/\(dup(descriptor))"
    do { return try Library.open(place, package: package) } catch {
      throw ProviderError(error.cls, error.message.replacing(place, with: path), scope: .provider, code: error.code)
    }
  }
}
