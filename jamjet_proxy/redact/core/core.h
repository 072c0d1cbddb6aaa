/* The compiled core of redaction: the same findings as the Python modules one folder up, many times faster.
 *
 *   text.c      classes of bytes, memory, UTF-8
 *   words.c     the words around a value            (words.py, view.py)
 *   disguise.c  tokens, escapes, look-alikes        (tokens.py, fold.py)
 *   address.c   e-mail, IP, IBAN                    (email.py, ip.py, iban.py)
 *   number.c    cards, social security, telephones  (card.py, ssn.py, phone.py)
 *   secret.c    may there be a secret?              (secret.py decides)
 *   find.c      all of them over one text           (detect.py, spans.py)
 *   walk.c      raw JSON                            (walk.py)
 *   flat.c      a first look into raw JSON
 *   module.c    what Python sees
 *
 * The Python modules are the reference: what is decided here is decided as they do, by the same tables. Where
 * something can't be decided here the core says so (`ASK`: the reference has to take this string; `GIVE_UP`: this
 * event). All look-around is bounded, so time is linear in the text. Offsets are bytes of UTF-8; every read is
 * checked against the ends of its text, nothing relies on a terminating zero.
 */
#ifndef JAMJET_CORE_H
#define JAMJET_CORE_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned char byte;
typedef Py_ssize_t place;

enum { OK = 0, ASK = 1, GIVE_UP = 2, FAILED = -1 };

/* In the order in which the reference lists what it finds: of equal ranges the first names the value. */
enum kind { IBAN, EMAIL, V6, SECRET, CARD, SSN, V4, PHONE, KINDS };

/* ---- text.c ------------------------------------------------------------------------------------------------- */

enum {
    C_DIGIT = 1, C_LETTER = 2, C_UPPER = 4, C_HEX = 8, C_SEPARATOR = 16, C_LOCAL = 32, C_SPACE = 64, C_HIGH = 128
};
extern byte class_of[256];

/* What the bytes of a text give reason to look for. */
enum { S_END = 1, S_ESCAPE = 2, S_DIGIT = 4, S_AT = 8, S_AND = 16, S_HIGH = 32, S_TOKEN = 64, S_MARK = 128 };
extern byte sign_of[256];

void make_classes(void);

#define IS(c, k) (class_of[(byte)(c)] & (k))
#define ALNUM (C_DIGIT | C_LETTER)
static inline int is_digit(int c) { return c >= '0' && c <= '9'; }
static inline int is_alnum(int c) { return c >= 0 && IS(c, ALNUM); }
static inline int is_run(int c) { return c >= 0 && (IS(c, ALNUM) || c == '_' || c == '-'); }
static inline int is_word(int c) { return c >= 0 && (IS(c, ALNUM) || c == '_'); }
static inline byte lower_of(byte c) { return IS(c, C_UPPER) ? (byte)(c | 0x20) : c; }

/* Memory that lives until the end of a call, or until `release` to an earlier block. */
typedef struct block { struct block *next; } block;
typedef struct { block *first; } arena;
void *take(arena *a, size_t size);
void release(arena *a, block *upto);

typedef struct { byte *at; size_t size, room; } bytes;
int append(bytes *b, const void *from, size_t size);

typedef struct { byte *text; place size; } string;
int copy_string(string *to, PyObject *from); /* from str or bytes */

place step_back(const byte *t, place from, int characters);
place step_ahead(const byte *t, place n, place from, int characters);
place count_characters(const byte *t, place start, place end);
long code_at(const byte *t, place left, int *size);       /* -1 for what is no character */
long code_before(const byte *t, place at, int *size);
int put_utf8(byte *to, long code);
int hex_of(int c);
long hex4(const byte *t, place left);

/* ---- tables: the same for every set of rules ------------------------------------------------------------------ */

typedef struct { string text; byte group, head, tail, not_phone; } phrase;
typedef struct { phrase *at; int count; int first[257]; } phrases; /* sorted by first byte, then by precedence */
typedef struct { string *at; int count; } strings;
typedef struct { long first, last; int width; uint32_t lengths; } issuer;

typedef struct {
    phrases phone, after_phone, ssn, after_ssn, card, updates, too_far;
    strings no_phone, not_a_card, number_words, version, version_parts, section_marks, list_words, methods;
    strings entities, entity_plain, prefixes, secret_names, before_key;
    byte begins[4096];        /* by a hash of three bytes: may a secret begin with them? */
    byte ends[65536 / 8];     /* by the last two bytes: may a name of a secret end with them? */
    byte iban_length[26 * 26];
    byte calling[3][1000][2]; /* by width and code: fewest and most digits of the whole number */
    issuer *issuers;
    int issuer_count;
    byte fold[65536];         /* by code point: what fold.py makes of it */
    byte foreign[65536 / 8];  /* letters and vowel signs outside ASCII that may stand in an address */
    string *tlds;
    size_t tld_mask;
} tables;

enum { FOLD_KEEP = 0, FOLD_DROP = 1 };

static inline unsigned three_hash(byte a, byte b, byte c) { return (a * 37u ^ b * 101u ^ c * 7u) & 4095; }
static inline int may_end(const tables *c, byte one, byte two) {
    unsigned pair = (unsigned)one << 8 | two;
    return c->ends[pair >> 3] >> (pair & 7) & 1;
}

int is_one_of(const strings *list, const byte *t, place size);
int is_tld(const tables *c, const byte *label, place size);
static inline int is_foreign(const tables *c, long code) {
    return code >= 0x80 && code < 0x10000 && (c->foreign[code >> 3] >> (code & 7) & 1);
}

/* ---- what one set of rules goes by ------------------------------------------------------------------------------ */

typedef struct {
    const tables *tables;
    PyObject *tables_capsule;
    int enabled[KINDS];
    int replaces;              /* constant tokens take the place of values; else Python does it */
    string token[KINDS];
    PyObject *name[KINDS];
    strings tokens;            /* longest first; what is recognised as redacted besides the tokens of the SDKs */
    strings openings;          /* what tokens that aren't constant begin with */
    byte starts_token[256];
    byte signs[256];           /* those of `sign_of`, and where a token may start */
    PyObject *secrets, *is_document;
    PyObject *protected, *plain_names;
} core;

typedef struct { place start, end; int kind; } span;
typedef struct { span *at; size_t count, room; } spans;
/* The first byte at `p` or behind it that has one of these signs. */
static inline place next_sign(const byte *signs, int wanted, const byte *t, place p, place n) {
    while (p + 4 <= n && !((signs[t[p]] | signs[t[p + 1]] | signs[t[p + 2]] | signs[t[p + 3]]) & wanted)) p += 4;
    while (p < n && !(signs[t[p]] & wanted)) p++;
    return p;
}
int add_span(spans *s, place start, place end, int kind);

/* One text as the detectors see it. */
typedef struct {
    const core *c;
    const byte *t;
    place n;
    const byte *hint;
    place hint_size;
    place known; /* where the last value found before the present group of digits ended */
} view;

static inline int at(const view *v, place i) { return i >= 0 && i < v->n ? v->t[i] : -1; }
static inline int within(const view *v, place i, place high) { return i < high ? at(v, i) : -1; }
int run_of_digits(const view *v, place from, place high, int most);

/* ---- words.c ---------------------------------------------------------------------------------------------------- */

typedef struct { byte at[1024]; int size; } window;
void look_before(const view *v, place start, window *w);
void look_after(const view *v, place end, window *w);
int last_word_applies(const phrases *list, const tables *c, const window *before);
int is_followed_by(const phrases *list, const tables *c, const window *after);
int has_phrase(const phrases *list, const tables *c, const window *w);
int word_at_end(const window *w, int size, int *start, int *end);

/* ---- detectors: OK, ASK or FAILED ---------------------------------------------------------------------------------- */

int find_iban(const view *v, place digits, spans *found);
int find_emails(const view *v, spans *found);
int find_v6(const view *v, spans *found);
int find_v4(const view *v, place low, place high, spans *found);
place dotted_quad(const view *v, place p, place high);
int find_cards(const view *v, place low, place high, spans *found);
int find_ssns(const view *v, place low, place high, spans *found);
int find_phones(const view *v, place low, place high, spans *found);
int find_secrets(const view *v, spans *found);
int may_hold_secret(const view *v);
int may_name_secret(const tables *c, const byte *key, place size);

/* ---- disguise.c ------------------------------------------------------------------------------------------------------ */

typedef struct { byte *t; place *starts, *ends; place n; } folded;
place token_here(const core *c, const byte *t, place n);
int begins_one_of(const strings *list, const byte *t, place n);
int holds_token(const core *c, const byte *t, place n);
int fold(const tables *c, arena *a, const byte *t, place n, folded *f, int *any);

/* ---- find.c ------------------------------------------------------------------------------------------------------------ */

/* Fills `found` with what the reference finds in the text, merged, or says ASK. */
int find_all(const core *c, arena *a, const byte *t, place n, const byte *hint, place hint_size, spans *found);
/* The same before anything is merged. */
void sort_spans(spans *s);
int find_candidates(const core *c, arena *a, const byte *t, place n, const byte *hint, place hint_size, spans *found);

/* ---- walk.c ------------------------------------------------------------------------------------------------------------ */

/* Python's part in one event.
 *   leaf: what it makes of a string or number: (text, key, is_number, steps) -> (text, counts)
 *   keys: names, without case, `_`, `-` and blanks, below which every value is its; None for none
 *   is_hit: whether a string is its: (text) -> bool; None for none */
typedef struct { PyObject *leaf, *keys, *is_hit; } python;

/* One field: None as it was, False to be given to the reference, or (bytes, findings). A new reference. */
PyObject *redact_value(const core *c, const python *with, const byte *name, place name_size, const byte *t, place n);
int is_hit(const python *with, const byte *t, place n); /* 1, 0 or FAILED */
int flatten(const byte *t, place n, bytes *out);
/* One text with constant tokens put in; `*changed` says whether. */
int replace_all(const core *c, arena *a, spans *found, const byte *t, place n, const byte *hint, place hint_size,
                const byte **made, place *made_size, long counts[KINDS], int order[KINDS], int *kinds);

#endif
