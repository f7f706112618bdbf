// SPDX-License-Identifier: Apache-2.0
//
// Imports the module and includes nothing; module.sh builds it.
import arena;

int FromAnImporter(arena::Arena& a) { return *arena::Allocate<int>(a, 5); }
