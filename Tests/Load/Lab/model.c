// Anthropic's /v1/messages, streamed: four sentences, of which the first is one clause that names the call.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "socket.h"

// Each comes as a token with the space behind it, so that whoever cuts sentences knows with the last token of one that it is whole.
static const char *const TOKENS[] = {
  "Certainly, ", NULL, "We ", "are ", "open ", "from ", "nine ", "in ", "the ", "morning ", "until ", "noon. ", "Sunday ", "is ", "our ",
  "day ", "of ", "rest. ", "Can ", "I ", "do ", "more ", "for ", "you?"};
enum { TOKEN_COUNT = sizeof TOKENS / sizeof *TOKENS, CLAUSE = 1 };

typedef struct {
  peer *peer;
  call_t *call;
  bool is_answering;
  unsigned next;
  uint64_t began;
  alarm_t token;
} answer;

static void event(peer *p, const char *name, const char *data) {
  char text[1024], chunk[1100];
  int length = snprintf(text, sizeof text, "event: %s\ndata: {\"type\":\"%s\"%s}\n\n", name, name, data);
  length = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", (unsigned)length, text);
  peer_send(p, chunk, (size_t)length);
}

static void begin(answer *a) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nrequest-id: lab\r\nTransfer-Encoding: chunked\r\n\r\n";
  peer_send(a->peer, head, sizeof head - 1);
  event(a->peer, "message_start",
        ",\"message\":{\"id\":\"msg_lab\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"lab\",\"content\":[],\"stop_reason\":null,"
        "\"stop_sequence\":null,\"usage\":{\"input_tokens\":10,\"output_tokens\":1}}");
  event(a->peer, "content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
}

static void finish(answer *a) {
  event(a->peer, "content_block_stop", ",\"index\":0");
  event(a->peer, "message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":24}");
  event(a->peer, "message_stop", "");
  peer_send(a->peer, "0\r\n\r\n", 5);
  a->is_answering = false;
}

static void token(alarm_t *alarm) {
  answer *a = (answer *)((char *)alarm - offsetof(answer, token));
  char text[64] = "Hello. ", data[160];
  if (a->next == 0) begin(a);
  if (a->next == CLAUSE) {
    if (a->call) name_write(text, a->call->id, 0);
    strcat(text, ". ");
  } else if (a->call || a->next != 0) {
    strcpy(text, TOKENS[a->next]);
  }
  if (a->call && a->next == 0) a->call->turn.first_token = now_ns();
  if (a->call && a->next == CLAUSE) a->call->turn.clause = now_ns();
  snprintf(data, sizeof data, ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}", text);
  event(a->peer, "content_block_delta", data);
  // A caller who is not known has not spoken: that answer is one word.
  if (++a->next == (a->call ? TOKEN_COUNT : 1)) return finish(a);
  if (!a->peer->is_gone) alarm_set(alarm, a->began + a->next * stage.token * MS);
}

static size_t read_some(peer *p, uint8_t *bytes, size_t count) {
  answer *a = p->owner;
  size_t head = head_length(bytes, count);
  if (!head) return 0;
  long length = head_number((char *)bytes, "content-length:");
  if (strncmp((char *)bytes, "POST ", 5)) {
    static const char none[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    peer_send(p, none, sizeof none - 1);
    return head;
  }
  if (length < 0) {
    peer_close(p);
    return 0;
  }
  if (count < head + (size_t)length) {
    // The head is looked at again when more has come.
    bytes[head - 2] = '\r';
    return 0;
  }
  a->call = named_call((char *)bytes + head, (size_t)length, NULL);
  if (a->call) a->call->turn.asked = p->came;
  a->is_answering = true;
  a->next = 0;
  a->began = now_ns() + stage.first_token * MS;
  alarm_set(&a->token, a->began);
  return head + (size_t)length;
}

static void gone(peer *p) {
  answer *a = p->owner;
  if (a->is_answering && is_measuring) found.withdrawn++;
  alarm_stop(&a->token);
  free(a);
}

static void accepted(peer *p) {
  if (is_measuring) found.models++;
  answer *a = calloc(1, sizeof *a);
  a->peer = p;
  a->token.ring = token;
  a->token.lateness = &found.vendor_late;
  p->owner = a;
  p->hear = read_some;
  p->gone = gone;
}

uint16_t model_open(void) { return listen_anywhere(accepted); }
