// SPDX-License-Identifier: Apache-2.0
//
// The one way in which a test includes Catch2. Version 2 (Debian 12, Ubuntu 22.04) and version 3
// differ in header names only, as long as a test keeps to what both have: TEST_CASE, SECTION,
// TEMPLATE_TEST_CASE, GENERATE, REQUIRE / CHECK and their _FALSE, _THROWS_AS, _NOTHROW forms,
// STATIC_REQUIRE, INFO, CAPTURE. No matchers, no SKIP, no Approx.
#ifndef ARENA_TESTS_SUPPORT_CATCH_HPP
#define ARENA_TESTS_SUPPORT_CATCH_HPP

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_adapters.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#else
#include <catch2/catch.hpp>
#endif

#endif  // ARENA_TESTS_SUPPORT_CATCH_HPP
