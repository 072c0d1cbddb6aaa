/* Bank accounts, e-mail and IP addresses: as in iban.py, email.py and ip.py. */
#include "core.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#define LOCAL_MAX 64
#define V6_MAX 45
#define USER_INFO_MAX 400
#define IDEOGRAPHS 0x2E80
#define LIST_MAX 3

/* ---- bank accounts ------------------------------------------------------------------------------------------------ */

int find_iban(const view *v, place digits, spans *found) {
    const byte *t = v->t;
    place start = digits - 2;
    if (start < 0 || !IS(t[start], C_LETTER) || !IS(t[start + 1], C_LETTER) || !is_digit(at(v, digits + 1))) return OK;
    if (is_alnum(at(v, start - 1))) return OK;
    if (at(v, start - 1) == '-' && is_alnum(at(v, start - 2))) return OK;
    int length = v->c->tables->iban_length[(lower_of(t[start]) - 'a') * 26 + lower_of(t[start + 1]) - 'a'];
    if (!length) return OK;
    byte compact[40];
    int size = 4, count = 0;
    memcpy(compact, t + start, 4);
    place i = start + 4, end = 0;
    while (count < 33) {
        place next = i;
        int c = at(v, next);
        if (c == ' ' || c == '.' || c == '-') c = at(v, ++next);
        if (!is_alnum(c)) break;
        if (size < length) {
            compact[size++] = (byte)c;
            if (size == length) end = next + 1;
        }
        i = next + 1;
        count++;
    }
    if (count < 11 || !end || is_alnum(at(v, end))) return OK;
    int rest = 0;
    for (int k = 0; k < length; k++) {
        byte c = compact[(k + 4) % length];
        rest = IS(c, C_DIGIT) ? (rest * 10 + c - '0') % 97 : (rest * 100 + lower_of(c) - 'a' + 10) % 97;
    }
    return rest == 1 ? add_span(found, start, end, IBAN) : OK;
}

/* ---- e-mail: the local part ---------------------------------------------------------------------------------------- */

/* (?<![0-9A-Za-z_])"[A-Za-z][^"@\\\n]{0,60}[A-Za-z0-9]"  that ends at `a`; where it starts, or -1 */
static place quoted_start(const view *v, place low, place a) {
    const byte *t = v->t;
    if (a - 2 < low || t[a - 1] != '"' || !is_alnum(t[a - 2])) return -1;
    place q = a - 2;
    while (q >= low && t[q] != '"' && t[q] != '@' && t[q] != '\\' && t[q] != '\n') q--;
    if (q < low || t[q] != '"' || a - 2 <= q + 1 || !IS(t[q + 1], C_LETTER)) return -1;
    place inner = count_characters(t, q + 2, a - 2);
    return inner <= 60 && !(q > low && is_word(t[q - 1])) ? q : -1;
}

static place local_start(const view *v, place a) {
    place low = step_back(v->t, a, LOCAL_MAX), start = a, quoted = quoted_start(v, low, a);
    if (quoted >= 0) return quoted;
    while (start > low && IS(v->t[start - 1], C_LOCAL)) start--;
    int bare = start == a, size;
    while (start > low && v->t[start - 1] >= 0x80) {
        long code = code_before(v->t, start, &size);
        if (!is_foreign(v->c->tables, code) || (code >= IDEOGRAPHS && !bare)) break;
        start -= size;
        while (start > low && IS(v->t[start - 1], C_LOCAL)) start--;
    }
    while (start < a && v->t[start] != '_' && v->t[start] < 0x80 && !IS(v->t[start], ALNUM)) start++;
    return start;
}

/* ---- e-mail: the domain --------------------------------------------------------------------------------------------- */

static inline int is_ascii_label(int c) { return c == '-' || is_alnum(c); }

/* The end of a label of at most 63 characters; letters outside ASCII count where `any` says so. */
static place label_end(const view *v, place from, int any) {
    place i = from;
    for (int count = 0; count < 63 && i < v->n; count++) {
        int size = 1;
        if (!is_ascii_label(v->t[i])) {
            if (!any || v->t[i] < 0x80 || !is_foreign(v->c->tables, code_at(v->t + i, v->n - i, &size))) break;
        }
        i += size;
    }
    return i;
}

static int ends_a_domain(const view *v, place start, place end) {
    const byte *t = v->t;
    int ascii = 0, high = 0, hump = 0;
    for (place i = start; i < end; i++) {
        if (t[i] < 0x80) ascii++;
        else high += (t[i] & 0xC0) != 0x80;
        if (i > start && IS(t[i], C_UPPER) && IS(t[i - 1], C_LETTER) && !IS(t[i - 1], C_UPPER)) hump = 1;
    }
    if (high) return !ascii && high > 1;
    if (end - start >= 4 && lower_of(t[start]) == 'x' && lower_of(t[start + 1]) == 'n' && t[start + 2] == '-' && t[start + 3] == '-')
        return 1;
    return !hump && is_tld(v->c->tables, t + start, end - start);
}

static place domain_of(const view *v, place start, int any) {
    place end = label_end(v, start, any);
    if (end == start || at(v, end) != '.') return 0;
    int labels = 0;
    while (labels < 8 && at(v, end) == '.') {
        place next = label_end(v, end + 1, any);
        if (next == end + 1) break;
        end = next;
        labels++;
    }
    place name = end;
    while (labels && name > start && v->t[name - 1] == '-') name--;
    while (labels) {
        place dot = name;
        while (dot > start && v->t[dot - 1] != '.') dot--;
        if (dot == start) return 0;
        if (ends_a_domain(v, dot, name)) return name;
        name = dot - 1;
    }
    return 0;
}

static place domain_end(const view *v, place start) {
    place end = domain_of(v, start, 0);
    return end ? end : domain_of(v, start, 1);
}

/* ---- e-mail: what only looks like one ------------------------------------------------------------------------------- */

static int same(const view *v, place from, place to, const char *text) {
    place size = (place)strlen(text);
    return to - from == size && !memcmp(v->t + from, text, (size_t)size);
}

static int is_code(const view *v, place start, place sign, place end) {
    static const char *const words[] = {"this", "super", "return"}, *const users[] = {"git", "hg", "svn", "gerrit", "gitea"};
    if (v->n - sign > 5 && !memcmp(v->t + sign + 1, "self.", 5)) return 1;
    if (at(v, end) == '(') {
        place dot = end;
        while (v->t[dot - 1] != '.') dot--;
        if (is_one_of(&v->c->tables->methods, v->t + dot, end - dot)) return 1;
    }
    if (IS(v->t[sign + 1], C_UPPER))
        for (int k = 0; k < 3; k++)
            if (same(v, start, sign, words[k])) return 1;
    int next = at(v, end + 1), path = at(v, end) == ':' && next >= 0 && (IS(next, C_LETTER) || next == '~' || next == '/' || next == '.');
    for (int k = 0; path && k < 5; k++)
        if (same(v, start, sign, users[k])) return 1;
    return 0;
}

static int in_user(byte c) { return !IS(c, C_SPACE) && !memchr("/:@\"'<>?#", c, 9); }
static int in_password(byte c) { return !IS(c, C_SPACE) && !memchr("/\"'<>?&", c, 7); }

/* Does the at-sign end the user info of a URL, ://[user]{0,128}:[password]{1,256}@ ? */
static int is_password(const view *v, place sign) {
    place low = step_back(v->t, sign, USER_INFO_MAX), i = sign - 3;
    while (i >= low && memcmp(v->t + i, "://", 3)) i--;
    if (i < low) return 0;
    place user = i + 3, colon = user;
    while (colon < sign && in_user(v->t[colon])) colon++;
    if (colon >= sign || v->t[colon] != ':') return 0;
    for (place k = colon + 1; k < sign; k++)
        if (!in_password(v->t[k])) return 0;
    place length = count_characters(v->t, colon + 1, sign);
    return count_characters(v->t, user, colon) <= 128 && length >= 1 && length <= 256;
}

int find_emails(const view *v, spans *found) {
    place from = 0;
    while (from < v->n) {
        const byte *sign = memchr(v->t + from, '@', (size_t)(v->n - from));
        if (!sign) break;
        place a = sign - v->t, start = local_start(v, a), end = start < a ? domain_end(v, a + 1) : 0;
        if (end && !is_code(v, start, a, end) && !is_password(v, a) && add_span(found, start, end, EMAIL)) return FAILED;
        from = end > a + 1 ? end : a + 1;
    }
    return OK;
}

/* ---- IP version 6 ------------------------------------------------------------------------------------------------------ */

static int is_v6(const byte *run, place size) {
    char text[V6_MAX + 1];
    byte address[16];
    int digits = 0, colons = 0;
    place doubled = -1, first = -1;
    for (place i = 0; i < size; i++) {
        digits |= IS(run[i], C_DIGIT);
        if (run[i] != ':') continue;
        colons++;
        if (first < 0) first = i;
        if (doubled < 0 && i + 1 < size && run[i + 1] == ':') doubled = i;
    }
    if (!digits || (doubled > 0 && first < 2)) return 0;
    if (size == 23 && colons == 7) { /* eight pairs: a hardware address */
        int pairs = 1;
        for (place i = 2; i < size; i += 3) pairs &= run[i] == ':';
        if (pairs && !memchr(run, '.', (size_t)size)) return 0;
    }
    memcpy(text, run, (size_t)size);
    text[size] = 0;
    return inet_pton(AF_INET6, text, address) == 1;
}

int find_v6(const view *v, spans *found) {
    const byte *t = v->t;
    place from = 0;
    while (from < v->n) {
        const byte *colon = memchr(t + from, ':', (size_t)(v->n - from));
        if (!colon) break;
        place a = colon - t, i = a + 1;
        while (i < v->n && i - a <= 4 && IS(t[i], C_HEX)) i++;
        if (at(v, i) != ':') { from = a + 1; continue; }
        place low = a > V6_MAX ? a - V6_MAX : 0, start = a, end = a;
        while (start > low && (IS(t[start - 1], C_HEX) || t[start - 1] == ':')) start--;
        while (end < v->n && (IS(t[end], C_HEX) || t[end] == ':' || t[end] == '.')) end++;
        from = end;
        if (is_alnum(at(v, start - 1)))
            while (t[start] != ':') start++; /* there is one at `a` at the latest */
        if (t[start] == ':' && at(v, start + 1) != ':') start++;
        while (end > start && (t[end - 1] == '.' || (t[end - 1] == ':' && at(v, end - 2) != ':'))) end--;
        if (end - start > V6_MAX || end <= start || is_alnum(at(v, end))) continue;
        if (is_v6(t + start, end - start) && add_span(found, start, end, V6)) return FAILED;
    }
    return OK;
}

/* ---- IP version 4 -------------------------------------------------------------------------------------------------------- */

/* The end of a dotted quad at `p`, or 0; what stands before it isn't looked at. */
place dotted_quad(const view *v, place p, place high) {
    for (int octet = 0; octet < 4; octet++) {
        int run = run_of_digits(v, p, high, 4), value = 0;
        if (run < 1 || run > 3 || (run > 1 && v->t[p] == '0')) return 0;
        for (int i = 0; i < run; i++) value = value * 10 + v->t[p + i] - '0';
        if (value > 255) return 0;
        p += run;
        if (octet < 3 && within(v, p++, high) != '.') return 0;
    }
    return p;
}

static place quad_end(const view *v, place p, place high) {
    if (is_alnum(at(v, p - 1)) || at(v, p - 1) == '.') return 0;
    place end = dotted_quad(v, p, high);
    if (!end || is_alnum(within(v, end, high))) return 0;
    return within(v, end, high) == '.' && is_digit(within(v, end + 1, high)) ? 0 : end;
}

static int starts_with(const view *v, place i, const char *text) {
    for (; *text; text++, i++)
        if (at(v, i) < 0 || lower_of(v->t[i]) != (byte)*text) return 0;
    return 1;
}

/* (?:[A-Z]\w*|nginx|curl|python|node|php)/ that ends at `start`, at most 24 characters */
static int is_product(const view *v, place start) {
    static const char *const names[] = {"nginx", "curl", "python", "node", "php"};
    if (at(v, start - 1) != '/') return 0;
    place end = start - 1, i = end;
    while (i > 0 && end - i < 23 && is_word(v->t[i - 1])) {
        if (IS(v->t[--i], C_UPPER)) return 1;
    }
    for (int k = 0; k < 5; k++) {
        place size = (place)strlen(names[k]);
        if (end >= size && !memcmp(v->t + end - size, names[k], (size_t)size)) return 1;
    }
    return 0;
}

static int is_version_by_form(const view *v, place start, place end) {
    static const char *const tails[] = {"snapshot", "release", "final", "rc", "beta", "alpha", "dev", "pre"};
    int one = at(v, start - 1), next = at(v, end);
    if (is_product(v, start)) return 1;
    if (next == '-' || next == '.')
        for (int k = 0; k < 8; k++)
            if (starts_with(v, end + 1, tails[k])) return 1;
    const strings *marks = &v->c->tables->section_marks;
    for (int k = 0; k < marks->count; k++)
        if (v->n - end >= marks->at[k].size && !memcmp(v->t + end, marks->at[k].text, (size_t)marks->at[k].size)) return 1;
    int after = at(v, end + 1);
    return (one == '-' || one == '_') && start >= 2 && IS(v->t[start - 2], C_LETTER) && (next == '.' || next == '-') &&
           after >= 0 && IS(after, C_LETTER);
}

/* [=~^<>!]=[ \t]*\Z|\xa7[ \t]*\Z */
static int ends_in_comparison(const window *w) {
    int end = w->size;
    while (end > 0 && (w->at[end - 1] == ' ' || w->at[end - 1] == '\t')) end--;
    if (end < 2) return 0;
    if (w->at[end - 1] == '=') return memchr("=~^<>!", w->at[end - 2], 6) != NULL;
    return w->at[end - 2] == 0xC2 && w->at[end - 1] == 0xA7;
}

static int ends_in_version_part(const tables *c, const window *w) {
    int end = w->size;
    while (end > 0 && (w->at[end - 1] == ' ' || w->at[end - 1] == ':')) end--;
    for (int k = 0; k < c->version_parts.count; k++) {
        const string *part = &c->version_parts.at[k];
        if (part->size <= end && !memcmp(w->at + end - part->size, part->text, (size_t)part->size)) return 1;
    }
    return 0;
}

static int is_named_version(const tables *c, const window *w) {
    if (has_phrase(&c->updates, c, w) || ends_in_version_part(c, w)) return 1;
    int size = w->size, start, end;
    for (int k = 0; k < LIST_MAX; k++) {
        if (!word_at_end(w, size, &start, &end)) return 0;
        const byte *word = w->at + start;
        if (is_one_of(&c->version, word, end - start) || (end - start >= 4 && !memcmp(word, "snmp", 4))) return 1;
        if (!is_one_of(&c->list_words, word, end - start)) return 0;
        int from = start;
        while (from > 0 && memchr(" ,>-", w->at[from - 1], 4)) from--;
        int number = from;
        while (number > 0 && (IS(w->at[number - 1], C_DIGIT) || w->at[number - 1] == '.')) number--;
        if (number == from) return 0;
        size = number;
    }
    return 0;
}

int find_v4(const view *v, place low, place high, spans *found) {
    for (place p = low; p < high && p < v->n;) {
        place end = is_digit(v->t[p]) ? quad_end(v, p, high) : 0;
        if (!end) { p++; continue; }
        if (!is_version_by_form(v, p, end)) {
            window w;
            look_before(v, p, &w);
            if (!ends_in_comparison(&w) && !is_named_version(v->c->tables, &w) && add_span(found, p, end, V4)) return FAILED;
        }
        p = end;
    }
    return OK;
}
