// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ways for a kernel to die, each through a chain of functions whose names are
 * known. Write one of the kinds to /sys/kernel/debug/kxboom, or load the module
 * with init=1 to die in its init function.
 *
 * Functions are kept whole (no inlining, no clones under other names) and do
 * something after each call, so that no call becomes a jump.
 */
#include <linux/bug.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/workqueue.h>

MODULE_DESCRIPTION("kx-crash test guest: dies on request");
MODULE_LICENSE("GPL");

#define KX_WHOLE __attribute__((__noipa__))

/* Something that other commands can look at: typed data in module memory. */
struct kx_item {
	struct list_head link;
	int number;
	unsigned int low : 3, high : 5;
	const char *name;
};

static LIST_HEAD(kx_items);
static struct kx_item kx_item_array[3];
static struct dentry *kx_file;
static volatile int kx_after;

static bool init_dies;
module_param_named(init, init_dies, bool, 0444);

static KX_WHOLE void kx_null_three(int *at)
{
	*at = 0x6b78;
	kx_after++;
}

static KX_WHOLE void kx_null_two(int *at)
{
	kx_null_three(at);
	kx_after++;
}

static KX_WHOLE void kx_null_one(void)
{
	kx_null_two(NULL);
	kx_after++;
}

static KX_WHOLE void kx_bug(void)
{
	kx_after++;
	BUG_ON(kx_after);
	kx_after++;
}

static KX_WHOLE int kx_recurse(int depth)
{
	volatile char frame[200];

	frame[depth % 200] = depth;
	kx_after++;
	if (kx_after < 0) /* never; the compiler minds a recursion without end */
		return 0;
	return kx_recurse(depth + 1) + frame[(depth + 1) % 200];
}

static KX_WHOLE void kx_panic(void)
{
	panic("kxboom: told to panic (%d)", kx_after);
}

/* softirq: panic() from a timer */
static void kx_timer_fn(struct timer_list *unused)
{
	kx_panic();
	kx_after++;
}
static DEFINE_TIMER(kx_timer, kx_timer_fn);

/* hardirq: an oops in an irq_work */
static void kx_irq_work_fn(struct irq_work *unused)
{
	kx_null_one();
	kx_after++;
}
static struct irq_work kx_irq_work;

/* ipi: an oops in a function called on another CPU */
static void kx_ipi_fn(void *unused)
{
	kx_null_one();
	kx_after++;
}

static KX_WHOLE void kx_ipi(void)
{
	int cpu = get_cpu(), other = cpumask_any_but(cpu_online_mask, cpu);

	if (other < nr_cpu_ids)
		smp_call_function_single(other, kx_ipi_fn, NULL, 1);
	put_cpu();
}

static void kx_work_fn(struct work_struct *unused)
{
	kx_null_one();
	kx_after++;
}
static DECLARE_WORK(kx_work, kx_work_fn);

/* hung: two threads take two mutexes in opposite orders */
static DEFINE_MUTEX(kx_mutex_a);
static DEFINE_MUTEX(kx_mutex_b);

static int kx_lock_ba(void *unused)
{
	mutex_lock(&kx_mutex_b);
	msleep(200);
	mutex_lock(&kx_mutex_a);
	return 0;
}

static KX_WHOLE void kx_hung(void)
{
	kthread_run(kx_lock_ba, NULL, "kx-lock-ba");
	mutex_lock(&kx_mutex_a);
	msleep(200);
	mutex_lock(&kx_mutex_b);
	kx_after++;
}

static KX_WHOLE void kx_die(const char *kind)
{
	pr_emerg("kxboom: dying of %s\n", kind);
	if (!strcmp(kind, "null"))
		kx_null_one();
	else if (!strcmp(kind, "bug"))
		kx_bug();
	else if (!strcmp(kind, "overflow"))
		kx_after = kx_recurse(1);
	else if (!strcmp(kind, "panic"))
		kx_panic();
	else if (!strcmp(kind, "softirq"))
		mod_timer(&kx_timer, jiffies + 1);
	else if (!strcmp(kind, "hardirq"))
		irq_work_queue(&kx_irq_work);
	else if (!strcmp(kind, "ipi"))
		kx_ipi();
	else if (!strcmp(kind, "workqueue"))
		schedule_work(&kx_work);
	else if (!strcmp(kind, "hung"))
		kx_hung();
	kx_after++;
}

static ssize_t kx_write(struct file *file, const char __user *from, size_t size, loff_t *at)
{
	char kind[16] = "";

	if (size >= sizeof(kind) || copy_from_user(kind, from, size))
		return -EINVAL;
	kx_die(strim(kind));
	return size;
}

static const struct file_operations kx_fops = {
	.owner = THIS_MODULE,
	.write = kx_write,
};

static KX_WHOLE int __init kx_init_two(void)
{
	kx_panic();
	return kx_after;
}

static int __init kx_init(void)
{
	int i;

	init_irq_work(&kx_irq_work, kx_irq_work_fn);
	for (i = 0; i < 3; i++) {
		kx_item_array[i].number = 100 + i;
		kx_item_array[i].low = i;
		kx_item_array[i].high = 31 - i;
		kx_item_array[i].name = i % 2 ? "odd" : "even";
		list_add_tail(&kx_item_array[i].link, &kx_items);
	}
	/* a line in several parts, from an interrupt-safe context of one CPU */
	pr_info("kxboom: a line");
	for (i = 0; i < 3; i++)
		pr_cont(" in part %d,", i);
	pr_cont(" end\n");
	pr_notice("kxboom: two\nlines\n");
	pr_debug("kxboom: not seen\n");
	if (init_dies)
		return kx_init_two() + kx_after;
	kx_file = debugfs_create_file("kxboom", 0200, NULL, NULL, &kx_fops);
	return 0;
}

static void __exit kx_exit(void)
{
	debugfs_remove(kx_file);
}

module_init(kx_init);
module_exit(kx_exit);
