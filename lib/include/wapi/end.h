/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Closes what begin.h opened. */
#ifdef __cplusplus
}

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
#endif
