// WebSockets (RFC 6455) on both sides, and the few words of HTTP that open them.
#ifndef LAB_SOCKET_H
#define LAB_SOCKET_H

#include "loop.h"

enum { SOCKET_TEXT = 1, SOCKET_BINARY = 2, SOCKET_CLOSE = 8, SOCKET_PING = 9, SOCKET_PONG = 10 };

// Answers an upgrade. The head is whole and ends in a NUL.
void socket_accept(peer *, const char *head);
// Asks for one.
void socket_ask(peer *, uint16_t port, const char *path);
void socket_send(peer *, int kind, const void *, size_t);
void socket_say(peer *, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Takes one message out of what has come, and hands it on; answers how many bytes it had, 0 = it is not whole. Pings are answered.
// The text of a message ends in a NUL.
size_t socket_take(peer *, uint8_t *, size_t, void (*message)(peer *, int kind, uint8_t *, size_t));

// The length of a whole HTTP head, its blank line included; 0 = it is not whole. It then ends in a NUL.
size_t head_length(uint8_t *, size_t);
// The value of a header as a number; -1 without one.
long head_number(const char *head, const char *name);

#endif
