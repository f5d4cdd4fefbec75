// The part of libspeexdsp that we use: resampling, and noise suppression with gain control.
#include <speex/speex_preprocess.h>
#include <speex/speex_resampler.h>
