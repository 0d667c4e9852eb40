// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Letters of task states: what fs/proc/array.c prints for values of __state and exit_state that
 * include/linux/sched.h composes.
 */
#include "support/data.h"

#include "kernel/tasks.h"

static void letters_of_plain_states(void **state)
{
	assert_int_equal(task_state_letter(0, 0), 'R');
	assert_int_equal(task_state_letter(0x1, 0), 'S');  /* TASK_INTERRUPTIBLE */
	assert_int_equal(task_state_letter(0x2, 0), 'D');  /* TASK_UNINTERRUPTIBLE */
	assert_int_equal(task_state_letter(0x4, 0), 'T');  /* __TASK_STOPPED */
	assert_int_equal(task_state_letter(0x8, 0), 't');  /* __TASK_TRACED */
	assert_int_equal(task_state_letter(0x40, 0), 'P'); /* TASK_PARKED */
}

static void letters_of_composed_states(void **state)
{
	assert_int_equal(task_state_letter(0x102, 0), 'D');  /* TASK_KILLABLE */
	assert_int_equal(task_state_letter(0x104, 0), 'T');  /* TASK_STOPPED */
	assert_int_equal(task_state_letter(0x108, 0), 't');  /* TASK_TRACED */
	assert_int_equal(task_state_letter(0x402, 0), 'I');  /* TASK_IDLE */
	assert_int_equal(task_state_letter(0x2001, 0), 'S'); /* freezable sleep */
	assert_int_equal(task_state_letter(0x2402, 0), 'I'); /* freezable idle */
	assert_int_equal(task_state_letter(0x1000, 0), 'D'); /* TASK_RTLOCK_WAIT */
	assert_int_equal(task_state_letter(0x8000, 0), 'D'); /* TASK_FROZEN */
	assert_int_equal(task_state_letter(0x200, 0), 'R');  /* TASK_WAKING */
	assert_int_equal(task_state_letter(0x800, 0), 'R');  /* TASK_NEW */
}

static void letters_of_exiting_tasks(void **state)
{
	assert_int_equal(task_state_letter(0x80, 0x20), 'Z');
	assert_int_equal(task_state_letter(0x80, 0x10), 'X');
	/* EXIT_TRACE: both bits; the higher one counts */
	assert_int_equal(task_state_letter(0, 0x30), 'Z');
	assert_int_equal(task_state_letter(0x80, 0), 'X');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_of_plain_states),
		cmocka_unit_test(letters_of_composed_states),
		cmocka_unit_test(letters_of_exiting_tasks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
