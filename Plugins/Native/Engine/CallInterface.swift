// How a function of given types is called on this machine, as libffi has worked it out.

import CFFI

/// A prepared `ffi_cif`. Nothing in it changes after the start, so any thread may call through it.
final class CallInterface: @unchecked Sendable {
  /// Both have an address that never moves, as libffi keeps pointers to them.
  private let interface = UnsafeMutablePointer<ffi_cif>.allocate(capacity: 1)
  private let types: UnsafeMutablePointer<UnsafeMutablePointer<ffi_type>?>

  /// Nil when libffi knows no way for these types.
  init?(_ arguments: [CType], _ result: CType?) {
    types = .allocate(capacity: max(arguments.count, 1))
    for (i, type) in arguments.enumerated() { types.advanced(by: i).initialize(to: cffi_type(type.code)) }
    let result = cffi_type(result?.code ?? FFI_TYPE_VOID)
    guard ffi_prep_cif(interface, FFI_DEFAULT_ABI, UInt32(arguments.count), result, types) == FFI_OK else { return nil }
  }

  deinit {
    interface.deallocate()
    types.deallocate()
  }

  /// Calls the function on this thread; the frame holds its arguments and receives what it returns.
  func call(_ function: SharedObject.Function, _ frame: CallFrame) { ffi_call(interface, function, frame.answer, frame.pointers) }
}
