/* Draft role "vox.storage/0": objects by key. */
#ifndef VOX_ROLES_DRAFT_STORAGE_H
#define VOX_ROLES_DRAFT_STORAGE_H

#include "../../event.h"

#define VOX_ROLE_STORAGE "vox.storage/0"

enum {
  VOX_STORAGE_PUT = 16,    /* body {"key","type","size"}, then push_bytes, finalize(0); COMPLETED {"etag","size","url"} */
  VOX_STORAGE_GET = 17,    /* body {"key"}; BYTES, then COMPLETED {"etag","size"} */
  VOX_STORAGE_DELETE = 18, /* body {"key"}; COMPLETED {} */
  VOX_STORAGE_LINK = 19    /* body {"key","expires_ms"}; COMPLETED {"url"} */
};

enum {
  VOX_EV_BYTES = 1792 /* vox_ev_text: text = the next bytes of a GET */
};

#endif
