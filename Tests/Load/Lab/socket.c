#include "socket.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t head_length(uint8_t *bytes, size_t count) {
  uint8_t *end = memmem(bytes, count, "\r\n\r\n", 4);
  if (!end) return 0;
  end[2] = 0;
  return (size_t)(end - bytes) + 4;
}

long head_number(const char *head, const char *name) {
  const char *found = strcasestr(head, name);
  return found ? atol(found + strlen(name)) : -1;
}

void socket_accept(peer *p, const char *head) {
  const char *key = strcasestr(head, "sec-websocket-key:");
  if (!key) return peer_close(p);
  key += strlen("sec-websocket-key:");
  key += strspn(key, " ");
  char both[128];
  int length = snprintf(both, sizeof both, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)strcspn(key, "\r "), key);
  uint8_t digest[SHA_DIGEST_LENGTH], accept[32];
  SHA1((const uint8_t *)both, (size_t)length, digest);
  EVP_EncodeBlock(accept, digest, sizeof digest);
  char answer[256];
  length = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                           "Sec-WebSocket-Accept: %s\r\ndg-request-id: lab\r\n\r\n", accept);
  p->is_upgraded = true;
  peer_send(p, answer, (size_t)length);
}

void socket_ask(peer *p, uint16_t port, const char *path) {
  char ask[256];
  int length = snprintf(ask, sizeof ask, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", path, port);
  p->is_client = true;
  peer_send(p, ask, (size_t)length);
}

void socket_send(peer *p, int kind, const void *data, size_t count) {
  static uint8_t frame[1 << 17];
  static const uint8_t mask[4] = {0x3A, 0xC5, 0x96, 0x5F};
  if (count > sizeof frame - 16) abort();
  size_t at = 0;
  frame[at++] = (uint8_t)(0x80 | kind);
  uint8_t masked = p->is_client ? 0x80 : 0;
  if (count < 126) {
    frame[at++] = (uint8_t)(masked | count);
  } else if (count < 1 << 16) {
    frame[at++] = masked | 126;
    frame[at++] = (uint8_t)(count >> 8);
    frame[at++] = (uint8_t)count;
  } else {
    frame[at++] = masked | 127;
    for (int shift = 56; shift >= 0; shift -= 8) frame[at++] = (uint8_t)((uint64_t)count >> shift);
  }
  const uint8_t *bytes = data;
  if (p->is_client) {
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < count; i++) frame[at + i] = bytes[i] ^ mask[i & 3];
  } else {
    memcpy(frame + at, bytes, count);
  }
  peer_send(p, frame, at + count);
}

void socket_say(peer *p, const char *format, ...) {
  char text[8192];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(text, sizeof text, format, values);
  va_end(values);
  if (length < 0 || length >= (int)sizeof text) abort();
  socket_send(p, SOCKET_TEXT, text, (size_t)length);
}

size_t socket_take(peer *p, uint8_t *bytes, size_t count, void (*message)(peer *, int, uint8_t *, size_t)) {
  if (count < 2) return 0;
  size_t length = bytes[1] & 127, at = 2;
  if (length > 125) {
    size_t more = length == 126 ? 2 : 8;
    if (count < at + more) return 0;
    length = 0;
    while (more--) length = length << 8 | bytes[at++];
  }
  uint8_t *mask = NULL;
  if (bytes[1] & 128) {
    mask = bytes + at;
    at += 4;
  }
  if (count < at + length) return 0;
  for (size_t i = 0; mask && i < length; i++) bytes[at + i] ^= mask[i & 3];
  int kind = bytes[0] & 15;
  if (kind == SOCKET_PING) {
    socket_send(p, SOCKET_PONG, bytes + at, length);
  } else if (kind == SOCKET_CLOSE) {
    socket_send(p, SOCKET_CLOSE, bytes + at, length < 2 ? length : 2);
    peer_close(p);
  } else if (kind == SOCKET_TEXT) {
    char *text = strndup((char *)bytes + at, length);
    message(p, kind, (uint8_t *)text, length);
    free(text);
  } else if (kind == SOCKET_BINARY) {
    message(p, kind, bytes + at, length);
  }
  return at + length;
}
