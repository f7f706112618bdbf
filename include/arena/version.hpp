// SPDX-License-Identifier: Apache-2.0
//
// The version, written in this one place: CMake, pkg-config and the inline namespace read it here.
#ifndef ARENA_VERSION_HPP
#define ARENA_VERSION_HPP

#define ARENA_VERSION_MAJOR 0
#define ARENA_VERSION_MINOR 2
#define ARENA_VERSION_PATCH 0

/// The version as one number to compare with: major * 10000 + minor * 100 + patch.
#define ARENA_VERSION \
  (ARENA_VERSION_MAJOR * 10000 + ARENA_VERSION_MINOR * 100 + ARENA_VERSION_PATCH)

#endif  // ARENA_VERSION_HPP
