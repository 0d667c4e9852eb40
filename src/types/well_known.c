// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types of globals that people look at and that BTF leaves out: it describes per-CPU variables
 * only, and some kernels' not even those. As declared in Linux 5.10 to 7.x; where a declaration
 * changed, the newest spelling comes first and the first one whose types the dumped kernel has is
 * taken.
 */
#include "types/value.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SPELLINGS 3

struct well_known {
	const char *name, *types[MAX_SPELLINGS];
};

/* In the order of strcmp: searched by halves. */
static const struct well_known table[] = {
	{ "__cpu_active_mask", { "struct cpumask" } },
	{ "__cpu_dying_mask", { "struct cpumask" } },
	{ "__cpu_online_mask", { "struct cpumask" } },
	{ "__cpu_possible_mask", { "struct cpumask" } },
	{ "__cpu_present_mask", { "struct cpumask" } },
	{ "__num_online_cpus", { "atomic_t" } },
	{ "__per_cpu_offset", { "unsigned long []" } },
	{ "_totalram_pages", { "atomic_long_t" } },
	{ "avenrun", { "unsigned long [3]" } },
	{ "bdi_list", { "struct list_head" } },
	{ "boot_command_line", { "char []" } },
	{ "boot_cpu_data", { "struct cpuinfo_x86" } },
	{ "btf_idr", { "struct idr" } },
	{ "cad_pid", { "struct pid *" } },
	{ "cgrp_dfl_root", { "struct cgroup_root" } },
	{ "chrdevs", { "struct char_device_struct *[255]" } },
	{ "clocksource_list", { "struct list_head" } },
	{ "console_drivers", { "struct console *" } },
	{ "console_list", { "struct hlist_head" } },
	{ "console_printk", { "int [4]" } },
	{ "console_sem", { "struct semaphore" } },
	{ "console_suspended", { "int" } },
	{ "contig_page_data", { "struct pglist_data" } },
	{ "cpu_info", { "struct cpuinfo_x86" } },
	{ "cpu_khz", { "unsigned int" } },
	{ "cpu_number", { "int" } },
	{ "cpu_tss_rw", { "struct tss_struct" } },
	{ "crashing_cpu", { "int" } },
	{ "crashk_cma_cnt", { "int" } },
	{ "crashk_cma_ranges", { "struct range []" } },
	{ "crashk_low_res", { "struct resource" } },
	{ "crashk_res", { "struct resource" } },
	{ "current_task", { "struct task_struct *" } },
	{ "d_hash_shift", { "unsigned int" } },
	{ "dentry_hashtable", { "struct hlist_bl_head *" } },
	{ "devices_kset", { "struct kset *" } },
	{ "filp_cachep", { "struct kmem_cache *" } },
	{ "free_vmap_area_list", { "struct list_head" } },
	{ "high_memory", { "void *" } },
	{ "hrtimer_bases", { "struct hrtimer_cpu_base" } },
	{ "hrtimer_resolution", { "unsigned int" } },
	{ "init_cred", { "struct cred" } },
	{ "init_css_set", { "struct css_set" } },
	{ "init_files", { "struct files_struct" } },
	{ "init_fs", { "struct fs_struct" } },
	{ "init_ipc_ns", { "struct ipc_namespace" } },
	{ "init_mm", { "struct mm_struct" } },
	{ "init_net", { "struct net" } },
	{ "init_nsproxy", { "struct nsproxy" } },
	{ "init_pid_ns", { "struct pid_namespace" } },
	{ "init_sighand", { "struct sighand_struct" } },
	{ "init_signals", { "struct signal_struct" } },
	{ "init_struct_pid", { "struct pid" } },
	{ "init_task", { "struct task_struct" } },
	{ "init_time_ns", { "struct time_namespace" } },
	{ "init_user_ns", { "struct user_namespace" } },
	{ "init_uts_ns", { "struct uts_namespace" } },
	{ "inode_hashtable", { "struct hlist_head *" } },
	{ "iomem_resource", { "struct resource" } },
	{ "ioport_resource", { "struct resource" } },
	{ "irq_desc_tree", { "struct radix_tree_root", "struct xarray" } },
	{ "jiffies", { "unsigned long" } },
	{ "jiffies_64", { "u64" } },
	{ "kernel_cpustat", { "struct kernel_cpustat" } },
	{ "kernel_kobj", { "struct kobject *" } },
	{ "kexec_crash_image", { "struct kimage *" } },
	{ "kexec_image", { "struct kimage *" } },
	{ "kexec_in_progress", { "bool" } },
	{ "kho_enable", { "bool" } },
	{ "kho_in", { "struct kho_in" } },
	{ "kho_out", { "struct kho_out" } },
	{ "kho_scratch", { "struct kho_scratch *" } },
	{ "kho_scratch_cnt", { "unsigned int" } },
	{ "kptr_restrict", { "int" } },
	{ "kstat", { "struct kernel_stat" } },
	{ "kthread_create_list", { "struct list_head" } },
	{ "kthreadd_task", { "struct task_struct *" } },
	{ "linux_banner", { "const char []" } },
	{ "linux_proc_banner", { "const char []" } },
	{ "log_buf", { "char *" } },
	{ "log_buf_len", { "u32" } },
	{ "log_first_idx", { "u32" } },
	{ "log_first_seq", { "u64" } },
	{ "log_next_idx", { "u32" } },
	{ "log_next_seq", { "u64" } },
	{ "loops_per_jiffy", { "unsigned long" } },
	{ "max_lock_depth", { "int" } },
	{ "max_low_pfn", { "unsigned long" } },
	{ "max_pfn", { "unsigned long" } },
	{ "max_threads", { "int" } },
	{ "mem_map", { "struct page *" } },
	{ "mem_section", { "struct mem_section **" } },
	{ "memblock", { "struct memblock" } },
	{ "mod_tree", { "struct mod_tree_root" } },
	{ "modprobe_path", { "char []" } },
	{ "module_kset", { "struct kset *" } },
	{ "modules", { "struct list_head" } },
	{ "mount_hashtable", { "struct hlist_head *" } },
	{ "mountpoint_hashtable", { "struct hlist_head *" } },
	{ "names_cachep", { "struct kmem_cache *" } },
	{ "net_namespace_list", { "struct list_head" } },
	{ "node_data", { "struct pglist_data *[]" } },
	{ "node_states", { "nodemask_t [NR_NODE_STATES]" } },
	{ "nr_cpu_ids", { "unsigned int" } },
	{ "nr_irqs", { "int" } },
	{ "nr_node_ids", { "unsigned int" } },
	{ "nr_swapfiles", { "unsigned int" } },
	{ "nr_threads", { "int" } },
	{ "oops_in_progress", { "int" } },
	{ "page_offset_base", { "unsigned long" } },
	{ "panic_cpu", { "atomic_t" } },
	{ "panic_notifier_list", { "struct atomic_notifier_head" } },
	{ "panic_on_oops", { "int" } },
	{ "panic_on_taint", { "unsigned long" } },
	{ "panic_on_warn", { "int" } },
	{ "panic_timeout", { "int" } },
	{ "pci_root_buses", { "struct list_head" } },
	{ "pernet_list", { "struct list_head" } },
	{ "pgdir_shift", { "unsigned int" } },
	{ "phys_base", { "unsigned long" } },
	{ "pid_max", { "int" } },
	{ "platform_bus", { "struct device" } },
	{ "prb", { "struct printk_ringbuffer *" } },
	{ "printk_rb_dynamic", { "struct printk_ringbuffer" } },
	{ "printk_rb_static", { "struct printk_ringbuffer" } },
	{ "proc_root", { "struct proc_dir_entry" } },
	{ "process_counts", { "unsigned long" } },
	{ "ptrs_per_p4d", { "unsigned int" } },
	{ "pv_ops", { "struct paravirt_patch_template" } },
	{ "randomize_va_space", { "int" } },
	{ "rcu_state", { "struct rcu_state" } },
	{ "reboot_mode", { "enum reboot_mode" } },
	{ "root_mem_cgroup", { "struct mem_cgroup *" } },
	{ "root_task_group", { "struct task_group" } },
	{ "runqueues", { "struct rq" } },
	{ "saved_command_line", { "char *" } },
	{ "shrinker_list", { "struct list_head" } },
	{ "slab_caches", { "struct list_head" } },
	{ "slab_state", { "enum slab_state" } },
	{ "softnet_data", { "struct softnet_data" } },
	{ "super_blocks", { "struct list_head" } },
	{ "suppress_printk", { "int" } },
	{ "swap_info", { "struct swap_info_struct *[]" } },
	{ "sysctl_max_threads", { "int" } },
	{ "sysctl_oom_dump_tasks", { "int" } },
	{ "sysctl_overcommit_memory", { "int" } },
	{ "sysctl_overcommit_ratio", { "int" } },
	{ "sysctl_panic_on_oom", { "int" } },
	{ "sysctl_sched_rt_runtime", { "int" } },
	{ "system_dfl_wq", { "struct workqueue_struct *" } },
	{ "system_freezable_wq", { "struct workqueue_struct *" } },
	{ "system_highpri_wq", { "struct workqueue_struct *" } },
	{ "system_long_wq", { "struct workqueue_struct *" } },
	{ "system_percpu_wq", { "struct workqueue_struct *" } },
	{ "system_state", { "enum system_states" } },
	{ "system_unbound_wq", { "struct workqueue_struct *" } },
	{ "system_wq", { "struct workqueue_struct *" } },
	{ "tainted_mask", { "unsigned long" } },
	{ "task_group_cache", { "struct kmem_cache *" } },
	{ "task_groups", { "struct list_head" } },
	{ "tcp_hashinfo", { "struct inet_hashinfo" } },
	{ "tcp_prot", { "struct proto" } },
	{ "this_cpu_off", { "unsigned long" } },
	{ "tick_cpu_sched", { "struct tick_sched" } },
	{ "timer_bases", { "struct timer_base []" } },
	/* An anonymous struct of a seqcount and the timekeeper until tk_data was named (v6.13). */
	{ "tk_core", { "struct tk_data" } },
	{ "total_forks", { "unsigned long" } },
	{ "total_swap_pages", { "long" } },
	{ "tsc_khz", { "unsigned int" } },
	{ "udp_prot", { "struct proto" } },
	{ "udp_table", { "struct udp_table" } },
	{ "uidhash_table", { "struct hlist_head []" } },
	{ "vm_committed_as", { "struct percpu_counter" } },
	{ "vm_event_states", { "struct vm_event_state" } },
	{ "vm_node_stat", { "atomic_long_t [NR_VM_NODE_STAT_ITEMS]" } },
	{ "vm_swappiness", { "int" } },
	{ "vm_zone_stat", { "atomic_long_t [NR_VM_ZONE_STAT_ITEMS]" } },
	{ "vmalloc_base", { "unsigned long" } },
	{ "vmap_area_list", { "struct list_head" } },
	{ "vmap_area_root", { "struct rb_root" } },
	{ "vmap_nodes", { "struct vmap_node *" } },
	{ "vmcoreinfo_data", { "unsigned char *" } },
	{ "vmcoreinfo_note", { "u32 *" } },
	{ "vmcoreinfo_size", { "size_t" } },
	{ "vmemmap_base", { "unsigned long" } },
	{ "workqueues", { "struct list_head" } },
};

/*
 * @spelling of a type. What "T []" is the array of, and "T [ENUMERATOR]", depends on the
 * configuration: how long the former is nobody says.
 */
static struct error *find_spelled(struct types *types, const char *spelling,
				  const struct type **ret)
{
	const char *length = strchr(spelling, '[');
	const struct type *element, *enumeration;
	int64_t count = 0;
	char name[64];

	if (!length || (length[1] >= '0' && length[1] <= '9') || strlen(spelling) >= sizeof(name))
		return types_find(types, spelling, ret);
	strcpy(name, length + 1);
	name[strlen(name) - 1] = 0;
	if (*name)
		TRY(types_find_enumerator(types, name, &count, &enumeration));
	if (count < 0)
		return error_create(ERROR_BAD_DATA, "%s is %lld", name, (long long)count);
	strcpy(name, spelling);
	name[length - spelling] = 0;
	TRY(types_find(types, name, &element));
	return types_array_of(element, (uint64_t)count, ret);
}

static int compare_names(const void *key, const void *entry)
{
	return strcmp(key, ((const struct well_known *)entry)->name);
}

struct error *well_known_type(struct types *types, const char *name, const struct type **ret)
{
	const struct well_known *known =
		bsearch(name, table, ARRAY_SIZE(table), sizeof(table[0]), compare_names);

	for (size_t i = 0; known && i < MAX_SPELLINGS && known->types[i]; i++) {
		struct error *err = find_spelled(types, known->types[i], ret);

		if (!err || err->code != ERROR_NOT_FOUND)
			return err;
		error_free(err);
	}
	return error_create(ERROR_NOT_FOUND, "%s is not among the well-known symbols", name);
}
