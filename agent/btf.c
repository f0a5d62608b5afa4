// SPDX-License-Identifier: GPL-2.0-only
#include "agent/btf.h"

#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BTF_BYTES_MAX (64u << 20)
#define DEPTH_MAX 8		/* of nameless parts in each other */

struct btf {
	char *bytes;
	const char *types, *strings;
	uint32_t types_size, strings_size;
	uint32_t *at;		/* of each type, from 1 on: its place among the types */
	uint32_t nr;
};

static const struct btf_type *type_at(const struct btf *btf, uint32_t id)
{
	return id && id < btf->nr ? (const void *)(btf->types + btf->at[id]) : NULL;
}

static const char *string_at(const struct btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

/* Bytes of the type's own description behind its head. */
static uint32_t tail_size(const struct btf_type *type)
{
	uint32_t n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	case BTF_KIND_ENUM64:
		return n * sizeof(struct btf_enum64);
	default:
		return 0;
	}
}

/* Notes where each type begins; false when they do not end where they should. */
static bool index_types(struct btf *btf)
{
	uint32_t room = btf->types_size / sizeof(struct btf_type) + 1, at = 0;

	btf->at = calloc(room, sizeof(*btf->at));
	btf->nr = 1;
	while (btf->at && at + sizeof(struct btf_type) <= btf->types_size) {
		const struct btf_type *type = (const void *)(btf->types + at);
		uint32_t size = sizeof(*type) + tail_size(type);

		if (size > btf->types_size - at)
			return false;
		btf->at[btf->nr++] = at;
		at += size;
	}
	return btf->at && at == btf->types_size;
}

static char *read_all(const char *root, size_t *ret_size)
{
	char path[1024], *bytes = NULL;
	size_t room = 0, n;
	FILE *in;

	snprintf(path, sizeof(path), "%s/sys/kernel/btf/vmlinux", root);
	in = fopen(path, "re");
	*ret_size = 0;
	do {
		char *more = in && room < BTF_BYTES_MAX ? realloc(bytes, room += 1 << 20) : NULL;

		if (!more)
			break;
		bytes = more;
		n = fread(bytes + *ret_size, 1, room - *ret_size, in);
		*ret_size += n;
	} while (*ret_size == room);
	if (in)
		fclose(in);
	return bytes;
}

static bool take_header(struct btf *btf, size_t size)
{
	struct btf_header head;

	if (size < sizeof(head))
		return false;
	memcpy(&head, btf->bytes, sizeof(head));
	if (head.magic != BTF_MAGIC || head.version != BTF_VERSION || head.hdr_len > size)
		return false;
	size -= head.hdr_len;
	if (head.type_off > size || head.type_len > size - head.type_off || head.str_off > size ||
	    head.str_len > size - head.str_off || (head.hdr_len + head.type_off) % 4 || !head.str_len)
		return false;
	btf->types = btf->bytes + head.hdr_len + head.type_off;
	btf->types_size = head.type_len;
	btf->strings = btf->bytes + head.hdr_len + head.str_off;
	btf->strings_size = head.str_len;
	return !btf->strings[head.str_len - 1];
}

struct btf *btf_open(const char *root)
{
	struct btf *btf = calloc(1, sizeof(*btf));
	size_t size = 0;

	if (!btf)
		return NULL;
	btf->bytes = read_all(root, &size);
	if (btf->bytes && take_header(btf, size) && index_types(btf))
		return btf;
	btf_free(btf);
	return NULL;
}

void btf_free(struct btf *btf)
{
	if (!btf)
		return;
	free(btf->at);
	free(btf->bytes);
	free(btf);
}

static bool has_members(const struct btf_type *type)
{
	uint32_t kind = type ? BTF_INFO_KIND(type->info) : BTF_KIND_UNKN;

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

static const struct btf_type *find_type(const struct btf *btf, const char *name)
{
	for (uint32_t id = 1; id < btf->nr; id++) {
		const struct btf_type *type = type_at(btf, id);

		if (has_members(type) && !strcmp(string_at(btf, type->name_off), name))
			return type;
	}
	return NULL;
}

static bool find_member(const struct btf *btf, const struct btf_type *type, const char *name,
			unsigned int depth, struct btf_field *ret)
{
	const struct btf_member *members = (const void *)(type + 1);
	bool packed = BTF_INFO_KFLAG(type->info);

	for (uint32_t i = 0; i < BTF_INFO_VLEN(type->info); i++) {
		uint32_t place = members[i].offset;
		uint32_t bit = packed ? BTF_MEMBER_BIT_OFFSET(place) : place;
		const struct btf_type *part = type_at(btf, members[i].type);

		if (members[i].name_off && !strcmp(string_at(btf, members[i].name_off), name)) {
			*ret = (struct btf_field){ bit, packed ? BTF_MEMBER_BITFIELD_SIZE(place) : 0 };
			return true;
		}
		if (!members[i].name_off && has_members(part) && depth < DEPTH_MAX &&
		    find_member(btf, part, name, depth + 1, ret)) {
			ret->bit += bit;
			return true;
		}
	}
	return false;
}

bool btf_find(const struct btf *btf, const char *type, const char *member, struct btf_field *ret)
{
	const struct btf_type *found = find_type(btf, type);

	return found && find_member(btf, found, member, 0, ret);
}

uint32_t btf_size(const struct btf *btf, const char *type)
{
	const struct btf_type *found = find_type(btf, type);

	return found ? found->size : 0;
}
