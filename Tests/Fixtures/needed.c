/* A library that a fixture is linked against and that is then removed. */
int fixture_needed(void);
int fixture_needed(void) { return 1; }
