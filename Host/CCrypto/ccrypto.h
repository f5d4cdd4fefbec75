/* The part of OpenSSL's libcrypto (3.0) that digests and signatures need. */
#include <openssl/evp.h>
