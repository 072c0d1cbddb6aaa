/* May there be a secret? The expressions of secret.py are met only where this says so.
 *
 * Each of them begins at a word that a provider puts in front, or needs a name before `:`, `=` or `>`. */
#include "core.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 16
#define RUN 9
#define NEAR 400 /* how far a URL's at-sign may be from its scheme */

static int same_letters(const byte *t, const char *lower, place size) {
    for (place i = 0; i < size; i++)
        if (lower_of(t[i]) != (byte)lower[i]) return 0;
    return 1;
}

static int ends_in(const strings *list, const byte *t, place end) { /* the size of what it ends in, or 0 */
    for (int k = 0; k < list->count; k++) {
        const string *word = &list->at[k];
        if (word->size <= end && same_letters(t + end - word->size, (char *)word->text, word->size)) return (int)word->size;
    }
    return 0;
}

/* Does a name of a secret end at `end`? In any case, and perhaps in the plural; "key" needs a word before. */
static int name_ends(const tables *c, const byte *t, place end) {
    if (end < 2 || !may_end(c, t[end - 2], t[end - 1])) return 0;
    for (int plural = 0; plural < 2 && end > 0; plural++) {
        int size = ends_in(&c->secret_names, t, end);
        if (size == 3 && lower_of(t[end - 3]) == 'k') {
            place before = end - 3;
            if (before > 0 && memchr("_. -", t[before - 1], 4)) before--;
            size = ends_in(&c->before_key, t, before);
        }
        if (size) return 1;
        if (lower_of(t[end - 1]) != 's') return 0;
        end--;
    }
    return 0;
}

int may_name_secret(const tables *c, const byte *key, place size) { return name_ends(c, key, size); }

static int in_quote(int c) { return c == '"' || c == '\'' || c == '`' || c == '\\' || c == ']'; }

/* NAME, quotes, blanks, then what stands at `i`. */
static int assigned(const view *v, place i) {
    place end = i;
    while (end > 0 && i - end < 4 && (v->t[end - 1] == ' ' || v->t[end - 1] == '\t')) end--;
    for (int quotes = 0; quotes < 8 && end > 0 && in_quote(v->t[end - 1]); quotes++) end--;
    return name_ends(v->c->tables, v->t, end);
}

static int flag(const view *v, place i) { /* --name, then a blank or = */
    place end = i;
    while (end < v->n && end - i < 60 && (IS(v->t[end], C_LETTER) || v->t[end] == '-' || v->t[end] == '_')) end++;
    int next = at(v, end);
    return (next == ' ' || next == '=') && name_ends(v->c->tables, v->t, end);
}

static int is_url(const view *v, place i) { /* :// and an at-sign before the path */
    for (place k = i + 3; k < v->n && k - i < NEAR && v->t[k] != '/' && !IS(v->t[k], C_SPACE); k++)
        if (v->t[k] == '@') return 1;
    return 0;
}

static int marked(const view *v, place i) {
    const byte *t = v->t;
    int c = t[i], next = at(v, i + 1), before = at(v, i - 1);
    if (c == '-') {
        place end = i;
        while (at(v, end) == '-') end++;
        if (end - i >= 5 && v->n - end > 5 && !memcmp(t + end, "BEGIN", 5)) return 1;
        return !is_alnum(before) && flag(v, i);
    }
    if (c == ':' && next == '/' && at(v, i + 2) == '/') return is_url(v, i);
    if (c == ':' && next == 'A' && at(v, i + 2) == 'A' && is_digit(before)) return 1;
    if (is_alnum(before)) return i >= 2 && may_end(v->c->tables, t[i - 2], t[i - 1]) && name_ends(v->c->tables, t, i);
    return assigned(v, i);
}

/* Bearer, Basic or Token, and blanks, right before `i`. */
static int behind_scheme(const view *v, place i) {
    static const char *const schemes[] = {"bearer", "basic", "token"};
    place end = i;
    while (end > 0 && i - end < 4 && v->t[end - 1] == ' ') end--;
    for (int k = 0; k < 3; k++) {
        place size = (place)strlen(schemes[k]);
        if (end >= size && same_letters(v->t + end - size, schemes[k], size) && !is_alnum(at(v, end - size - 1))) return 1;
    }
    return 0;
}

/* At `i` begins a run of characters that credentials are made of. */
static int begun(const view *v, place i) {
    const tables *c = v->c->tables;
    const byte *t = v->t + i;
    if (v->n - i > 3 && c->begins[three_hash(t[0], t[1], t[2])]) {
        for (int k = 0; k < c->prefixes.count; k++) {
            const string *prefix = &c->prefixes.at[k];
            if (t[0] == prefix->text[0] && v->n - i > prefix->size && !memcmp(t, prefix->text, (size_t)prefix->size)) return 1;
        }
        if (v->n - i > 15 && !memcmp(t, "hooks.slack.com", 15)) return 1;
    }
    return at(v, i - 1) == ' ' && behind_scheme(v, i);
}

/* Of sixteen bytes: letters and digits, all that credentials are made of, the marks behind a name, dashes. */
typedef struct { unsigned letters, runs, marks, dashes; } block_signs;

#ifdef __SSE2__
static inline __m128i between(__m128i bytes, char low, char high) { /* only for ASCII; the others are negative */
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(high + 1))));
}
static inline __m128i equal(__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); }

static inline block_signs read_block(const byte *t) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)t);
    __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i letters = _mm_or_si128(between(bytes, '0', '9'), between(lower, 'a', 'z'));
    __m128i dash = equal(bytes, '-'), equals = equal(bytes, '=');
    __m128i marks = _mm_or_si128(equals, _mm_or_si128(equal(bytes, ':'), equal(bytes, '>')));
    __m128i runs = _mm_or_si128(_mm_or_si128(letters, dash), _mm_or_si128(equals, equal(bytes, '_')));
    runs = _mm_or_si128(runs, _mm_or_si128(between(bytes, '.', '/'), _mm_or_si128(equal(bytes, '~'), equal(bytes, '+'))));
    return (block_signs){(unsigned)_mm_movemask_epi8(letters), (unsigned)_mm_movemask_epi8(runs),
                         (unsigned)_mm_movemask_epi8(marks), (unsigned)_mm_movemask_epi8(dash)};
}
#else
static inline block_signs read_block(const byte *t) {
    block_signs s = {0, 0, 0, 0};
    for (int i = 0; i < BLOCK; i++) {
        int letter = IS(t[i], ALNUM) != 0;
        s.letters |= (unsigned)letter << i;
        s.runs |= (unsigned)(letter || (t[i] && strchr("-=_./~+", t[i]))) << i;
        s.marks |= (unsigned)(t[i] && strchr("=:>", t[i])) << i;
        s.dashes |= (unsigned)(t[i] == '-') << i;
    }
    return s;
}
#endif

/* The block at `i`, the end of the text filled up. */
static block_signs block_at(const view *v, place i) {
    byte last[BLOCK] = {0};
    if (i + BLOCK <= v->n) return read_block(v->t + i);
    if (i < v->n) memcpy(last, v->t + i, (size_t)(v->n - i));
    return read_block(last);
}

/* A secret told by its form begins a word, and goes on for RUN characters without a blank: few words do. */
int may_hold_secret(const view *v) {
    block_signs here = block_at(v, 0);
    unsigned word = 0, in_run = 0, dash = 0; /* what the byte before is */
    for (place i = 0; i < v->n; i += BLOCK) {
        block_signs next = block_at(v, i + BLOCK);
        uint32_t run = here.runs | (uint32_t)next.runs << BLOCK;
        run &= run >> 1;
        run &= run >> 2;
        run &= run >> 4; /* eight of them */
        run &= run >> (RUN - 8);
        unsigned behind = here.letters << 1 | word;
        unsigned begins = ((here.letters & ~behind) | (here.runs & ~(here.runs << 1 | in_run))) & run;
        for (unsigned left = begins | here.marks | (here.dashes & ~(here.dashes << 1 | dash)); left; left &= left - 1) {
            int bit = __builtin_ctz(left);
            if (begins >> bit & 1 && begun(v, i + bit)) return 1;
            if ((here.marks | here.dashes) >> bit & 1 && marked(v, i + bit)) return 1;
        }
        word = here.letters >> (BLOCK - 1) & 1;
        in_run = here.runs >> (BLOCK - 1) & 1;
        dash = here.dashes >> (BLOCK - 1) & 1;
        here = next;
    }
    return 0;
}

/* Asks secret.py; its offsets are characters. */
int find_secrets(const view *v, spans *found) {
    if (!may_hold_secret(v)) return OK;
    PyObject *answer = PyObject_CallFunction(v->c->secrets, "s#s#", (const char *)v->t, (Py_ssize_t)v->n,
                                             v->hint ? (const char *)v->hint : "", (Py_ssize_t)v->hint_size);
    if (!answer) return FAILED;
    Py_ssize_t count = PyList_Size(answer);
    int rc = count < 0 ? FAILED : OK;
    place i = 0, characters = 0;
    for (Py_ssize_t k = 0; k < count && !rc; k++) {
        place start, end;
        if (!PyArg_ParseTuple(PyList_GetItem(answer, k), "nn", &start, &end)) { rc = FAILED; break; }
        if (start < characters) i = characters = 0; /* they come unsorted */
        i = step_ahead(v->t, v->n, i, (int)(start - characters));
        place stop = step_ahead(v->t, v->n, i, (int)(end - start));
        characters = start;
        rc = add_span(found, i, stop, SECRET);
    }
    Py_DECREF(answer);
    return rc;
}
