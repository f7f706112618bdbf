// SPDX-License-Identifier: Apache-2.0
//
// Boost.JSON, compiled here instead of linked, so that the sanitizers see it, too.
#include <boost/json/src.hpp>
