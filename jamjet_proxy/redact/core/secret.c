/* May there be a secret? The expressions of secret.py are met only where this says so.
 *
 * Each of them begins at a word that a provider puts in front, or needs a name before `:`, `=` or `>`. */
#include "core.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define BLOCK 16
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

static int marked(const view *v, place i) {
    const byte *t = v->t;
    place left = v->n - i;
    switch (t[i]) {
    case ':':
        if (left > 3 && t[i + 1] == '/' && t[i + 2] == '/') {
            for (place k = i + 3; k < v->n && k - i < NEAR && t[k] != '/' && !IS(t[k], C_SPACE); k++)
                if (t[k] == '@') return 1;
            return 0;
        }
        if (left > 2 && t[i + 1] == 'A' && t[i + 2] == 'A') return is_digit(at(v, i - 1));
        return assigned(v, i);
    case '=':
    case '>':
        return assigned(v, i);
    case '-':
        if (left > 10 && !memcmp(t + i, "-----BEGIN", 10)) return 1;
        return !is_alnum(at(v, i - 1)) && left > 3 && flag(v, i);
    default:
        return 0;
    }
}

static int goes_on(const view *v, place i, int most) { /* for `most` characters that credentials are made of */
    for (place k = i; k < i + most; k++) {
        int c = at(v, k);
        if (!is_alnum(c) && !(c > 0 && memchr("._~+/=-", c, 7))) return 0;
    }
    return 1;
}

/* A word begins at `i`: is it one of those in front of a secret? */
static int begun(const view *v, place i) {
    const tables *c = v->c->tables;
    const byte *t = v->t + i;
    place left = v->n - i;
    for (int k = 0; k < c->prefixes.count; k++) {
        const string *prefix = &c->prefixes.at[k];
        if (t[0] == prefix->text[0] && left > prefix->size && !memcmp(t, prefix->text, (size_t)prefix->size) &&
            goes_on(v, i + prefix->size, 6))
            return 1;
    }
    byte first = lower_of(t[0]);
    if (first == 'b' || first == 't') {
        place size = first == 't' || lower_of(t[1]) == 'a' ? 5 : 6;
        const char *word = first == 't' ? "token" : size == 5 ? "basic" : "bearer";
        if (left < size + 12 || t[size] != ' ' || !same_letters(t, word, size)) return 0;
        for (i += size; at(v, i) == ' '; i++) {}
        return goes_on(v, i, 12);
    }
    return first == 'h' && left > 24 && !memcmp(t, "hooks.slack.com", 15);
}

/* Of sixteen bytes: which are letters or digits, and which are marks; a bit for each. */
#ifdef __SSE2__
static inline __m128i between(__m128i bytes, char low, char high) { /* only for ASCII; the others are negative */
    return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(bytes, _mm_set1_epi8((char)(high + 1))));
}

static inline void read_block(const byte *t, unsigned *letters, unsigned *marks) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)t);
    __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    *letters = (unsigned)_mm_movemask_epi8(_mm_or_si128(between(bytes, '0', '9'), between(lower, 'a', 'z')));
    __m128i marked = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')));
    *marks = (unsigned)_mm_movemask_epi8(_mm_or_si128(marked, between(bytes, '=', '>')));
}
#else
static inline void read_block(const byte *t, unsigned *letters, unsigned *marks) {
    *letters = *marks = 0;
    for (int i = 0; i < BLOCK; i++) {
        *letters |= (unsigned)(IS(t[i], ALNUM) != 0) << i;
        *marks |= (unsigned)((sign_of[t[i]] & S_MARK) != 0) << i;
    }
}
#endif

static int look_at(const view *v, place i) {
    const byte *t = v->t;
    if (sign_of[t[i]] & S_MARK) return marked(v, i);
    return i + 8 < v->n && v->c->tables->begins[three_hash(t[i], t[i + 1], t[i + 2])] && begun(v, i);
}

int may_hold_secret(const view *v) {
    const byte *t = v->t;
    unsigned word = 0; /* whether the byte before is a letter or digit */
    place i = 0;
    for (; i + BLOCK <= v->n; i += BLOCK) {
        unsigned letters, marks;
        read_block(t + i, &letters, &marks);
        for (unsigned left = (letters & ~(letters << 1 | word)) | marks; left; left &= left - 1)
            if (look_at(v, i + __builtin_ctz(left))) return 1;
        word = letters >> (BLOCK - 1) & 1;
    }
    for (; i < v->n; i++) {
        unsigned letter = IS(t[i], ALNUM) != 0;
        if (((letter & ~word) || (sign_of[t[i]] & S_MARK)) && look_at(v, i)) return 1;
        word = letter;
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
