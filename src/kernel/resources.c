// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's trees of resources: iomem_resource, ioport_resource. */
#include "kernel/resources.h"

#include "image/view.h"

#include <string.h>

enum { START, END, NAME, PARENT, SIBLING, CHILD };
DEFINE_VIEW(resource_view,
	    "resource", [START] = FIELD("start"), [END] = FIELD("end"), [NAME] = FIELD("name"),
	    [PARENT] = FIELD("parent"), [SIBLING] = FIELD("sibling"), [CHILD] = FIELD("child"));

struct error *resource_read(struct image *image, uint64_t address, struct resource *ret)
{
	struct resource r = { .address = address };
	uint64_t name;

	TRY(view_read(image, &resource_view, START, address, &r.start));
	TRY(view_read(image, &resource_view, END, address, &r.end));
	TRY(view_read(image, &resource_view, NAME, address, &name));
	TRY(view_read(image, &resource_view, PARENT, address, &r.parent));
	TRY(view_read(image, &resource_view, SIBLING, address, &r.sibling));
	TRY(view_read(image, &resource_view, CHILD, address, &r.child));
	if (!name || error_dropped(image_read_string(image, name, r.name, sizeof(r.name))))
		strcpy(r.name, "?");
	*ret = r;
	return NULL;
}
