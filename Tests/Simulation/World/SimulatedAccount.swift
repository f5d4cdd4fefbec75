// A provider's account in the simulated world: it opens sessions, and the line's offers calls.

import PluginABI
import Vox

/// Makes the sessions of one provider.
final class SimulatedAccount {
  private unowned let world: World
  private let name: String
  private let handle: vox_handle
  private let host: UnsafePointer<vox_host_v0>

  init(_ world: World, name: String, handle: vox_handle, host: UnsafePointer<vox_host_v0>) {
    self.world = world
    self.name = name
    self.handle = handle
    self.host = host
    if name == World.lineName { world.offer = { [unowned self] caller in offer(caller) } }
  }

  func ready() {
    let traits = world.vendors[name]?.traits ?? .object([:])
    withView(JSONValue.object(["traits": traits]).text) { detail in
      var event = vox_ev_account()
      event.h = Layout.head(vox_ev_account.self, .accountState, target: handle)
      event.state = UInt32(VOX_ACCOUNT_READY)
      event.detail = detail
      emit(&event)
    }
  }

  private func offer(_ caller: SimulatedCaller) {
    let call: JSONValue = ["id": .string(caller.offer), "from": .string(caller.number), "to": .string(caller.dials), "rate": 0]
    withView(call.text) { view in
      var event = vox_ev_text()
      event.h = Layout.head(vox_ev_text.self, .offer, target: handle)
      event.text = view
      emit(&event)
    }
  }

  private func emit<E>(_ event: inout E) {
    withUnsafePointer(to: &event) { pointer in
      pointer.withMemoryRebound(to: vox_event.self, capacity: 1) { _ = host.pointee.emit?(host.pointee.ctx, $0) }
    }
  }

  func open(_ role: Role, _ session: vox_handle, _ open: vox_open) -> SimulatedSession {
    let context = (try? open.context.json()) ?? .object([:])
    let call = world.witness.call(context["call"]?.string ?? "", tenant: context["tenant"]?.string ?? "")
    let place = SimulatedSession.Place(world: world, name: name, role: role, call: call, handle: session, host: host)
    world.witness.opened(call, role, name)
    let made: SimulatedSession =
      switch role {
      case .telephony: SimulatedLine(place, caller: world.callers[open.offer.string])
      case .stt: SimulatedEars(place)
      case .llm: SimulatedMind(place)
      case .tts: SimulatedVoice(place)
      case .tool, .room: SimulatedHands(place)
      }
    made.begin()
    return made
  }
}
