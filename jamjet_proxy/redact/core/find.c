/* All detectors over one text: as in detect.py and spans.py. */
#include "core.h"

/* ---- groups of digits ---------------------------------------------------------------------------------------------- */

static const int of_digits[] = {CARD, SSN, V4, PHONE};
static const int fewest_of[] = {12, 9, 4, 7};

static int find_in_zone(view *v, place start, place end, int digits, spans *found) {
    static int (*const finders[])(const view *, place, place, spans *) = {find_cards, find_ssns, find_v4, find_phones};
    place low = step_back(v->t, start, 2), high = step_ahead(v->t, v->n, end, 4);
    size_t first = found->count;
    for (int k = 0; k < 4; k++) {
        if (digits < fewest_of[k] || !v->c->enabled[of_digits[k]]) continue;
        if (finders[k](v, low, high, found)) return FAILED;
    }
    for (size_t i = first; i < found->count; i++)
        if (found->at[i].end > v->known) v->known = found->at[i].end;
    return OK;
}

/* [0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9] at `p`? */
static int begins_quad(const view *v, place p, place high) {
    for (int k = 0; k < 3; k++) {
        int run = run_of_digits(v, p, high, 3);
        if (!run || within(v, p + run, high) != '.') return 0;
        p += run + 1;
    }
    return is_digit(within(v, p, high));
}

/* Digits at most three separators apart: seven of them make a zone, fewer only from a dotted quad on. */
static int find_in_chain(view *v, place start, place end, int digits, spans *found) {
    if (digits >= 7) return find_in_zone(v, start, end, digits, found);
    for (place p = start; p < end; p++) {
        if (!IS(v->t[p], C_DIGIT)) continue;
        if (begins_quad(v, p, end)) return find_in_zone(v, p, end, digits, found);
        digits--;
    }
    return OK;
}

/* The first digit at `p` or behind it; eight bytes at a time while there is none among them. */
static place next_digit(const byte *t, place p, place n) {
    const uint64_t ones = 0x0101010101010101u;
    for (; p + 8 <= n; p += 8) {
        uint64_t word;
        memcpy(&word, t + p, 8);
        word ^= ones * '0';
        if ((word - ones * 10) & ~word & (ones << 7)) break;
    }
    while (p < n && !IS(t[p], C_DIGIT)) p++;
    return p;
}

static int find_numbers(view *v, spans *found) {
    const byte *t = v->t;
    for (place p = next_digit(t, 0, v->n); p < v->n; p = next_digit(t, p, v->n)) {
        place start = p, end = ++p;
        int digits = 1, dots = 0;
        if (start >= 2 && IS(t[start - 1], C_LETTER) && v->c->enabled[IBAN] && find_iban(v, start, found)) return FAILED;
        for (;;) {
            while (p < v->n && IS(t[p], C_DIGIT)) { p++; digits++; }
            end = p;
            int skipped = 0, seen = 0;
            while (skipped < 3 && p < v->n && IS(t[p], C_SEPARATOR)) { seen += t[p] == '.'; p++; skipped++; }
            if (!skipped || p >= v->n || !IS(t[p], C_DIGIT)) break;
            dots += seen;
        }
        p = end;
        if (digits >= 4 && (digits >= 7 || dots >= 3) && find_in_chain(v, start, end, digits, found)) return FAILED;
    }
    return OK;
}

static int run_detectors(view *v, int flags, spans *found) {
    const core *c = v->c;
    int rc = OK;
    if ((flags & S_AT) && c->enabled[EMAIL]) rc = find_emails(v, found);
    if (!rc && (flags & S_DIGIT) && (flags & S_MARK) && c->enabled[V6]) rc = find_v6(v, found);
    if (!rc && c->enabled[SECRET] && v->n >= 4) rc = find_secrets(v, found);
    if (!rc && (flags & S_DIGIT)) rc = find_numbers(v, found);
    return rc;
}

/* ---- one text --------------------------------------------------------------------------------------------------------- */

static int by_place(const void *left, const void *right) {
    const span *a = left, *b = right;
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    if (a->end != b->end) return a->end > b->end ? -1 : 1;
    return a->kind - b->kind;
}

void sort_spans(spans *s) {
    if (s->count > 1) qsort(s->at, s->count, sizeof(span), by_place);
}

/* The reference compares lengths in characters; that differs from bytes inside of a disguise. */
static void merge(spans *s, const byte *t) {
    if (s->count < 2) return;
    sort_spans(s);
    size_t last = 0;
    place longest = count_characters(t, s->at[0].start, s->at[0].end);
    for (size_t i = 1; i < s->count; i++) {
        span next = s->at[i], *one = &s->at[last];
        place size = count_characters(t, next.start, next.end);
        if (next.start >= one->end) {
            s->at[++last] = next;
            longest = size;
            continue;
        }
        if (size > longest) { one->kind = next.kind; longest = size; }
        if (next.end > one->end) one->end = next.end;
    }
    s->count = last + 1;
}

/* Blacks out tokens, and turns the escapes of nested JSON into blanks. `*masked` says whether there was a token. */
static int make_plain(const core *c, arena *a, const byte **text, place n, int flags, int *masked) {
    const byte *t = *text;
    byte *copy = NULL;
    *masked = 0;
    if (!(flags & (S_TOKEN | S_ESCAPE))) return OK;
    for (place i = next_sign(c->signs, S_TOKEN | S_ESCAPE, t, 0, n); i < n;
         i = next_sign(c->signs, S_TOKEN | S_ESCAPE, t, i + 1, n)) {
        place token = c->starts_token[t[i]] ? token_here(c, t + i, n - i) : 0;
        if (!token && c->starts_token[t[i]] && begins_one_of(&c->openings, t + i, n - i)) return ASK;
        int escape = t[i] == '\\' && i + 1 < n && t[i + 1] && strchr("bfnrt", t[i + 1]);
        if (!token && !escape) continue;
        if (!copy) {
            if (!(copy = take(a, (size_t)n))) return FAILED;
            memcpy(copy, t, (size_t)n);
        }
        if (token) {
            memset(copy + i, 0, (size_t)token);
            *masked = 1;
            i += token - 1;
        } else {
            copy[i] = ' ';
            copy[i + 1] = t[i + 1] == 'n' ? '\n' : ' ';
            i++;
        }
    }
    if (copy) *text = copy;
    return OK;
}

static int to_original(const folded *f, spans *found) {
    for (size_t i = 0; i < found->count; i++) {
        span *s = &found->at[i];
        s->start = f->starts[s->start];
        s->end = f->ends[s->end - 1];
    }
    return OK;
}

static int find_folded(const core *c, arena *a, view *plain, int flags, spans *found) {
    folded f = {0};
    int any;
    if (fold(c->tables, a, plain->t, plain->n, &f, &any)) return FAILED;
    if (!any) return run_detectors(plain, flags, found);
    view made = {c, f.t, f.n, plain->hint, plain->hint_size, 0};
    int rc = run_detectors(&made, S_DIGIT | S_AT | S_MARK, found); /* an escape may stand for either */
    if (rc) return rc;
    to_original(&f, found);
    return c->enabled[EMAIL] ? find_emails(plain, found) : OK;
}

static int covers_token(const byte *t, const spans *found) {
    for (size_t i = 0; i < found->count; i++)
        if (memchr(t + found->at[i].start, 0, (size_t)(found->at[i].end - found->at[i].start))) return 1;
    return 0;
}

static int signs_in(const core *c, const byte *t, place n) {
    int one = 0, two = 0, three = 0, four = 0; /* apart, so that none waits for another */
    place i = 0;
    for (; i + 4 <= n; i += 4) {
        one |= c->signs[t[i]];
        two |= c->signs[t[i + 1]];
        three |= c->signs[t[i + 2]];
        four |= c->signs[t[i + 3]];
    }
    for (; i < n; i++) one |= c->signs[t[i]];
    return one | two | three | four;
}

int find_candidates(const core *c, arena *a, const byte *t, place n, const byte *hint, place hint_size, spans *found) {
    int signs = signs_in(c, t, n), masked;
    found->count = 0;
    if (hint_size && c->enabled[SECRET] && may_name_secret(c->tables, hint, hint_size)) return ASK;
    int rc = make_plain(c, a, &t, n, signs, &masked);
    if (rc) return rc;
    view plain = {c, t, n, hint, hint_size, 0};
    int disguised = signs & (S_ESCAPE | S_AND | S_HIGH);
    rc = disguised ? find_folded(c, a, &plain, signs, found) : run_detectors(&plain, signs, found);
    if (rc) return rc;
    return masked && covers_token(t, found) ? ASK : OK; /* a token within a private key: the reference cuts it out */
}

int find_all(const core *c, arena *a, const byte *t, place n, const byte *hint, place hint_size, spans *found) {
    int rc = find_candidates(c, a, t, n, hint, hint_size, found);
    if (!rc) merge(found, t);
    return rc;
}
