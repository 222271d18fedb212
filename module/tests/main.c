// SPDX-License-Identifier: GPL-2.0
/*
 * The module of the KUnit tests: of what has a logic of its own in wapi.ko, and
 * runs in no request.  Its suites run when it is loaded.
 */
#include <linux/module.h>

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of wapi");
MODULE_AUTHOR("The wapi engineers");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
