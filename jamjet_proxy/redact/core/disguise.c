/* Tokens that already stand in a text, and disguised text made plain: as in tokens.py and fold.py. */
#include "core.h"

/* ---- tokens ----------------------------------------------------------------------------------------------------- */

static place sdk_token(const byte *t, place n) {
    static const char *const names[] = {"EMAIL_ADDRESS", "EMAIL", "CREDIT_CARD", "US_SSN", "SSN", "PHONE_NUMBER",
        "PHONE", "IP_ADDRESS", "IP", "IBAN_CODE", "IBAN", "PERSON", "LOCATION", NULL};
    static const char prefix[] = "redacted:";
    place i = 1;
    if (n < 4 || t[0] != '[') return 0;
    if (n > 10) {
        int k = 0;
        while (k < 9 && lower_of(t[1 + k]) == prefix[k]) k++;
        if (k == 9) i += 9;
    }
    for (const char *const *name = names; *name; name++) {
        place size = (place)strlen(*name), k = 0;
        if (n - i <= size || t[i + size] != ']') continue;
        while (k < size && lower_of(t[i + k]) == lower_of((byte)(*name)[k])) k++;
        if (k == size) return i + size + 1;
    }
    return 0;
}

place token_here(const core *c, const byte *t, place n) {
    for (int k = 0; k < c->tokens.count; k++)
        if (c->tokens.at[k].size <= n && !memcmp(t, c->tokens.at[k].text, (size_t)c->tokens.at[k].size))
            return c->tokens.at[k].size;
    return sdk_token(t, n);
}

int begins_one_of(const strings *list, const byte *t, place n) {
    for (int k = 0; k < list->count; k++)
        if (list->at[k].size <= n && !memcmp(t, list->at[k].text, (size_t)list->at[k].size)) return 1;
    return 0;
}

int holds_token(const core *c, const byte *t, place n) {
    for (place i = next_sign(c->signs, S_TOKEN, t, 0, n); i < n; i = next_sign(c->signs, S_TOKEN, t, i + 1, n))
        if (token_here(c, t + i, n - i) || begins_one_of(&c->openings, t + i, n - i)) return 1;
    return 0;
}

/* ---- escapes: each returns its size in the text, 0 for none, and the code point it stands for --------------------- */

static long as_character(long code) {
    return code >= 0x110000 || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code;
}

/* %(?:25){0,3}([2-7][0-9A-Fa-f]) */
static int is_percent_pair(const byte *t, place n, place i) {
    return i + 1 < n && t[i] >= '2' && t[i] <= '7' && hex_of(t[i + 1]) >= 0;
}

static place percent_escape(const byte *t, place n, place i, long *code) {
    place k = i + 1;
    if (!is_percent_pair(t, n, k)) return 0;
    for (int again = 0; again < 3 && t[k] == '2' && t[k + 1] == '5' && is_percent_pair(t, n, k + 2); again++) k += 2;
    *code = hex_of(t[k]) * 16 + hex_of(t[k + 1]);
    return k + 2 - i;
}

/* &#64; and &#x40; also behind &amp; for the ampersand; or an entity with a name. */
static place numeric_entity(const byte *t, place n, place i, long *code) {
    place k = i + 1;
    if (n - k >= 4 && !memcmp(t + k, "amp;", 4)) k += 4;
    if (k >= n || t[k] != '#') return 0;
    int hex = k + 1 < n && (t[k + 1] | 0x20) == 'x', digits = 0, most = hex ? 5 : 6;
    long value = 0;
    for (k += 1 + hex; k < n && digits < most && (hex ? hex_of(t[k]) >= 0 : is_digit(t[k])); k++, digits++)
        value = value * (hex ? 16 : 10) + hex_of(t[k]);
    if (!digits || k >= n || t[k] != ';') return 0;
    *code = as_character(value);
    return k + 1 - i;
}

static place entity(const tables *c, const byte *t, place n, place i, long *code) {
    place size = numeric_entity(t, n, i, code);
    if (size) return size;
    for (int k = 0; k < c->entities.count; k++) {
        const string *name = &c->entities.at[k];
        if (n - i - 1 > name->size && !memcmp(t + i + 1, name->text, (size_t)name->size) && t[i + 1 + name->size] == ';') {
            *code = c->entity_plain.at[k].text[0];
            return name->size + 2;
        }
    }
    return 0;
}

/* (?<!\\)\\+u([0-9A-Fa-f]{4}) */
static place backslash_escape(const byte *t, place n, place i, long *code) {
    if (i > 0 && t[i - 1] == '\\') return 0;
    place u = i;
    while (u < n && t[u] == '\\') u++;
    if (u >= n || t[u] != 'u') return 0;
    long value = hex4(t + u + 1, n - u - 1);
    if (value < 0) return 0;
    *code = as_character(value);
    return u + 5 - i;
}

/* What a character stands for: itself (FOLD_KEEP), nothing (FOLD_DROP), or an ASCII character. */
static int fold_of(const tables *c, long code) {
    if (code >= 0x80 && code < 0x10000) return c->fold[code];
    if (code >= 0x1D7CE && code <= 0x1D7FF) return '0' + (int)((code - 0x1D7CE) % 10);
    return FOLD_KEEP;
}

static int begin_copy(arena *a, folded *f, const byte *t, place i, place n) {
    size_t room = (size_t)n + 4;
    f->t = take(a, room);
    f->starts = take(a, room * sizeof(place));
    f->ends = take(a, room * sizeof(place));
    if (!f->t || !f->starts || !f->ends) return FAILED;
    memcpy(f->t, t, (size_t)i);
    for (place k = 0; k < i; k++) { f->starts[k] = k; f->ends[k] = k + 1; }
    f->n = i;
    return OK;
}

static void put_folded(folded *f, const byte *made, int count, place start, place size) {
    for (int k = 0; k < count; k++, f->n++) {
        f->t[f->n] = made[k];
        f->starts[f->n] = start;
        f->ends[f->n] = start + size;
    }
}

int fold(const tables *c, arena *a, const byte *t, place n, folded *f, int *any) {
    f->t = NULL;
    *any = 0;
    for (place i = 0; i < n;) {
        place next = next_sign(sign_of, S_ESCAPE | S_AND | S_HIGH, t, i, n);
        if (f->t)
            for (place k = i; k < next; k++) put_folded(f, t + k, 1, k, 1);
        if ((i = next) == n) break;
        long code = -1;
        place size = 0;
        int high = 1, plain = FOLD_KEEP;
        byte b = t[i];
        if (b >= 0x80) {
            code = code_at(t + i, n - i, &high);
            plain = fold_of(c, code);
            if (plain != FOLD_KEEP) size = high;
        } else if (b == '%') {
            size = percent_escape(t, n, i, &code);
        } else if (b == '&') {
            size = entity(c, t, n, i, &code);
        } else if (b == '\\') {
            size = backslash_escape(t, n, i, &code);
        }
        if (!size) {
            if (f->t)
                for (int k = 0; k < high; k++) put_folded(f, t + i + k, 1, i + k, 1);
            i += high;
            continue;
        }
        if (!f->t && begin_copy(a, f, t, i, n)) return FAILED;
        *any = 1;
        byte made[4];
        int count = 1;
        if (b < 0x80) plain = fold_of(c, code);
        if (plain == FOLD_DROP) count = 0;
        else if (plain != FOLD_KEEP) made[0] = (byte)plain;
        else count = put_utf8(made, code);
        put_folded(f, made, count, i, size);
        i += size;
    }
    return OK;
}
