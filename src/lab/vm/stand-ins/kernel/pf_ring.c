// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * STAND-IN for PF_RING's kernel module. It takes the parameters of the real one, shows what the real one shows below
 * /proc/net/pf_ring, and is needed by the drivers built with it. It opens no ring and sees no packet.
 */
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "linux/pf_ring.h"

#define RELEASE "8.8.0-stand-in"

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("stand-in for PF_RING: parameters and /proc/net/pf_ring, no capture");
MODULE_VERSION(RELEASE);

static unsigned int min_num_slots = 4096;
module_param(min_num_slots, uint, 0644);
MODULE_PARM_DESC(min_num_slots, "Min number of ring slots");
static unsigned int transparent_mode;
module_param(transparent_mode, uint, 0644);
MODULE_PARM_DESC(transparent_mode, "(deprecated)");
static unsigned int enable_tx_capture = 1;
module_param(enable_tx_capture, uint, 0644);
MODULE_PARM_DESC(enable_tx_capture, "Set to 1 to capture outgoing packets");
static unsigned int enable_ip_defrag;
module_param(enable_ip_defrag, uint, 0644);
MODULE_PARM_DESC(enable_ip_defrag, "Set to 1 to enable IP defragmentation");
static unsigned int quick_mode;
module_param(quick_mode, uint, 0644);
MODULE_PARM_DESC(quick_mode, "Set to 1 to run at full speed but with up to one socket per interface");

/* What a driver that was built for PF_RING refers to. */
void pf_ring_stand_in(void);
void pf_ring_stand_in(void)
{
}
EXPORT_SYMBOL(pf_ring_stand_in);

static struct proc_dir_entry *top, *devices;

static int show_info(struct seq_file *out, void *unused)
{
	seq_puts(out, "PF_RING Version          : " RELEASE " (STAND-IN)\n");
	seq_puts(out, "Total rings              : 0\n\n");
	seq_puts(out, "Standard (non ZC) Options\n");
	seq_printf(out, "Ring slots               : %u\n", min_num_slots);
	seq_printf(out, "Slot version             : %d\n", RING_FLOWSLOT_VERSION);
	seq_printf(out, "Capture TX               : %s\n", enable_tx_capture ? "Yes [RX+TX]" : "No [RX only]");
	seq_printf(out, "IP Defragment            : %s\n", enable_ip_defrag ? "Yes" : "No");
	seq_printf(out, "Socket Mode              : %s\n", quick_mode ? "Quick" : "Standard");
	return 0;
}

/* Is the interface's driver one of those that need us? */
static bool needs_us(const struct net_device *device)
{
	const struct device *parent = device->dev.parent;
	const struct module *owner = parent && parent->driver ? parent->driver->owner : NULL;
	const struct module_use *use;

	list_for_each_entry(use, &THIS_MODULE->source_list, source_list)
		if (use->source == owner)
			return true;
	return false;
}

static int show_device(struct seq_file *out, void *unused)
{
	struct net_device *device = dev_get_by_name(&init_net, out->private);
	bool ours;

	if (!device)
		return -ENODEV;
	ours = needs_us(device);
	seq_printf(out, "Name:              %s\n", device->name);
	seq_printf(out, "Index:             %d\n", device->ifindex);
	seq_printf(out, "Address:           %pM\n", device->dev_addr);
	seq_printf(out, "Polling Mode:      %s\n", ours ? "NAPI/ZC" : "NAPI");
	seq_puts(out, "Type:              Ethernet\n");
	if (ours)
		seq_printf(out, "Family:            STAND-IN %s\n", device->dev.parent->driver->name);
	else
		seq_puts(out, "Family:            Standard NIC\n");
	seq_puts(out, "# Bound Sockets:   0\n");
	seq_printf(out, "TX Queues:         %u\n", device->real_num_tx_queues);
	seq_printf(out, "RX Queues:         %u\n", device->real_num_rx_queues);
	dev_put(device);
	return 0;
}

/* An interface's folder, and the name that its file is asked by. */
struct shown {
	struct list_head list;
	const struct net_device *device;
	struct proc_dir_entry *folder;
	char name[IFNAMSIZ];
};
static LIST_HEAD(all_shown);

static void hide(const struct net_device *device)
{
	struct shown *one, *next;

	list_for_each_entry_safe(one, next, &all_shown, list) {
		if (device && one->device != device)
			continue;
		proc_remove(one->folder);
		list_del(&one->list);
		kfree(one);
	}
}

static void show(const struct net_device *device)
{
	struct shown *one;

	if (device->type != ARPHRD_ETHER || !net_eq(dev_net(device), &init_net))
		return;
	one = kzalloc(sizeof(*one), GFP_KERNEL);
	if (!one)
		return;
	one->device = device;
	strscpy(one->name, device->name, sizeof(one->name));
	one->folder = proc_mkdir(one->name, devices);
	if (one->folder)
		proc_create_single_data("info", 0444, one->folder, show_device, one->name);
	list_add(&one->list, &all_shown);
}

/* All under the kernel's lock of interfaces. */
static int on_change(struct notifier_block *block, unsigned long what, void *data)
{
	const struct net_device *device = netdev_notifier_info_to_dev(data);

	if (what == NETDEV_UNREGISTER || what == NETDEV_CHANGENAME)
		hide(device);
	if (what == NETDEV_REGISTER || what == NETDEV_CHANGENAME)
		show(device);
	return NOTIFY_DONE;
}
static struct notifier_block changes = { .notifier_call = on_change };

static int __init start(void)
{
	int failed = -ENOMEM;

	top = proc_mkdir("pf_ring", init_net.proc_net);
	if (!top)
		return failed;
	devices = proc_mkdir("dev", top);
	if (devices && proc_mkdir("stats", top) && proc_create_single("info", 0444, top, show_info))
		/* Tells of the interfaces that are there already, too. */
		failed = register_netdevice_notifier(&changes);
	if (failed)
		proc_remove(top);
	else
		pr_info("pf_ring: STAND-IN for PF_RING " RELEASE "\n");
	return failed;
}

static void __exit stop(void)
{
	unregister_netdevice_notifier(&changes);
	hide(NULL);
	proc_remove(top);
}

module_init(start);
module_exit(stop);
