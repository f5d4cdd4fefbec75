/* Draft role "vox.knowledge/0": passages that answer a question. */
#ifndef VOX_ROLES_DRAFT_KNOWLEDGE_H
#define VOX_ROLES_DRAFT_KNOWLEDGE_H

#include "../../event.h"

#define VOX_ROLE_KNOWLEDGE "vox.knowledge/0"

enum {
  VOX_KNOWLEDGE_QUERY = 16 /* text: the question; body {"limit"}; COMPLETED {"hits":[{"id","text","score","title","url"}]} */
};

#endif
