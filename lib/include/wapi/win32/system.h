/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system: its processors, its pages, where addresses begin and end. */
#ifndef WAPI_WIN32_SYSTEM_H
#define WAPI_WIN32_SYSTEM_H

#include <wapi/win32/types.h>

#include <wapi/begin.h>

#define PROCESSOR_ARCHITECTURE_INTEL	0
#define PROCESSOR_ARCHITECTURE_ARM	5
#define PROCESSOR_ARCHITECTURE_IA64	6
#define PROCESSOR_ARCHITECTURE_AMD64	9
#define PROCESSOR_ARCHITECTURE_ARM64	12
#define PROCESSOR_ARCHITECTURE_UNKNOWN	0xffff

#define PROCESSOR_INTEL_386		386
#define PROCESSOR_INTEL_486		486
#define PROCESSOR_INTEL_PENTIUM		586
#define PROCESSOR_INTEL_IA64		2200
#define PROCESSOR_AMD_X8664		8664

/* What GetSystemInfo() tells. */
typedef struct _SYSTEM_INFO {
	__extension__ union {
		DWORD dwOemId;
		__extension__ struct {
			WORD wProcessorArchitecture;	/* PROCESSOR_ARCHITECTURE_* */
			WORD wReserved;			/* 0 */
		};
	};
	DWORD dwPageSize;
	LPVOID lpMinimumApplicationAddress;	/* the lowest that a program can map */
	LPVOID lpMaximumApplicationAddress;	/* the highest */
	DWORD_PTR dwActiveProcessorMask;	/* bit i is processor i, if that runs */
	DWORD dwNumberOfProcessors;		/* how many bits are set there */
	DWORD dwProcessorType;			/* PROCESSOR_*; 0 but on x86 */
	DWORD dwAllocationGranularity;		/* of the addresses of mappings: a page */
	WORD wProcessorLevel;			/* on x86 the family, else 0 */
	WORD wProcessorRevision;		/* on x86 model and stepping, else 0 */
} SYSTEM_INFO, *LPSYSTEM_INFO;

/**
 * GetSystemInfo() - what the system is, as this program sees it
 * @lpSystemInfo: out: the answer
 *
 * A mask has no room for more processors than there are bits in a pointer; those
 * beyond are not counted, as those of other groups in Windows.
 */
void WINAPI GetSystemInfo(LPSYSTEM_INFO lpSystemInfo);

/**
 * GetNativeSystemInfo() - what the system is, as a 64-bit program would see it
 * @lpSystemInfo: out: as from GetSystemInfo(), but for the architecture and the type
 *                of the processor, if a 32-bit program runs on a 64-bit system
 */
void WINAPI GetNativeSystemInfo(LPSYSTEM_INFO lpSystemInfo);

#include <wapi/end.h>

#endif /* WAPI_WIN32_SYSTEM_H */
