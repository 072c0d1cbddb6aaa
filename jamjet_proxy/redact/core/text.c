/* Classes of bytes, memory, UTF-8. */
#include "core.h"

byte class_of[256];
byte sign_of[256];

void make_classes(void) {
    for (int c = 0; c < 256; c++) {
        byte k = 0, s = 0;
        int lower = c | 0x20;
        if (is_digit(c)) { k |= C_DIGIT | C_HEX | C_LOCAL; s |= S_DIGIT; }
        if (lower >= 'a' && lower <= 'z') k |= C_LETTER | C_LOCAL | (lower <= 'f' ? C_HEX : 0);
        if (c >= 'A' && c <= 'Z') k |= C_UPPER;
        if (c && strchr(" .()/-", c)) k |= C_SEPARATOR;
        if (c && strchr("._%+-'", c)) k |= C_LOCAL;
        if (c == ' ' || (c >= 9 && c <= 13)) k |= C_SPACE;
        if (c >= 0x80) { k |= C_HIGH; s |= S_HIGH; }
        if (c == '"') s |= S_END;
        if (c == '\\') s |= S_ESCAPE;
        if (c == '@') s |= S_AT;
        if (c == '&' || c == '%') s |= S_AND;
        if (c && strchr(":=->", c)) s |= S_MARK;
        class_of[c] = k;
        sign_of[c] = s;
    }
}

void *take(arena *a, size_t size) {
    block *b = malloc(sizeof(block) + (size ? size : 1));
    if (!b) return NULL;
    b->next = a->first;
    a->first = b;
    return b + 1;
}

void release(arena *a, block *upto) {
    while (a->first != upto) {
        block *b = a->first;
        a->first = b->next;
        free(b);
    }
}

int append(bytes *b, const void *from, size_t size) {
    if (size > b->room - b->size) {
        size_t room = b->room * 2 + size + 64;
        byte *moved = realloc(b->at, room);
        if (!moved) return FAILED;
        b->at = moved;
        b->room = room;
    }
    if (size) memcpy(b->at + b->size, from, size);
    b->size += size;
    return OK;
}

int add_span(spans *s, place start, place end, int kind) {
    if (s->count == s->room) {
        size_t room = s->room * 2 + 8;
        span *moved = realloc(s->at, room * sizeof(span));
        if (!moved) return FAILED;
        s->at = moved;
        s->room = room;
    }
    s->at[s->count++] = (span){start, end, kind};
    return OK;
}

place step_back(const byte *t, place from, int characters) {
    while (from > 0 && characters--)
        for (from--; from > 0 && (t[from] & 0xC0) == 0x80; from--) {}
    return from;
}

place step_ahead(const byte *t, place n, place from, int characters) {
    while (from < n && characters--)
        for (from++; from < n && (t[from] & 0xC0) == 0x80; from++) {}
    return from;
}

place count_characters(const byte *t, place start, place end) {
    place count = 0;
    for (place i = start; i < end; i++) count += (t[i] & 0xC0) != 0x80;
    return count;
}

long code_at(const byte *t, place left, int *size) {
    byte lead = t[0];
    *size = 1;
    if (lead < 0x80) return lead;
    int wanted = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (!wanted || wanted > left) return -1;
    *size = wanted;
    if (wanted == 2) return (lead & 0x1F) << 6 | (t[1] & 0x3F);
    if (wanted == 3) return (lead & 0x0F) << 12 | (t[1] & 0x3F) << 6 | (t[2] & 0x3F);
    return (long)(lead & 0x07) << 18 | (t[1] & 0x3F) << 12 | (t[2] & 0x3F) << 6 | (t[3] & 0x3F);
}

long code_before(const byte *t, place at, int *size) {
    place from = step_back(t, at, 1);
    long code = code_at(t + from, at - from, size);
    *size = (int)(at - from);
    return code;
}

int put_utf8(byte *to, long code) {
    if (code < 0x80) { to[0] = (byte)code; return 1; }
    if (code < 0x800) { to[0] = (byte)(0xC0 | code >> 6); to[1] = (byte)(0x80 | (code & 0x3F)); return 2; }
    if (code < 0x10000) {
        to[0] = (byte)(0xE0 | code >> 12);
        to[1] = (byte)(0x80 | (code >> 6 & 0x3F));
        to[2] = (byte)(0x80 | (code & 0x3F));
        return 3;
    }
    to[0] = (byte)(0xF0 | code >> 18);
    to[1] = (byte)(0x80 | (code >> 12 & 0x3F));
    to[2] = (byte)(0x80 | (code >> 6 & 0x3F));
    to[3] = (byte)(0x80 | (code & 0x3F));
    return 4;
}

int hex_of(int c) {
    if (is_digit(c)) return c - '0';
    int lower = c | 0x20;
    return c >= 0 && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

long hex4(const byte *t, place left) {
    long code = 0;
    if (left < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_of(t[i]);
        if (digit < 0) return -1;
        code = code * 16 + digit;
    }
    return code;
}

int is_one_of(const strings *list, const byte *t, place size) {
    for (int i = 0; i < list->count; i++)
        if (list->at[i].size == size && !memcmp(list->at[i].text, t, (size_t)size)) return 1;
    return 0;
}

static size_t hash_of(const byte *text, place size) {
    size_t h = 2166136261u;
    for (place i = 0; i < size; i++) h = (h ^ lower_of(text[i])) * 16777619u;
    return h;
}

int is_tld(const tables *c, const byte *label, place size) {
    for (size_t slot = hash_of(label, size) & c->tld_mask; c->tlds[slot].text; slot = (slot + 1) & c->tld_mask) {
        if (c->tlds[slot].size != size) continue;
        place i = 0;
        while (i < size && c->tlds[slot].text[i] == lower_of(label[i])) i++;
        if (i == size) return 1;
    }
    return 0;
}

int add_tld(tables *c, string label) {
    size_t slot = hash_of(label.text, label.size) & c->tld_mask;
    while (c->tlds[slot].text) slot = (slot + 1) & c->tld_mask;
    c->tlds[slot] = label;
    return OK;
}

int run_of_digits(const view *v, place from, place high, int most) {
    int count = 0;
    while (count < most && is_digit(within(v, from + count, high))) count++;
    return count;
}
