/* What a sandbox must forbid, tried. */
#ifndef ATTEMPT_H
#define ATTEMPT_H

/* Tries an act by its name, such as "fork" or "bind-tcp 8080". 0 = it was done; else the errno with which it was refused; -1 = there is no
 * such act. */
__attribute__((visibility("hidden"))) int attempt(const char *act);

/* Fills every doorbell that this process was given, so that whoever rings one waits for ever. */
__attribute__((visibility("hidden"))) void fill_doorbells(void);

#endif
