// SPDX-License-Identifier: GPL-2.0-or-later
/* libkmod: which modules a guest or a capture kernel needs. */
#include "late/late.h"

#include <errno.h>
#include <libkmod.h>
#include <stddef.h>

static struct late_library library = { .soname = KMOD_SONAME };

LATE(library, struct kmod_ctx *, kmod_new, (const char *directory, const char *const *paths),
     (directory, paths), NULL)
LATE(library, struct kmod_ctx *, kmod_unref, (struct kmod_ctx * ctx), (ctx), NULL)
LATE(library, struct kmod_list *, kmod_list_next,
     (const struct kmod_list *list, const struct kmod_list *item), (list, item), NULL)
LATE(library, int, kmod_module_new_from_lookup,
     (struct kmod_ctx * ctx, const char *alias, struct kmod_list **list), (ctx, alias, list),
     -ENOSYS)
LATE(library, struct kmod_module *, kmod_module_get_module, (const struct kmod_list *entry),
     (entry), NULL)
LATE(library, const char *, kmod_module_get_name, (const struct kmod_module *mod), (mod), NULL)
LATE(library, const char *, kmod_module_get_path, (const struct kmod_module *mod), (mod), NULL)
LATE(library, struct kmod_list *, kmod_module_get_dependencies, (const struct kmod_module *mod),
     (mod), NULL)
LATE(library, int, kmod_module_get_softdeps,
     (const struct kmod_module *mod, struct kmod_list **pre, struct kmod_list **post),
     (mod, pre, post), -ENOSYS)
LATE(library, struct kmod_module *, kmod_module_unref, (struct kmod_module * mod), (mod), NULL)
LATE(library, int, kmod_module_unref_list, (struct kmod_list * list), (list), 0)
LATE(library, int, kmod_module_new_from_path,
     (struct kmod_ctx * ctx, const char *path, struct kmod_module **mod), (ctx, path, mod), -ENOSYS)
LATE(library, int, kmod_module_get_info, (const struct kmod_module *mod, struct kmod_list **list),
     (mod, list), -ENOSYS)
LATE_VOID(library, kmod_module_info_free_list, (struct kmod_list * list), (list))
LATE(library, const char *, kmod_module_info_get_key, (const struct kmod_list *entry), (entry),
     NULL)
LATE(library, const char *, kmod_module_info_get_value, (const struct kmod_list *entry), (entry),
     NULL)
