/* Loudness as EBU R 128 and ITU-R BS.1770 define it, measured by libebur128. */
#include <ebur128.h>
