/* STAND-IN for PF_RING's header: only what shows whether kernel and library fit. */
#ifndef STAND_IN_PF_RING_H
#define STAND_IN_PF_RING_H

#define RING_FLOWSLOT_VERSION 21

#endif
