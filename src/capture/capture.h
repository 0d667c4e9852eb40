/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Saves the memory of a crashed kernel from its capture kernel: the log first, then the dump, to
 * the first of several targets that takes it. Told what to do by a configuration: the long options
 * of `kx-crash capture`, given as options or one a line in a file; they are the same words.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "base/text.h"
#include "save/save.h"

#define CAPTURE_TARGETS 8
#define CAPTURE_HOOKS	8
#define CAPTURE_RULES	32
#define CAPTURE_ERASE	64

enum capture_target_kind {
	CAPTURE_DIRECTORY, /* "/var/crash" or "dir:PATH": there already */
	CAPTURE_FS,	   /* "fs:TYPE:DEVICE:/path": mounted for it */
	CAPTURE_BLOCK,	   /* "block:DEVICE": the whole device becomes the dump */
	CAPTURE_SSH,	   /* "ssh:[USER@]HOST[:PORT]:/path" */
	CAPTURE_NFS,	   /* "nfs:HOST:/export/path" */
	CAPTURE_PORT,	   /* "virtio:NAME": a virtio port of that name */
};

/*
 * DEVICE: /dev/…, or UUID=, LABEL=, PARTUUID=, PARTLABEL= as in fstab, or SERIAL= (of a disk, as in
 * /sys/block/NAME/serial). HOST: a name or an IPv4 address, or an IPv6 one in brackets.
 */
struct capture_target {
	enum capture_target_kind kind;
	char *text;	     /* as it was given */
	char *type, *device; /* FS; of BLOCK the device */
	char *user;	     /* SSH; NULL: none given */
	char *host, *port;   /* SSH, NFS; port NULL: the usual one */
	char *path;	     /* DIRECTORY, FS, SSH, NFS */
	char *name;	     /* PORT */
};

/* USAGE with what was expected. */
must_check struct error *capture_target_parse(const char *text, struct capture_target *ret);
/* The target becomes what @text says; it stays as it is after an error. USAGE. */
must_check struct error *capture_target_replace(struct capture_target *target, const char *text);
void capture_target_deinit(struct capture_target *target);

enum capture_action { ACTION_NONE, ACTION_REBOOT, ACTION_HALT, ACTION_POWEROFF, ACTION_SHELL };

struct capture_config {
	struct capture_target targets[CAPTURE_TARGETS]; /* tried in this order */
	size_t nr_targets;
	unsigned int retries;	  /* of each target, after the first try */
	unsigned int device_wait; /* seconds for a device, a host or a port to appear */
	char *vmcore;		  /* what is saved */
	struct save_options save; /* format, codec, level, threads; rules once checked */
	unsigned int dump_level;
	struct {
		char *name;
		bool leave_out;
	} rules[CAPTURE_RULES]; /* over the level, in their order */
	size_t nr_rules;
	char *erase[CAPTURE_ERASE]; /* expressions; @save.erase borrows them */
	size_t nr_erase;
	unsigned int keep_dumps; /* in a directory, the new one counted; 0: all */
	uint64_t min_free;	 /* bytes that stay free; older dumps make room, else no dump */
	bool force;		 /* a device may lose what is on it */
	bool consume; /* once it is saved, @vmcore, a block device, is no dump any more */
	char *ssh_key, *ssh_known_hosts;		    /* paths; NULL: ssh's own */
	char *before[CAPTURE_HOOKS], *after[CAPTURE_HOOKS]; /* programs to run */
	size_t nr_before, nr_after;
	enum capture_action final_action, failure_action;
	/* Of the capture initramfs: "dhcp", or "ADDRESS/BITS[,GATEWAY][,DEVICE]"; NULL: none. */
	char *network;
	/* All accepted words but targets, as lines of a file. */
	struct text lines;
};

void capture_config_init(struct capture_config *config);
void capture_config_deinit(struct capture_config *config);
/* One word and its value (NULL: it takes none), as on the command line without "--". USAGE. */
must_check struct error *capture_config_set(struct capture_config *config, const char *name,
					    const char *value);
/* A file of lines "NAME [VALUE]"; "#" begins a comment. Errors name the file and the line. */
must_check struct error *capture_config_read(struct capture_config *config, const char *path);
/* Has it all that is needed? USAGE with what is missing. Settles the rules. */
must_check struct error *capture_config_check(struct capture_config *config);
/* The configuration as such a file again. */
must_check struct error *capture_config_write(const struct capture_config *config,
					      struct text *ret);

struct capture_result {
	size_t nr_tried; /* targets begun with: one that holds up everything is the last of them */
	const struct capture_target *target; /* that took the dump; NULL: none */
	char *place;			     /* where the dump is now, for people */
	bool log_saved;
	bool has_report;
	char *partial; /* why the source is not whole; NULL: it is */
	struct save_report report;
};

/* Lines for people: on the console in an initramfs, stderr else. */
typedef void capture_say(void *context, const char *line);

/*
 * All of it, but the final action. Fails when no target has the whole of it; what each target said
 * is told by @say. @ret is to be deinitialised in either case.
 */
must_check struct error *capture_run(const struct capture_config *config, capture_say *say,
				     void *context, struct capture_result *ret);
void capture_result_deinit(struct capture_result *result);

/* Does it; returns only when that did not work, or for ACTION_NONE. */
must_check struct error *capture_action_do(enum capture_action action);

#endif
