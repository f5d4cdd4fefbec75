#include "loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

// MARK: Times, in a binary heap whose first place is 1

static alarm_t **heap;
static size_t set_count, heap_room;

static void put(alarm_t *alarm, size_t place) {
  heap[place] = alarm;
  alarm->place = place;
}

static void rise(alarm_t *alarm, size_t place) {
  for (; place > 1 && heap[place / 2]->due > alarm->due; place /= 2) put(heap[place / 2], place);
  put(alarm, place);
}

static void sink(alarm_t *alarm, size_t place) {
  for (size_t child; (child = 2 * place) <= set_count; place = child) {
    if (child < set_count && heap[child + 1]->due < heap[child]->due) child++;
    if (heap[child]->due >= alarm->due) break;
    put(heap[child], place);
  }
  put(alarm, place);
}

void alarm_stop(alarm_t *alarm) {
  size_t place = alarm->place;
  if (!place) return;
  alarm->place = 0;
  alarm_t *last = heap[set_count--];
  if (last == alarm) return;
  if (place > 1 && heap[place / 2]->due > last->due) rise(last, place);
  else sink(last, place);
}

void alarm_set(alarm_t *alarm, uint64_t due) {
  alarm_stop(alarm);
  alarm->due = due;
  if (set_count + 2 > heap_room && !(heap = realloc(heap, (heap_room = heap_room * 2 + 64) * sizeof *heap))) die("memory");
  rise(alarm, ++set_count);
}

// MARK: Connections

static int epoll = -1;
static bool is_running;
static peer *gone_peers;

typedef struct {
  int fd;
  void (*accepted)(peer *);
  void (*ready)(int fd);
} watched;

// The lowest bit of a tag tells a watched descriptor from a peer.
static void watch(int operation, int fd, uint32_t events, uintptr_t tag) {
  struct epoll_event event = {.events = events, .data.u64 = tag};
  if (epoll_ctl(epoll, operation, fd, &event)) die("epoll_ctl");
}

void buffer_add(buffer *b, const void *bytes, size_t count) {
  if (b->count + count > b->room && !(b->bytes = realloc(b->bytes, b->room = (b->count + count) * 2))) die("memory");
  memcpy(b->bytes + b->count, bytes, count);
  b->count += count;
}

static void buffer_drop(buffer *b, size_t count) {
  memmove(b->bytes, b->bytes + count, b->count - count);
  b->count -= count;
}

static peer *peer_of(int fd) {
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
  peer *p = calloc(1, sizeof *p);
  if (!p) die("memory");
  p->fd = fd;
  return p;
}

static struct sockaddr_in loopback(uint16_t port) {
  return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

peer *peer_connect(uint16_t port) {
  struct sockaddr_in address = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)) die("connect");
  peer *p = peer_of(fd);
  p->is_connecting = true;
  watch(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT, (uintptr_t)p);
  return p;
}

uint16_t listen_anywhere(void (*accepted)(peer *)) {
  struct sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, 1024) || getsockname(fd, (struct sockaddr *)&address, &size))
    die("listen");
  watched *w = calloc(1, sizeof *w);
  if (!w) die("memory");
  *w = (watched){fd, accepted, NULL};
  watch(EPOLL_CTL_ADD, fd, EPOLLIN, (uintptr_t)w | 1);
  return ntohs(address.sin_port);
}

void peer_close(peer *p) {
  if (p->is_gone) return;
  p->is_gone = true;
  close(p->fd);
  p->next_gone = gone_peers;
  gone_peers = p;
}

static void peer_flush(peer *p) {
  size_t sent = 0;
  while (sent < p->out.count) {
    ssize_t n = send(p->fd, p->out.bytes + sent, p->out.count - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return peer_close(p);
    sent += (size_t)n;
  }
  if (sent) buffer_drop(&p->out, sent);
  if (!p->out.count) watch(EPOLL_CTL_MOD, p->fd, EPOLLIN, (uintptr_t)p);
}

void peer_send(peer *p, const void *bytes, size_t count) {
  if (p->is_gone) return;
  size_t sent = 0;
  if (!p->out.count && !p->is_connecting) {
    ssize_t n = send(p->fd, bytes, count, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) return peer_close(p);
    sent = n < 0 ? 0 : (size_t)n;
    if (sent < count) watch(EPOLL_CTL_MOD, p->fd, EPOLLIN | EPOLLOUT, (uintptr_t)p);
  }
  if (sent < count) buffer_add(&p->out, (const uint8_t *)bytes + sent, count - sent);
}

// When the last of the bytes came to this machine's end of the connection, by the kernel's stamp, or now where it gave none.
static uint64_t arrival(struct msghdr *message) {
  uint64_t now = now_ns();
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    struct timespec came, today;
    memcpy(&came, CMSG_DATA(part), sizeof came);
    clock_gettime(CLOCK_REALTIME, &today);
    int64_t ago = (int64_t)(today.tv_sec - came.tv_sec) * 1000000000 + (today.tv_nsec - came.tv_nsec);
    return ago > 0 ? now - (uint64_t)ago : now;
  }
  return now;
}

static void peer_read(peer *p) {
  uint8_t bytes[65536];
  union {
    struct cmsghdr first;
    uint8_t room[CMSG_SPACE(sizeof(struct timespec))];
  } parts;
  struct iovec into = {bytes, sizeof bytes};
  struct msghdr message = {.msg_iov = &into, .msg_iovlen = 1, .msg_control = &parts, .msg_controllen = sizeof parts};
  ssize_t n = recvmsg(p->fd, &message, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return peer_close(p);
  p->came = arrival(&message);
  buffer_add(&p->in, bytes, (size_t)n);
  size_t used;
  while (!p->is_gone && p->in.count && (used = p->hear(p, p->in.bytes, p->in.count))) buffer_drop(&p->in, used);
}

static void accept_all(watched *w) {
  for (int fd; (fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    peer *p = peer_of(fd);
    watch(EPOLL_CTL_ADD, fd, EPOLLIN, (uintptr_t)p);
    w->accepted(p);
  }
}

// MARK: The loop

void loop_open(void) {
  if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) die("epoll");
}

void loop_watch(int fd, void (*ready)(int)) {
  watched *w = calloc(1, sizeof *w);
  if (!w) die("memory");
  *w = (watched){fd, NULL, ready};
  watch(EPOLL_CTL_ADD, fd, EPOLLIN, (uintptr_t)w | 1);
}

static void happened(struct epoll_event *event) {
  if (event->data.u64 & 1) {
    watched *w = (watched *)(uintptr_t)(event->data.u64 & ~1ull);
    if (w->accepted) accept_all(w);
    else w->ready(w->fd);
    return;
  }
  peer *p = (peer *)(uintptr_t)event->data.u64;
  if (!p->is_gone && event->events & EPOLLOUT) {
    p->is_connecting = false;
    peer_flush(p);
  }
  if (!p->is_gone && event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) peer_read(p);
}

static void bury(void) {
  while (gone_peers) {
    peer *p = gone_peers;
    gone_peers = p->next_gone;
    p->gone(p);
    free(p->in.bytes);
    free(p->out.bytes);
    free(p);
  }
}

void loop_run(void) {
  struct epoll_event events[64];
  for (is_running = true; is_running;) {
    // Whatever is due goes first: the callers' frames keep their time.
    uint64_t now = now_ns();
    while (set_count && heap[1]->due <= now) {
      alarm_t *alarm = heap[1];
      alarm_stop(alarm);
      if (alarm->lateness) figures_add(alarm->lateness, now - alarm->due);
      alarm->ring(alarm);
      now = now_ns();
    }
    uint64_t wait = set_count ? heap[1]->due - now : 1000 * MS;
    struct timespec patience = {.tv_sec = (time_t)(wait / 1000000000ull), .tv_nsec = (long)(wait % 1000000000ull)};
    int count = epoll_pwait2(epoll, events, 64, &patience, NULL);
    for (int i = 0; i < count; i++) happened(&events[i]);
    bury();
  }
}

void loop_stop(void) { is_running = false; }
