/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens what end.h closes around the declarations of every header here.
 *
 * Some functions have the name of the structure that they fill, as stat() has.
 * That is fine in both languages, but g++ -Wshadow remarks on it.
 */
#ifdef __cplusplus
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
extern "C" {
#endif
