/* The line coverage of programs that leave by `_exit`, inherit no variables and may open no files. */
#ifndef PATCHBAY_PROFILE_H
#define PATCHBAY_PROFILE_H

/* When the program was built for coverage and the folder `worker-profiles` lies beside it: opens a file there and keeps writing to it what
 * has run so far. Otherwise does nothing. */
void profile_keep(void);

#endif
