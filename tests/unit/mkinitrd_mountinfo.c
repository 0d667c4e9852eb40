// SPDX-License-Identifier: GPL-2.0-or-later
/* Which mount a folder lies on, and where in its file system: lines as proc(5) has them. */
#include "support/data.h"

#include "mkinitrd/mountinfo.h"
#include "mkinitrd/route.h"

#include <stdlib.h>
#include <string.h>

static const char machine[] =
	"22 28 0:21 / /proc rw,relatime shared:12 - proc proc rw\n"
	"28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro\n"
	"40 28 254:1 / /var rw - xfs /dev/mapper/vg-var rw\n"
	"41 40 0:45 /@crash /var/crash rw shared:7 master:3 - btrfs /dev/sdb1 rw,subvol=/@crash\n"
	"42 28 259:2 /srv/real /srv/bound rw shared:1 - ext4 /dev/nvme0n1p2 rw\n"
	"43 28 0:50 /deep /mnt/nfs rw - nfs4 server:/export rw,addr=10.0.0.1\n"
	"44 28 8:1 / /mnt/with\\040blank\\134 rw - ext3 /dev/sda1 rw\n"
	"45 28 0:60 / /mnt/covered rw - tmpfs tmpfs rw\n"
	"46 45 8:2 / /mnt/covered rw - vfat /dev/sda2 rw\n";

static void check(const char *path, unsigned int major, unsigned int minor, const char *type,
		  const char *inside)
{
	struct mount_line mount;
	char *is;

	assert_ok(mountinfo_find(machine, path, &mount));
	assert_int_equal(mount.major, major);
	assert_int_equal(mount.minor, minor);
	assert_string_equal(mount.type, type);
	assert_ok(mount_line_inside(&mount, path, &is));
	assert_string_equal(is, inside);
	free(is);
	mount_line_deinit(&mount);
}

static void places(void **state)
{
	check("/", 259, 2, "ext4", "/");
	check("/home/crash", 259, 2, "ext4", "/home/crash");
	check("/variant", 259, 2, "ext4", "/variant");
	check("/var/lib", 254, 1, "xfs", "/lib");
	check("/var/crash", 0, 45, "btrfs", "/@crash");
	check("/var/crash/here", 0, 45, "btrfs", "/@crash/here");
	check("/srv/bound/x", 259, 2, "ext4", "/srv/real/x");
	check("/mnt/nfs/host", 0, 50, "nfs4", "/deep/host");
	check("/mnt/with blank\\/a b", 8, 1, "ext3", "/a b");
	check("/mnt/covered/a", 8, 2, "vfat", "/a");
}

static void damaged(void **state)
{
	static const char *const wrong[] = {
		"28 1 259 / / rw - ext4 /dev/sda rw\n",
		"28\n",
		"28 1 259:2\n",
		"28 1 259:2 / / rw shared:1\n",
		"28 1 259:2 / / rw -\n",
		"28 1 259:2 / / rw - ext4\n",
	};
	struct mount_line mount;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_fails(mountinfo_find(wrong[i], "/a", &mount), ERROR_BAD_DATA);
	assert_fails(mountinfo_find("", "/a", &mount), ERROR_NOT_FOUND);
	assert_fails(mountinfo_find("28 1 8:1 / /b rw - ext4 /dev/sda rw\n", "/a", &mount),
		     ERROR_NOT_FOUND);
}

/* Cut anywhere: an error or a mount, and nothing read beyond the end. */
static void cut(void **state)
{
	struct mount_line mount;

	for (size_t n = 0; n < sizeof(machine); n++) {
		char *copy = strndup(machine, n);

		if (!error_dropped(mountinfo_find(copy, "/var/crash", &mount)))
			mount_line_deinit(&mount);
		free(copy);
	}
}

/* As a little-endian machine prints 10.0.2.0/24 on eth0, and the way out by 10.0.2.2. */
static void routes(void **state)
{
	static const char text[] =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		"eth0\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
		"wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
		"eth0\t0002000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
		"eth1\t0000A8C0\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
		"*\t0000010A\t00000000\t0200\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
	struct route route;

	assert_ok(route_find(text, 0x08080808, &route));
	assert_string_equal(route.interface, "eth0");
	assert_int_equal(route.gateway, 0x0a000202);
	assert_ok(route_find(text, 0x0a000207, &route));
	assert_string_equal(route.interface, "eth0");
	assert_int_equal(route.gateway, 0);
	/* A route that is down, and one that refuses, are none. */
	assert_ok(route_find(text, 0xc0a80001, &route));
	assert_string_equal(route.interface, "eth0");
	assert_fails(route_find("Iface\n", 1, &route), ERROR_NOT_FOUND);
	assert_fails(route_find("", 1, &route), ERROR_NOT_FOUND);
	assert_fails(route_find("Iface\neth0 what\n", 1, &route), ERROR_BAD_DATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(damaged),
		cmocka_unit_test(cut),
		cmocka_unit_test(routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
