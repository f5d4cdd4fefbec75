/* libcurl's variadic functions with types, which Swift leaves out. */
#ifndef PATCHBAY_CCURL_H
#define PATCHBAY_CCURL_H

#include <curl/curl.h>
#include <stdint.h>
#include <unistd.h>

typedef size_t (*ccurl_bytes_callback)(char *bytes, size_t one, size_t count, void *context);
typedef int (*ccurl_socket_callback)(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context);
typedef int (*ccurl_timer_callback)(CURLM *multi, long timeout_ms, void *context);

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_size(CURL *easy, CURLoption option, int64_t value) {
  return curl_easy_setopt(easy, option, (curl_off_t)value);
}
static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, const void *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline void ccurl_on_body(CURL *easy, ccurl_bytes_callback call, void *context) {
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, call);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}
static inline void ccurl_on_header(CURL *easy, ccurl_bytes_callback call, void *context) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, call);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
}
static inline curl_socket_t ccurl_open_counted(void *open, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd >= 0) ++*(int32_t *)open;
  return fd;
}
static inline int ccurl_close_counted(void *open, curl_socket_t socket) {
  --*(int32_t *)open;
  return close(socket);
}
/* Has `open` count the connections that this transfer opens, until they are closed: later than the transfer, so it must outlive all. */
static inline void ccurl_count_connections(CURL *easy, int32_t *open) {
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, ccurl_open_counted);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, open);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, ccurl_close_counted);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, open);
}
static inline long ccurl_long(CURL *easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline int64_t ccurl_time_us(CURL *easy, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, info, &value);
  return value;
}
static inline void *ccurl_private(CURL *easy) {
  char *value = 0;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value);
  return value;
}
/* The connected socket of an easy handle; negative when there is none. */
static inline int ccurl_active_socket(CURL *easy) {
  curl_socket_t socket = CURL_SOCKET_BAD;
  return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? (int)socket : -1;
}

static inline void ccurl_multi_long(CURLM *multi, CURLMoption option, long value) { curl_multi_setopt(multi, option, value); }
static inline void ccurl_multi_callbacks(CURLM *multi, ccurl_socket_callback socket, ccurl_timer_callback timer, void *context) {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}
/* The next transfer that has ended, with how; NULL when there is none. */
static inline CURL *ccurl_multi_ended(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message = curl_multi_info_read(multi, &left);
  while (message && message->msg != CURLMSG_DONE) message = curl_multi_info_read(multi, &left);
  if (!message) return 0;
  *result = message->data.result;
  return message->easy_handle;
}
/* TLS sessions are kept for all transfers of a thread, so that a second connection resumes the first one's. */
static inline CURLSH *ccurl_share_sessions(void) {
  CURLSH *share = curl_share_init();
  if (share) curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  return share;
}

#endif
