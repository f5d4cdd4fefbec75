// The part of flite 2.2 that we use. The voices' libraries come without headers, so their entries are declared here.
#include <flite/flite.h>

cst_voice *register_cmu_us_slt(const char *directory);
cst_voice *register_cmu_us_rms(const char *directory);
cst_voice *register_cmu_us_awb(const char *directory);
cst_voice *register_cmu_us_kal(const char *directory);
cst_voice *register_cmu_us_kal16(const char *directory);
