// What the taps within the host have seen, in memory that the lab reads.
#ifndef LAB_BOARD_H
#define LAB_BOARD_H

#include <stdatomic.h>
#include <stdint.h>

#include "names.h"

// CLOCK_MONOTONIC in nanoseconds; 0 = not seen.
typedef struct {
  // When the event that a recogniser's guess became left its plugin.
  _Atomic uint64_t guessed[MOST_CALLS][GUESSES];
  // When the host handed the first sound of its latest answer to the line.
  _Atomic uint64_t spoken[MOST_CALLS];
} board;

// The lab lays it out anew, a tap takes it where there is one; NULL where there is none.
board *board_make(void);
board *board_take(void);
// Nobody finds it any more.
void board_drop(void);

#endif
