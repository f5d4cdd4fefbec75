// Responses of the API: JSON, and errors in one shape everywhere.

import Base
import HTTPTypes
import Hummingbird
import NIOCore
import Vox

extension Response {
  static func json(_ status: HTTPResponse.Status = .ok, _ value: JSONValue) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: value.text + "\n")))
  }

  /// `{"error": {"class", "message"}}`; `cls` is one of the classes of the ABI.
  static func problem(_ status: HTTPResponse.Status, _ cls: String, _ message: String, headers: HTTPFields = [:]) -> Response {
    var response = json(status, ["error": ["class": .string(cls), "message": .string(message)]])
    response.headers.append(contentsOf: headers)
    return response
  }

  static func problem(_ problem: Problem) -> Response {
    let status: HTTPResponse.Status =
      switch problem.errorClass {
      case .auth: .unauthorized
      case .quota: HTTPResponse.Status(code: 402)
      case .rate: .tooManyRequests
      case .invalid, .caller: .badRequest
      case .overloaded, .unavailable: .serviceUnavailable
      case .timeout: .gatewayTimeout
      case .refused: .forbidden
      case .internal, .crashed: .internalServerError
      }
    return .problem(status, problem.errorClass.rawValue, problem.message)
  }

  /// The one answer to every id, path and method that is not known, or not known to whoever asks.
  static var unknown: Response { .problem(.notFound, "invalid", "there is nothing at this address") }
}

/// An error a route may throw.
struct APIError: Error, HTTPResponseError {
  let response: Response

  init(_ response: Response) { self.response = response }
  init(_ problem: Problem) { response = .problem(problem) }

  var status: HTTPResponse.Status { response.status }
  static var unknown: APIError { APIError(Response.unknown) }

  func response(from request: Request, context: some RequestContext) -> Response { response }
}
