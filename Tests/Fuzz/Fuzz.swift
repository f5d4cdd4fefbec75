// The fuzzer's door to the readers of strangers' bytes (libFuzzer, LLVM). Built only by `make fuzz`.

import Glibc

/// The reader that the environment names, such as `READER=events`.
private let chosen = {
  let name = getenv("READER").map { String(cString: $0) } ?? ""
  guard let reader = Readers.all.first(where: { $0.name == name }) else {
    print("READER must be one of: \(Readers.all.map(\.name).joined(separator: ", "))")
    exit(2)
  }
  return reader
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  chosen.read(UnsafeRawBufferPointer(start: bytes, count: count))
  return 0
}
