/* The words around a value: windows as in view.py, phrases as in words.py. */
#include "core.h"

#define BEFORE 48 /* characters, as in view.py */
#define AFTER 24
#define HINT 64

/* ---- windows ------------------------------------------------------------------------------------------------- */

static void put(window *w, byte c) {
    if (w->size < (int)sizeof w->at) w->at[w->size++] = c;
}

/* One more byte of the text, in lower case; a blank goes before the hump of a camelCase name. */
static void put_plain(window *w, byte c, byte *previous) {
    if (IS(c, C_UPPER) && IS(*previous, C_LETTER) && !IS(*previous, C_UPPER)) put(w, ' ');
    byte lead = *previous;
    *previous = c;
    if (c < 0x80) {
        put(w, c == '_' ? ' ' : lower_of(c));
    } else if (lead == 0xC3 && c >= 0x80 && c <= 0x9E && c != 0x97) { /* Latin-1 capitals */
        put(w, c + 0x20);
    } else if (lead == 0xD0 && c >= 0x90 && c <= 0x9F) { /* Cyrillic capitals */
        put(w, c + 0x20);
    } else if (lead == 0xD0 && c >= 0xA0 && c <= 0xAF) {
        w->at[w->size - 1] = 0xD1;
        put(w, c - 0x20);
    } else {
        put(w, c);
    }
}

void look_before(const view *v, place start, window *w) {
    place low = step_back(v->t, start, BEFORE), cut = v->known < start ? v->known : start, from = low;
    byte previous = 0;
    w->size = 0;
    for (place i = start; i > low; i--)
        if (v->t[i - 1] == '\n') { from = i; break; }
    if (from == low && low == 0 && v->hint_size) {
        for (place i = step_back(v->hint, v->hint_size, HINT); i < v->hint_size; i++) put_plain(w, v->hint[i], &previous);
        put_plain(w, ':', &previous);
        put_plain(w, ' ', &previous);
    }
    for (place i = from; i < start; i++)
        put_plain(w, i < cut && IS(v->t[i], C_DIGIT) ? '*' : v->t[i], &previous);
}

void look_after(const view *v, place end, window *w) {
    place high = step_ahead(v->t, v->n, end, AFTER);
    byte previous = 0;
    w->size = 0;
    for (place i = end; i < high && v->t[i] != '\n'; i++) put_plain(w, v->t[i], &previous);
}

/* ---- phrases -------------------------------------------------------------------------------------------------- */

/* What a word is made of: ASCII letters and digits, U+00C0 to U+027F, U+0380 to U+053F. */
static int is_letter_lead(byte c) { return (c >= 0xC3 && c <= 0xC9) || (c >= 0xCE && c <= 0xD4); }

static int letter_before(const window *w, int i) {
    if (i <= 0) return 0;
    byte c = w->at[i - 1];
    if (c < 0x80) return IS(c, ALNUM) != 0;
    return i >= 2 && (c & 0xC0) == 0x80 && is_letter_lead(w->at[i - 2]);
}

static int letter_at(const window *w, int i) {
    if (i >= w->size) return 0;
    byte c = w->at[i];
    return c < 0x80 ? IS(c, ALNUM) != 0 : is_letter_lead(c);
}

static int ends_with(const window *w, int end, string s) {
    return s.size <= end && !memcmp(w->at + end - s.size, s.text, (size_t)s.size);
}

static int behind_no_phone(const tables *c, const window *w, int i) {
    for (int k = 0; k < c->no_phone.count; k++)
        if (ends_with(w, i, c->no_phone.at[k])) return 1;
    return 0;
}

/* The size of the phrase at `i`, 0 for none. */
static int phrase_at(const phrases *list, const tables *c, const window *w, int i) {
    byte first = w->at[i];
    for (int k = list->first[first]; k < list->first[first + 1]; k++) {
        const phrase *p = &list->at[k];
        if (p->text.size > w->size - i || memcmp(w->at + i, p->text.text, (size_t)p->text.size)) continue;
        if (p->head && letter_before(w, i)) continue;
        if (p->tail && letter_at(w, i + (int)p->text.size)) continue;
        if (p->not_phone && behind_no_phone(c, w, i)) continue;
        return (int)p->text.size;
    }
    return 0;
}

int has_phrase(const phrases *list, const tables *c, const window *w) {
    for (int i = 0; i < w->size; i++)
        if (phrase_at(list, c, w, i)) return 1;
    return 0;
}

static int last_end(const phrases *list, const tables *c, const window *w) {
    int end = -1;
    for (int i = 0; i < w->size;) {
        int size = phrase_at(list, c, w, i);
        if (size) end = i += size;
        else i++;
    }
    return end;
}

static int is_in(byte c, const char *set) { return c && strchr(set, c) != NULL; }

/* [0-9]{4}|[0-9][ "']{0,2}[\t|,;] */
static int other_number_at(const window *w, int i) {
    int digits = 0;
    while (i + digits < w->size && IS(w->at[i + digits], C_DIGIT)) digits++;
    if (digits >= 4) return 1;
    if (!digits) return 0;
    int k = i + 1, marks = 0;
    while (k < w->size && marks < 2 && is_in(w->at[k], " \"'")) { k++; marks++; }
    return k < w->size && is_in(w->at[k], "\t|,;");
}

/* ;|[,&|] ?["']?[a-z][a-z0-9 .-]{0,30}["']? ?[:=] */
static int other_label_at(const window *w, int i) {
    if (w->at[i] == ';') return 1;
    if (!is_in(w->at[i], ",&|")) return 0;
    int k = i + 1;
    if (k < w->size && w->at[k] == ' ') k++;
    if (k < w->size && is_in(w->at[k], "\"'")) k++;
    if (k >= w->size || !IS(w->at[k], C_LETTER)) return 0;
    for (int most = k + 31; k < w->size && k < most && (IS(w->at[k], ALNUM) || is_in(w->at[k], " .-")); k++) {}
    if (k < w->size && is_in(w->at[k], "\"'")) k++;
    if (k < w->size && w->at[k] == ' ') k++;
    return k < w->size && is_in(w->at[k], ":=");
}

int last_word_applies(const phrases *list, const tables *c, const window *w) {
    int end = last_end(list, c, w);
    if (end < 0) return 0;
    for (int i = end; i < w->size; i++)
        if (other_number_at(w, i) || other_label_at(w, i) || phrase_at(&c->too_far, c, w, i)) return 0;
    return 1;
}

/* ["'),(: \t-]{0,4}(?:is (?:my|our|the|his|her) )?  then the phrase, then not ` ?[:=#]? ?[0-9]` */
int is_followed_by(const phrases *list, const tables *c, const window *w) {
    static const char *const owners[] = {"is my ", "is our ", "is the ", "is his ", "is her "};
    int i = 0;
    while (i < w->size && i < 4 && is_in(w->at[i], "\"'),(: \t-")) i++;
    for (size_t k = 0; k < sizeof owners / sizeof *owners; k++) {
        int size = (int)strlen(owners[k]);
        if (w->size - i >= size && !memcmp(w->at + i, owners[k], (size_t)size)) { i += size; break; }
    }
    int size = i < w->size ? phrase_at(list, c, w, i) : 0;
    if (!size) return 0;
    i += size;
    if (i < w->size && w->at[i] == ' ') i++;
    if (i < w->size && is_in(w->at[i], ":=#")) i++;
    if (i < w->size && w->at[i] == ' ') i++;
    return !(i < w->size && IS(w->at[i], C_DIGIT));
}

/* The last word before `size`, at most six marks from it. */
int word_at_end(const window *w, int size, int *start, int *end) {
    int i = size, marks = 0;
    while (i > 0 && marks < 6 && w->at[i - 1] < 0x80 && !IS(w->at[i - 1], ALNUM)) { i--; marks++; }
    *end = *start = i;
    while (letter_before(w, *start) && !IS(w->at[*start - 1], C_DIGIT)) *start -= w->at[*start - 1] < 0x80 ? 1 : 2;
    return *start < *end && !letter_before(w, *start);
}
