// The sounds that Turbo makes besides words, written in brackets within the text.

/// Paralinguistic tags (resemble-ai/chatterbox, `gradio_tts_turbo_app.py`). Other models read them aloud.
public enum Tags {
  public static let all = ["clear throat", "sigh", "shush", "cough", "groan", "sniff", "gasp", "chuckle", "laugh"]

  /// The text without them, and without the spaces that they leave.
  public static func stripped(_ text: String) -> String {
    var text = text
    for tag in all {
      text = text.replacing("[\(tag)] ", with: "").replacing(" [\(tag)]", with: "").replacing("[\(tag)]", with: "")
    }
    return text
  }
}
