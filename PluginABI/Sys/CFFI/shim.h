// The part of libffi 3.4 that we use, and one question to the dynamic linker.
#include <elf.h>
#include <ffi.h>

// The type of an FFI_TYPE_ code, or NULL. Swift takes the library's own variables for state that anybody may change.
static inline ffi_type *_Nullable cffi_type(int code) {
  switch (code) {
  case FFI_TYPE_VOID: return &ffi_type_void;
  case FFI_TYPE_UINT8: return &ffi_type_uint8;
  case FFI_TYPE_SINT8: return &ffi_type_sint8;
  case FFI_TYPE_UINT16: return &ffi_type_uint16;
  case FFI_TYPE_SINT16: return &ffi_type_sint16;
  case FFI_TYPE_UINT32: return &ffi_type_uint32;
  case FFI_TYPE_SINT32: return &ffi_type_sint32;
  case FFI_TYPE_UINT64: return &ffi_type_uint64;
  case FFI_TYPE_SINT64: return &ffi_type_sint64;
  case FFI_TYPE_FLOAT: return &ffi_type_float;
  case FFI_TYPE_DOUBLE: return &ffi_type_double;
  case FFI_TYPE_POINTER: return &ffi_type_pointer;
  default: return 0;
  }
}

// dladdr1 under another name, because <dlfcn.h> shows it and Dl_info with _GNU_SOURCE alone, which Swift's import does not define.
struct cffi_place {
  const char *_Nullable file;
  void *_Nullable base;
  const char *_Nullable symbol;
  void *_Nullable address;
};
int cffi_dladdr1(const void *_Nonnull address, struct cffi_place *_Nonnull place, void *_Nullable *_Nonnull entry, int what) __asm__("dladdr1");

// Whether a variable begins at the address, which must not be called. A function that the library picks at start has no entry.
static inline int cffi_is_variable(const void *_Nonnull address) {
  enum { symbol_entry = 1 /* RTLD_DL_SYMENT */ };
  struct cffi_place place = {0, 0, 0, 0};
  void *entry = 0;
  if (!cffi_dladdr1(address, &place, &entry, symbol_entry) || !entry || place.address != address) return 0;
  const int type = ELF64_ST_TYPE(((const Elf64_Sym *)entry)->st_info);
  return type == STT_OBJECT || type == STT_COMMON || type == STT_TLS;
}
