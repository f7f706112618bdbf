// SPDX-License-Identifier: Apache-2.0
#include "two_units.hpp"

std::size_t UseInUnitB(arena::Arena& a) { return two_units::Use(a); }
