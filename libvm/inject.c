// SPDX-License-Identifier: GPL-2.0-only
#include "libvm/inject.h"

#include "lib/fault.h"
#include "lib/text.h"

#define ALL_OPS (INJECT_READ | INJECT_WRITE | INJECT_FLUSH)
#define N_ALL "all"

static const char *const kinds[] = { [INJECT_EIO] = "eio", [INJECT_TORN] = "torn", [INJECT_SLOW] = "slow" };

static const struct {
	const char *name;
	enum inject_op op;
} ops[] = {
	{ "read", INJECT_READ }, { "write", INJECT_WRITE }, { "flush", INJECT_FLUSH },
};

static const char allowed[] =
	"a rule is eio:read, eio:write, eio:flush, torn or slow:ms=M, and after it n=N, n=A..B, n=A.. "
	"or n=all, at=SECTOR or at=A..B, keep=SECTORS; see --inject in vexvm(1)";

/* What has been given, to find what is there twice. */
enum { SEEN_OP = 1, SEEN_N = 2, SEEN_AT = 4, SEEN_KEEP = 8, SEEN_MS = 16 };

static bool parse_number(const char *text, guint64 min, guint64 max, guint64 *ret)
{
	return g_ascii_string_to_unsigned(text, 10, min, max, ret, NULL);
}

/* "3", "1..20" and, with @open, "1..", of which *@ret_open tells. */
static bool parse_range(const char *text, guint64 min, guint64 max, guint64 *ret_first,
			guint64 *ret_last, bool *ret_open)
{
	const char *dots = strstr(text, "..");
	g_autofree char *first = dots ? g_strndup(text, dots - text) : g_strdup(text);

	if (!parse_number(first, min, max, ret_first))
		return false;
	*ret_last = *ret_first;
	if (!dots)
		return true;
	if (dots[2])
		return parse_number(dots + 2, *ret_first, max, ret_last);
	if (!ret_open)
		return false;
	*ret_open = true;
	*ret_last = *ret_first + INJECT_SWEEP_MAX - 1;
	return true;
}

static bool parse_n(const char *text, struct inject_rule *rule)
{
	guint64 first, last;

	if (g_str_equal(text, N_ALL)) {
		rule->n = rule->last = 0;
		return true;
	}
	if (!parse_range(text, 1, INJECT_N_MAX, &first, &last, &rule->open))
		return false;
	rule->n = (guint)first;
	rule->last = (guint)last;
	return true;
}

/* One word behind the kind; which it was, or 0 for none that is known. */
static guint parse_word(const char *word, struct inject_rule *rule)
{
	guint64 value;

	for (guint i = 0; i < G_N_ELEMENTS(ops); i++)
		if (g_str_equal(word, ops[i].name)) {
			rule->ops = ops[i].op;
			return SEEN_OP;
		}
	if (g_str_has_prefix(word, "n="))
		return parse_n(word + 2, rule) ? SEEN_N : 0;
	if (g_str_has_prefix(word, "at="))
		return parse_range(word + 3, 0, G_MAXUINT64 / INJECT_SECTOR - 1, &rule->first_sector,
				   &rule->last_sector, NULL) ? SEEN_AT : 0;
	if (g_str_has_prefix(word, "keep=") && parse_number(word + 5, 0, G_MAXUINT16, &value)) {
		rule->keep = (guint)value;
		return SEEN_KEEP;
	}
	if (g_str_has_prefix(word, "ms=") && parse_number(word + 3, 1, INJECT_MS_MAX, &value)) {
		rule->ms = (guint)value;
		return SEEN_MS;
	}
	return 0;
}

/* Why what was @seen does not make a rule of its kind, or NULL. */
static const char *misfit(const struct inject_rule *rule, guint seen)
{
	if (rule->kind == INJECT_SLOW)
		return !(seen & SEEN_MS) ? "slow needs ms=" :
		       seen & (SEEN_N | SEEN_KEEP) ? "slow has no n= and no keep=" : NULL;
	if (seen & SEEN_MS)
		return "ms= goes with slow";
	if (rule->kind == INJECT_EIO && !(seen & SEEN_OP))
		return "eio needs read, write or flush";
	if (rule->kind == INJECT_TORN && rule->ops != INJECT_WRITE)
		return "only a write can be torn";
	if ((seen & SEEN_KEEP) && rule->ops != INJECT_WRITE)
		return "keep= goes with writes";
	return (seen & SEEN_AT) && rule->ops == INJECT_FLUSH ? "a flush has no place" : NULL;
}

static bool refuse(const char *text, const char *why, GError **error)
{
	g_autofree char *shown = text_escape(text, -1);

	return fault_set(error, LAB_ERROR_USAGE, "inject '%s': %s; %s", g_strdelimit(shown, "\n\t", ' '), why,
			 allowed);
}

static bool parse_kind(const char *word, struct inject_rule *ret)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (g_str_equal(word, kinds[i])) {
			*ret = (struct inject_rule){ .kind = (enum inject_kind)i, .n = 1, .last = 1,
						     .ops = i == INJECT_TORN ? INJECT_WRITE : ALL_OPS,
						     .keep = i == INJECT_TORN,
						     .last_sector = G_MAXUINT64 };
			if (i == INJECT_SLOW)
				ret->n = ret->last = 0;
			return true;
		}
	return false;
}

bool inject_parse(const char *text, struct inject_rule *ret, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ":", -1);
	const char *why;
	guint seen = 0;

	if (words[0] && g_str_equal(words[0], "enospc"))
		return refuse(text, "a virtio disk can only say that a request failed, which the guest's "
			      "kernel reports as EIO, so use eio:write", error);
	if (!words[0] || !parse_kind(words[0], ret))
		return refuse(text, "this is no kind of error", error);
	for (guint i = 1; words[i]; i++) {
		guint what = parse_word(words[i], ret);

		if (!what || (seen & what)) {
			g_autofree char *wrong = g_strdup_printf("'%s' %s", words[i],
								 what ? "says again what was said" :
									"does not belong there");
			return refuse(text, wrong, error);
		}
		seen |= what;
	}
	why = misfit(ret, seen);
	return !why || refuse(text, why, error);
}

char *inject_text(const struct inject_rule *rule)
{
	GString *text = g_string_new(kinds[rule->kind]);

	for (guint i = 0; i < G_N_ELEMENTS(ops); i++)
		if (rule->ops == ops[i].op && rule->kind != INJECT_TORN)
			g_string_append_printf(text, ":%s", ops[i].name);
	if (rule->ms)
		g_string_append_printf(text, ":ms=%u", rule->ms);
	else if (rule->n)
		g_string_append_printf(text, ":n=%u", rule->n);
	else
		g_string_append(text, ":n=" N_ALL);
	if (rule->last_sector != G_MAXUINT64)
		g_string_append_printf(text, ":at=%" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT,
				       rule->first_sector, rule->last_sector);
	if (rule->keep != (rule->kind == INJECT_TORN))
		g_string_append_printf(text, ":keep=%u", rule->keep);
	return g_string_free(text, FALSE);
}

bool inject_counts(const struct inject_rule *rule, enum inject_op op, guint64 offset, guint64 bytes)
{
	if (!(rule->ops & op))
		return false;
	if (op == INJECT_FLUSH)
		return true;
	if (rule->kind == INJECT_TORN && bytes <= (guint64)rule->keep * INJECT_SECTOR)
		return false;
	return offset / INJECT_SECTOR <= rule->last_sector &&
	       (offset + bytes - 1) / INJECT_SECTOR >= rule->first_sector;
}

bool inject_hits(const struct inject_rule *rule, guint64 nth)
{
	return !rule->n || rule->n == nth;
}

bool inject_is_sweep(const struct inject_rule *rule)
{
	return rule->n && rule->n < rule->last;
}
