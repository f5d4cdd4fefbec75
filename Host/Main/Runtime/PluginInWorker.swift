// A plugin tried by the contract while it runs in a worker.

import Base
import Isolation
public import PluginABI
public import Vox

/// What `plugins check --isolation worker` tries instead of the library itself.
public enum PluginInWorker {
  /// - Returns: what stands for the library's entry in this process.
  public static func entry(
    _ library: String
  ) throws(ProviderError) -> @convention(c) (UInt32, UInt32, UnsafeMutablePointer<vox_view>) -> UnsafeRawPointer? {
    try WorkerEntry.of(library, Isolation(program: "/proc/self/exe", loops: [], clock: SystemClock()))
  }
}
