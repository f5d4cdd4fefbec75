/* A second exported symbol. */
__attribute__((visibility("default"))) int fixture_extra(void);
int fixture_extra(void) { return 1; }
