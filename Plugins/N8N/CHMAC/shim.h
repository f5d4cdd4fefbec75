/* The part of OpenSSL's libcrypto (3.0) that a signature with a shared secret needs. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
