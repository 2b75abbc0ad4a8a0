// SPDX-License-Identifier: MIT OR GPL-2.0
/* STAND-IN for what PF_RING changes in a driver: that it needs pf_ring, and a version of its own. */
#include <linux/module.h>

MODULE_VERSION("stand-in");
MODULE_INFO(stand_in, "stand-in for PF_RING's driver: the kernel's own, made to need pf_ring");

void pf_ring_stand_in(void);
static void (*const needed)(void) __used = pf_ring_stand_in;
