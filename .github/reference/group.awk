# SPDX-License-Identifier: Apache-2.0
#
# Doxygen's input filter: puts what a header declares into a group of groups.dox, lines unchanged.
BEGIN {
  put("arenas", "arena_interface arena_decorator monotonic_arena monotonic_options inline_arena scope")
  put("objects", "allocate")
  put("slices", "slice string format")
  put("bytes", "buffer iostream")
  put("standard", "allocator containers")
  put("threads", "concurrent_arena thread_cached_arena")
  put("pools", "pool pool_options budget")
  put("memory", "page_resource virtual_arena virtual_options guard guard_options")
  put("coroutines", "coroutine")
  put("looking", "picture config version fwd arena")
}
function put(group, headers, names, n, i) {
  n = split(headers, names, " ")
  for (i = 1; i <= n; ++i) group_of[names[i]] = group
}
FNR == 1 {
  name = FILENAME
  sub(/.*\//, "", name)
  sub(/\.hpp$/, "", name)
  group = name in group_of ? group_of[name] : "a_header_that_group.awk_does_not_know"
}
/^ARENA_BEGIN_NAMESPACE/ { print $0 " /** @addtogroup " group " */ /** @{ */"; next }
/^ARENA_END_NAMESPACE/ { print "/** @} */ " $0; next }
{ print }
