// Preloaded into User-Mode Linux. Its 6.1 keeps 2696 octets of a process's extended registers, and
// hands them back as they are; on a processor with AMX the host kernel takes nothing but the whole
// 11008 (EFAULT), and the guest dies before its first instruction. UML's processes never use what
// lies behind, so it is handed back as none: a header (XSTATE_BV) that leaves it out.
#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <unistd.h>

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>

namespace {

constexpr std::size_t kHeader = 512;             // XSTATE_BV: Intel SDM volume 1, 13.4.2
constexpr std::uint64_t kKept = (1U << 10) - 1;  // x87 to PKRU, which end at octet 2696
std::size_t whole_size = 0;

long with_whole_state(long request, long pid, iovec& state) {
  // Not on the stack: it is one of UML's own, of 16 KiB. Nor are there two callers at a time.
  alignas(64) static std::array<std::byte, 32768> whole;
  whole.fill(std::byte{0});
  iovec host{whole.data(), whole.size()};
  const bool writes = request == PTRACE_SETREGSET;
  if (writes) {
    host.iov_len = std::max(whole_size, state.iov_len);
    std::memcpy(whole.data(), state.iov_base, state.iov_len);
    std::uint64_t components = 0;
    std::memcpy(&components, whole.data() + kHeader, sizeof components);
    components &= kKept;
    std::memcpy(whole.data() + kHeader, &components, sizeof components);
  }
  const long result = ::syscall(SYS_ptrace, request, pid, NT_X86_XSTATE, &host);
  if (result == 0 && !writes) {
    whole_size = host.iov_len;
    state.iov_len = std::min(state.iov_len, host.iov_len);
    std::memcpy(state.iov_base, whole.data(), state.iov_len);
  }
  return result;
}

}  // namespace

extern "C" long ptrace(enum __ptrace_request request, ...) noexcept {
  va_list rest;
  va_start(rest, request);
  const long pid = va_arg(rest, long);
  void* const address = va_arg(rest, void*);
  void* const data = va_arg(rest, void*);
  va_end(rest);
  const bool registers = request == PTRACE_GETREGSET || request == PTRACE_SETREGSET;
  if (registers && reinterpret_cast<std::uintptr_t>(address) == NT_X86_XSTATE)
    return with_whole_state(request, pid, *static_cast<iovec*>(data));
  static const auto next = reinterpret_cast<long (*)(long, ...)>(::dlsym(RTLD_NEXT, "ptrace"));
  return next(request, pid, address, data);
}
