/* Makes a fixture depend on a library that is not there. */
int fixture_needed(void);
__attribute__((visibility("hidden"))) int fixture_needing(void);
int fixture_needing(void) { return fixture_needed(); }
