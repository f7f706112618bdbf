// SPDX-License-Identifier: Apache-2.0
//
// AddressSanitizer reports the use of memory that is not handed out.
// needs: asan
// expect(after_reset): AddressSanitizer: use-after-poison
// expect(after_reset_in_a_left_buffer): AddressSanitizer: use-after-poison
// expect(after_reset_in_a_dedicated_buffer): AddressSanitizer: use-after-poison
// expect(object_after_reset): AddressSanitizer: use-after-poison
// expect(slice_after_reset): AddressSanitizer: use-after-poison
// expect(after_release): AddressSanitizer: (heap-use-after-free|use-after-poison)
// expect(after_release_in_the_callers_buffer): AddressSanitizer: use-after-poison
// expect(after_scope): AddressSanitizer: use-after-poison
// expect(after_scope_in_a_later_buffer): AddressSanitizer: use-after-poison
// expect(after_scope_in_a_dedicated_buffer): AddressSanitizer: use-after-poison
// expect(after_scope_on_an_empty_arena): AddressSanitizer: use-after-poison
// expect(slice_grown_in_a_scope): AddressSanitizer: use-after-poison
// expect(after_deallocate): AddressSanitizer: use-after-poison
// expect(after_deallocate_in_a_dedicated_buffer): AddressSanitizer: use-after-poison
// expect(vector_storage_after_growth): AddressSanitizer: use-after-poison
// expect(after_deallocate_through_a_decorator): AddressSanitizer: use-after-poison
// expect(child_after_its_release): AddressSanitizer: use-after-poison
// expect(after_shrink): AddressSanitizer: use-after-poison
// expect(after_take_back): AddressSanitizer: use-after-poison
// expect(behind_the_last): AddressSanitizer: use-after-poison
// expect(read_behind_the_last): AddressSanitizer: use-after-poison
// expect(behind_the_last_after_growth): AddressSanitizer: use-after-poison
// expect(behind_a_dedicated_block): AddressSanitizer: use-after-poison
// expect(behind_a_full_buffer): AddressSanitizer: use-after-poison
// expect(behind_a_full_dedicated_block): AddressSanitizer: use-after-poison
// expect(behind_a_full_inline_arena): AddressSanitizer: use-after-poison
// expect(record_taken_back): AddressSanitizer: use-after-poison
// expect(record_taken_back_by_a_thread): AddressSanitizer: use-after-poison
// expect(fresh_memory): AddressSanitizer: use-after-poison
// expect(fresh_callers_buffer): AddressSanitizer: use-after-poison
// expect(reserved_memory): AddressSanitizer: use-after-poison
#include "support/stale_memory.hpp"

int main(int, char** arguments) {
  arena_test::Commit(arguments[1]);
  return 0;
}
