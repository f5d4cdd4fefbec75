// What the services of a check may ask of the host that tries a plugin.

import PluginABI
import Synchronization
import Testing
import Vox

@testable import Conformance

struct ServicePortTests {
  private func event(_ target: vox_handle) -> ServiceEvent {
    ServiceEvent(target: target, bytes: MemoryLayout<vox_event>.size) {
      $0.initializeMemory(as: vox_event.self, repeating: Layout.head(vox_event.self, .httpDone, target: target), count: 1)
    }
  }

  /// Events wait in order for the thread of the case, with what is to follow them; those of nobody are stale, and there is an end to how
  /// many may wait.
  @Test func mail() {
    let host = ValidatingHost()
    let port = host.port([:])
    #expect(port.deliver(event(port.account)) == vox_status(VOX_STALE))
    #expect(!port.owns(port.account))
    #expect(host.openAccount() == port.account)
    #expect(port.owns(port.account))
    let session = host.newSession(.tts)
    #expect(port.deliver(event(session)) == vox_status(VOX_OK))
    port.settle {}
    let mail = host.takeMail()
    #expect(mail.count == 2)
    guard case .event(let first) = mail[0], case .settled = mail[1] else { return #expect(Bool(false), "not in order") }
    #expect(first.target == session)
    while port.deliver(event(session)) == vox_status(VOX_OK) {}
    #expect(port.deliver(event(session)) == vox_status(VOX_WOULD_BLOCK))
    host.forget(session: session)
    #expect(port.deliver(event(session)) == vox_status(VOX_STALE))
    #expect(!port.owns(session))
  }

  /// After the provider is destroyed nothing is owned, nothing is taken, and the services are told once.
  @Test func end() {
    final class Counting: OfferedServices {
      let retired = Atomic(0)
      func table(_ id: String, incoming: UnsafePointer<vox_socket_v0>) -> UnsafeRawPointer? { nil }
      func retire() { retired.add(1, ordering: .relaxed) }
    }
    let (host, services) = (ValidatingHost(), Counting())
    let port = host.port([:])
    _ = host.openAccount()
    host.offer(ServiceTables(services))
    host.leave()
    #expect(services.retired.load(ordering: .relaxed) == 1)
    #expect(port.deliver(event(port.account)) == vox_status(VOX_STALE))
    #expect(!port.owns(port.account))
    port.log("late, but no breach of the plugin's")
    #expect(host.breaches.isEmpty)
  }
}
