// Which libraries are opened at all: digest, signature, and the first opening in a process of its own.

import Base
import CCrypto
import Glibc
import Loader
import PluginABI
import Testing
import Vox

@testable import Isolation

@Suite struct IntegrityTests {
  private func isolation(_ quarantine: Quarantine = Quarantine()) -> Isolation {
    Isolation(program: Fixtures.program, arguments: [], loops: [], clock: SystemClock(), quarantine: quarantine)
  }

  private func refusal(_ body: () throws -> Void) -> ProviderError? {
    do { try body() } catch { return error as? ProviderError }
    return nil
  }

  /// The digest is that of the bytes, as sha256sum prints it, and another one is refused with both named.
  @Test func digest() throws {
    let library = try SealedLibrary(Fixtures.worker)
    #expect(library.digest.count == 64)
    try library.require(sha256: library.digest.uppercased())
    let error = refusal { try library.require(sha256: String(repeating: "0", count: 64)) }
    #expect(error?.code == "wrong_digest")
    #expect(error?.message.contains(library.digest) == true)
    // FIPS 180-2, appendix B: the digest of "abc".
    let path = "/tmp/vox-abc-\(getpid())"
    write("abc", to: path)
    defer { unlink(path) }
    #expect(refusal { _ = try SealedLibrary(path) }?.code == "not_elf")
  }

  private func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  /// A signature of a trusted key over these very bytes opens the library; any other does not.
  @Test func signature() throws {
    let library = try SealedLibrary(Fixtures.worker)
    let bytes = try #require(contents(Fixtures.worker))
    let (signature, key) = try #require(sign(bytes, seed: 1))
    let (other, otherKey) = try #require(sign([1, 2, 3], seed: 2))
    try library.require(signature: signature, keys: [otherKey, key])
    for (signature, keys) in [(signature, [otherKey]), (other, [key, otherKey]), (signature, []), ("zz", [key]), (signature, ["12"])] {
      #expect(refusal { try library.require(signature: signature, keys: keys) }?.code == "wrong_signature")
    }
  }

  private func contents(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return bytes
  }

  private func sign(_ bytes: [UInt8], seed: UInt8) -> (signature: String, key: String)? {
    let secret = [UInt8](repeating: seed, count: 32)
    guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, secret, 32), let context = EVP_MD_CTX_new() else { return nil }
    defer {
      EVP_PKEY_free(key)
      EVP_MD_CTX_free(context)
    }
    var signature = [UInt8](repeating: 0, count: 64)
    var publicKey = [UInt8](repeating: 0, count: 32)
    var (count, keyCount) = (64, 32)
    guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1, EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1,
      EVP_PKEY_get_raw_public_key(key, &publicKey, &keyCount) == 1
    else { return nil }
    return (Hex.text(signature), Hex.text(publicKey))
  }

  /// The operator's file decides: its digest is required, its grants are carried out, and either way of running gives the same manifest.
  @Test(arguments: ProviderFile.Isolation.allCases)
  func operatorsFile(_ isolation: ProviderFile.Isolation) throws {
    let host = self.isolation()
    var file = ProviderFile(name: "fixture", path: "fixture.yaml", library: Fixtures.worker, isolation: isolation)
    file.sha256 = try SealedLibrary(Fixtures.worker).digest
    #expect(try host.library(for: file, path: Fixtures.worker).manifest.id == "worker-fixture")
    file.sha256 = String(repeating: "a", count: 64)
    #expect(refusal { _ = try host.library(for: file, path: Fixtures.worker) }?.code == "wrong_digest")
    file.sha256 = ""
    file.signature = String(repeating: "a", count: 128)
    #expect(refusal { _ = try host.library(for: file, path: Fixtures.worker) }?.code == "wrong_signature")
  }

  /// The operator's keys are read from his file, remarks and all; a signature of another key, and a line that is no key, are refused.
  @Test(arguments: ProviderFile.Isolation.allCases)
  func trustedKeys(_ isolation: ProviderFile.Isolation) throws {
    let path = "/tmp/vox-keys-\(getpid())-\(isolation.rawValue)"
    defer { unlink(path) }
    let host = Isolation(program: Fixtures.program, arguments: [], loops: [], clock: SystemClock(), trustedKeys: path)
    let bytes = try #require(contents(Fixtures.worker))
    let (signature, key) = try #require(sign(bytes, seed: 3))
    let (_, other) = try #require(sign(bytes, seed: 4))
    var file = ProviderFile(name: "fixture", path: "fixture.yaml", library: Fixtures.worker, isolation: isolation)
    file.signature = signature
    #expect(refusal { _ = try host.library(for: file, path: Fixtures.worker) }?.message.contains("trusts no key") == true)
    write("# ours\n\(other)\n\n  \(key)  # the build machine\n", to: path)
    #expect(try host.library(for: file, path: Fixtures.worker).manifest.id == "worker-fixture")
    write("\(other)\n", to: path)
    #expect(refusal { _ = try host.library(for: file, path: Fixtures.worker) }?.code == "wrong_signature")
    write("\(key)\nnone\n", to: path)
    #expect(refusal { _ = try host.library(for: file, path: Fixtures.worker) }?.message.contains(":2: a trusted key is") == true)
  }

  /// A library that is to run in this process is tried in another one first; one that was harmless there is opened without a trial from
  /// then on, also by a host that starts again, until its bytes change.
  @Test func trial() throws {
    let list = "/tmp/vox-libraries-\(getpid()).json"
    let copy = "/tmp/vox-library-\(getpid()).so"
    defer {
      unlink(list)
      unlink(copy)
    }
    func host(_ program: String) -> Isolation {
      Isolation(program: program, arguments: [], loops: [], clock: SystemClock(), known: KnownLibraries(file: list))
    }
    func open(_ path: String, _ host: Isolation) -> ProviderError? {
      let file = ProviderFile(name: "fixture", path: "fixture.yaml", library: path)
      return refusal {
        let manifest = try host.library(for: file, path: path).manifest
        #expect(manifest.id == "worker-fixture")
      }
    }
    let nowhere = host("/nowhere/worker")
    // Nobody can try it: that is the host's fault and not the library's.
    #expect(open(Fixtures.worker, nowhere) == nil)
    let broken = host(Fixtures.program)
    let path = "\(Fixtures.folder)/worker_load_segv.so"
    #expect(open(path, broken)?.code == "crash_segv")
    #expect(open(path, broken)?.code == "quarantined")
    #expect(open(Fixtures.worker, broken) == nil)
    let digest = try SealedLibrary(Fixtures.worker).digest
    #expect(KnownLibraries(file: list).knows(digest))
    // The same bytes under another name are known. Other bytes under the same name are not, and the library that was opened from
    // there stays what it was.
    write(try #require(contents(Fixtures.worker)), to: copy)
    #expect(open(copy, broken) == nil)
    let file = ProviderFile(name: "fixture", path: "fixture.yaml", library: copy)
    let opened = try broken.library(for: file, path: copy)
    write([1, 2, 3], to: copy)
    #expect(open(copy, broken)?.code == "not_elf")
    #expect(opened.table.pointee.manifest.string.contains("worker-fixture"))
  }

  private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { return }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }

  /// What is checked is what is loaded: a file exchanged after the check changes nothing.
  @Test func swapAfterCheck() throws {
    let path = "\(Fixtures.folder)/swapped-\(getpid()).so"
    let bytes = try #require(contents(Fixtures.worker))
    func put(_ bytes: [UInt8]) {
      guard let file = fopen(path, "w") else { return }
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }
    put(bytes)
    defer { unlink(path) }
    let library = try SealedLibrary(path)
    try library.require(sha256: library.digest)
    // The same file, overwritten in place with something that would crash the loader.
    put([UInt8](repeating: 0, count: bytes.count))
    let isolation = isolation()
    let rig = try Rig(isolation.open(library, isolation.order(path), name: "swapped"))
    defer { rig.stop() }
    #expect(rig.open() != nil)
  }

  /// A library that dies of being opened takes a throw-away process with it: each way has its code and sentence, and the library is
  /// not opened a second time, until it is cleared.
  @Test(arguments: [
    ("worker_load_segv", "crash_segv", "crashed with a segmentation fault"), ("worker_load_abort", "crash_abort", "called abort()"),
    ("worker_load_exit", "crash_exit", "called exit(3)"), ("worker_entry_segv", "crash_segv", "segmentation fault in vox_plugin_entry"),
  ])
  func brokenLoads(_ name: String, _ code: String, _ words: String) throws {
    let path = "\(Fixtures.folder)/\(name).so"
    let isolation = isolation()
    let library = try SealedLibrary(path)
    let first = refusal { _ = try isolation.probe(library, isolation.order(path)) }
    #expect(first?.code == code)
    #expect(first?.message.contains(words) == true && first?.message.contains(path) == true, "\(first?.message ?? "")")
    let second = refusal { _ = try isolation.probe(library, isolation.order(path)) }
    #expect(second?.code == "quarantined")
    #expect(isolation.quarantine.clear(String(library.digest.prefix(12))) == 1)
    #expect(refusal { _ = try isolation.probe(library, isolation.order(path)) }?.code == code)
  }

  /// One that hangs is given up in time.
  @Test func hangingLoad() throws {
    let path = "\(Fixtures.folder)/worker_load_hang.so"
    let library = try SealedLibrary(path)
    let error = refusal { _ = try Probe.open(library, isolation().order(path), deadlineMs: 300) }
    #expect(error?.code == "load_hang")
  }

  /// The list survives the host, and a damaged file of it counts as empty.
  @Test func quarantineIsKept() throws {
    let path = "/tmp/vox-quarantine-\(getpid()).json"
    defer { unlink(path) }
    let entry = Quarantine.Entry(digest: "ab12", path: "x.so", code: "crash_segv", reason: "it \"crashed\"", sinceMs: 5)
    Quarantine(file: path).add(entry)
    #expect(Quarantine(file: path).entries == [entry])
    #expect(Quarantine(file: path).clear("ab") == 1)
    #expect(Quarantine(file: path).entries.isEmpty)
    write("{[", to: path)
    #expect(Quarantine(file: path).entries.isEmpty)
  }

  /// A program that is not there is a sentence, not a crash.
  @Test func missingProgram() throws {
    let isolation = Isolation(program: "/nowhere/worker", loops: [], clock: SystemClock())
    let library = try SealedLibrary(Fixtures.worker)
    let error = refusal { _ = try isolation.probe(library, isolation.order(Fixtures.worker)) }
    #expect(error?.code == "worker_start")
    #expect(error?.message.contains("/nowhere/worker") == true)
  }
}
